"""When the next review is due, and the agenda made of the facts since the last one (no ORM)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MOST_MONTHS = 12
GOOD = ("met", "at_risk")


def due_on(effective_from: datetime, last_held: datetime | None, interval_months: int, timezone: str) -> date:
    """The last local day for the next review.

    It lies so many months (1 to 12, whatever the terms say) after the version took effect (one from paper: after
    it came on record) or the last review was held, whichever is later; counted in the agreement's zone, from a
    31st to the month's last day.
    """
    since = max(effective_from, last_held) if last_held else effective_from
    months = min(max(interval_months, 1), MOST_MONTHS)
    return since.astimezone(ZoneInfo(timezone)).date() + relativedelta(months=months)


def deadline(day: date, timezone: str) -> datetime:
    """The instant at which a local day is over."""
    following = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(timezone))
    return following.astimezone(UTC)


@dataclass(frozen=True)
class Result:
    """A closed period of a KPI; `figure` says value and promise in words."""

    kpi: str
    period: str
    verdict: str
    figure: str


@dataclass(frozen=True)
class Facts:
    """What happened since the last review; `since` is None at the first. Lines are finished words."""

    since: date | None
    results: Sequence[Result]
    breaches: Sequence[str]
    feedback: Sequence[str]
    credits: Sequence[str]
    actions: Sequence[str]
    changes: Sequence[str]


def make(facts: Facts) -> list[dict[str, str]]:
    """The agenda: items with title, the facts as text, and empty minutes."""
    since = date_format(facts.since, "j F Y") if facts.since else ""
    items = [
        (_("Results since %s") % since if since else _("Results since the start"), _results(facts.results)),
        (_("Breaches"), _lines(facts.breaches, _("No target was missed."))),
        (_("Feedback"), _lines(facts.feedback, _("The client gave no feedback."))),
        (_("Credits"), _lines(facts.credits, _("No credit was due."))),
        (_("Open actions"), _lines(facts.actions, _("No action is open."))),
        (_("Earlier agreed changes"), _lines(facts.changes, _("None."))),
        (_("New needs and changes to the agreement"), ""),
    ]
    return [{"title": title, "text": text, "minutes": ""} for title, text in items]


def _results(results: Sequence[Result]) -> str:
    if not results:
        return _("No period was closed.")
    met = sum(each.verdict in GOOD for each in results)
    missed = [each for each in results if each.verdict == "breached"]
    said = ngettext("%(met)d of %(total)d result met.", "%(met)d of %(total)d results met.", len(results))
    lines = [said % {"met": met, "total": len(results)}]
    if unmeasured := len(results) - met - len(missed):
        lines.append(
            ngettext("%d could not be judged.", "%d could not be judged.", unmeasured) % unmeasured
        )
    lines += [
        _("Missed: %(kpi)s, %(period)s: %(figure)s")
        % {"kpi": each.kpi, "period": each.period, "figure": each.figure}
        for each in missed
    ]
    return "\n".join(lines)


def _lines(lines: Sequence[str], nothing: str) -> str:
    return "\n".join(lines) or nothing
