"""Time behind time: a supporter lives as long as the promise, and is open whenever the promise is."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from agreements import tables
from agreements.businesstime import Calendar
from agreements.feasibility.line import HOLDS, SHORT, UNKNOWN, Line, Support, calendar_of
from agreements.terms import Kpi, Terms
from agreements.timeline import to_instant, to_seconds, without

AHEAD = timedelta(days=366)


def lines(terms: Terms, supports: Sequence[Support], today: date) -> Iterator[Line]:
    """One line for each supporting agreement: is it signed, does it hold, does it last."""
    for each in {support.reference: support for support in supports}.values():
        yield Line(*_lasts(terms, each, today), "term.ends_on")


def _lasts(terms: Terms, support: Support, today: date) -> tuple[str, str, str]:
    about = support.reference
    if support.terms is None:
        return UNKNOWN, about, _("It has no terms that can be read.")
    if support.ended:
        return SHORT, about, _("It has ended.")
    if not support.signed:
        return UNKNOWN, about, _("It is not signed yet: its draft is read.")
    term, end = support.terms.term, terms.term.ends_on
    if term.effective_from > max(terms.term.effective_from, today.isoformat()):
        return SHORT, about, _("It begins only on %s.") % tables.day(term.effective_from)
    words = {"theirs": tables.day(term.ends_on or ""), "ours": tables.day(end) if end else _("no fixed day")}
    if term.ends_on is None or (end is not None and term.ends_on >= end):
        return HOLDS, about, _("It lasts as long as the agreement.")
    if term.renewal == "automatic":
        return HOLDS, about, _("It ends on %(theirs)s and renews unless somebody gives notice.") % words
    if term.renewal == "by_agreement":
        said = _("It ends on %(theirs)s unless both agree to renew it; the agreement on %(ours)s.")
        return UNKNOWN, about, said % words
    return SHORT, about, _("It ends on %(theirs)s, the agreement on %(ours)s.") % words


def cover(terms: Terms, supports: Sequence[Support], today: date) -> Iterator[Line]:
    """Whether each supporter is there in every hour that an availability counts, for the next twelve months."""
    for index, kpi in enumerate(terms.kpis):
        about = _("%(key)s %(name)s, hours") % {"key": kpi.key, "name": kpi.name}
        for each in supports:
            if kpi.kind == "uptime" and each.carries(kpi) and each.terms and not each.ended:
                yield Line(*_covered(terms, kpi, each, each.terms, today, about), f"kpis.{index}.calendar")


def _covered(
    terms: Terms, kpi: Kpi, support: Support, behind: Terms, today: date, about: str
) -> tuple[str, str, str]:
    theirs, zone = support.promised("uptime"), terms.agreement.timezone
    if isinstance(theirs, str):
        return UNKNOWN, about, f"{theirs}."
    lo = datetime.combine(today, time(), ZoneInfo(zone))
    try:
        bare = without(_open(terms, kpi.calendar, lo), _open(behind, theirs.calendar, lo))
    except ValueError:
        return UNKNOWN, about, _("The hours of %s can't be compared.") % support.reference
    if not bare:
        words = _("%s is open whenever the promise counts, for twelve months to come.")
        return HOLDS, about, words % support.reference
    said = {"reference": support.reference, "when": moment(to_instant(bare[0][0]), zone)}
    return SHORT, about, _("%(reference)s is closed on %(when)s, when the promise counts.") % said


def _open(terms: Terms, key: str, lo: datetime) -> list[tuple[int, int]]:
    """The open spans of twelve months. Raises ValueError for hours that are not there or can't be read."""
    hi = lo + AHEAD
    if not key:
        return [(to_seconds(lo), to_seconds(hi))]
    return [(to_seconds(a), to_seconds(b)) for a, b in hours_of(terms, key).periods(lo, hi)]


def hours_of(terms: Terms, key: str) -> Calendar:
    """A calendar of the terms; none is day and night. Raises ValueError when it can't be read."""
    if not key:
        return Calendar.always("UTC")
    found = calendar_of(terms, key)
    if found is None:
        raise ValueError(f"no calendar {key}")
    return Calendar.from_dict(asdict(found))


def moment(at: datetime, zone: str) -> str:
    """An instant as people of the agreement read it: "Sat 2 May 2026, 00:00"."""
    return date_format(at.astimezone(UTC).astimezone(ZoneInfo(zone)), "D j M Y, H:i")
