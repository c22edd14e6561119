"""What a target means in plain words, in exact arithmetic (no ORM).

Figures are rounded towards the promise: an allowance is never said larger than it is.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements import tables
from agreements.lengths import short
from agreements.openinghours import DAY, OpeningHours
from agreements.params import of_outages
from agreements.terms import CalendarTerm, Kpi, Terms

MONTH = 30 * DAY
WEEK = 7 * DAY
NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?", re.ASCII)


def number(text: str) -> Fraction | None:
    """An exact number written in the terms; None for anything that is none."""
    return Fraction(text) if NUMBER.fullmatch(text) else None


def sentence(terms: Terms, kpi: Kpi) -> str:
    """What the target of a KPI promises or allows; empty while it can't be said."""
    target = number(kpi.target)
    if target is None:
        return ""
    says = {
        "uptime": _uptime, "slice_uptime": _slices, "ratio": _ratio, "deadline": _deadline, "count": _count,
        "value": _value, "score": _score, "composite": _composite,
    }.get(kpi.kind)  # fmt: skip
    return says(terms, kpi, target) if says else ""


def allowance(terms: Terms, kpi: Kpi) -> tuple[int, int, str] | None:
    """Whole seconds of downtime that an availability allows, of how many, and the span in words.

    (100 - target) / 100 x open seconds, rounded down. Open day and night: a month of 30 days; else the
    open hours of a usual week.
    """
    target, calendar = number(kpi.target), _calendar(terms, kpi.calendar)
    if target is None or calendar is None or kpi.op != ">=" or kpi.unit != "%" or not 0 <= target <= 100:
        return None
    weekly = weekly_seconds(calendar)
    if not weekly:
        return None
    total = MONTH if weekly == WEEK else weekly
    span = _("in a month of 30 days") if weekly == WEEK else _("in a week of %s service") % in_hours(weekly)
    return int((100 - target) / 100 * total), total, span


def due(promises: Sequence[tuple[str, datetime]]) -> str:
    """When the case of the example is due, each in the zone in which the case is opened."""
    if not promises:
        return ""
    words = [_("%(promise)s %(at)s") % {"promise": name, "at": date_format(at, "D j M, H:i")} for name, at in promises]
    return _("Opened on a Friday at 16:40: %s.") % ", ".join(words)


def weekly_seconds(calendar: CalendarTerm) -> int:
    """Open seconds of a week without holidays, each counted once; 0 for hours that can't be read."""
    document = {"timezone": calendar.timezone, "schedule": calendar.schedule}
    try:
        hours = OpeningHours.from_dict(document)
    except ValueError:
        return 0
    names = tables.DAYS
    spans = [
        (names.index(day) * DAY + start, names.index(day) * DAY + end)
        for day, intervals in hours.schedule
        for start, end in intervals
    ]
    # A closing after Sunday's midnight runs into Monday.
    wrapped = [(0, end - WEEK) for _start, end in spans if end > WEEK]
    return _length([*((start, min(end, WEEK)) for start, end in spans), *wrapped])


def in_hours(seconds: int) -> str:
    """58 h 30 min: the opening hours of a week, never in days."""
    hours, rest = divmod(seconds, 3600)
    return " ".join(filter(None, (_("%d h") % hours if hours else "", short(rest) if rest else ""))) or _("no time")


def days(count: int) -> str:
    return ngettext("%d day", "%d days", count) % count


def _uptime(terms: Terms, kpi: Kpi, target: Fraction) -> str:
    found = allowance(terms, kpi)
    if found is None:
        return ""
    seconds, _total, span = found
    words = {"target": f"{kpi.target} %", "time": short(seconds), "span": span}
    if not seconds:
        return _("%(target)s allows no downtime %(span)s.") % words
    return _("%(target)s allows %(time)s of downtime %(span)s.") % words


def _slices(terms: Terms, kpi: Kpi, target: Fraction) -> str:
    """When a slice is down, and how long the service may be so."""
    length, errors = kpi.params.get("slice"), kpi.params.get("error_percent")
    if not isinstance(length, int) or errors is None:
        return ""
    said = [_("%(time)s are down when more than %(errors)s %% of their requests fail.")
            % {"time": short(length), "errors": errors}]  # fmt: skip
    return " ".join(filter(None, [*said, _uptime(terms, kpi, target)]))


def _ratio(terms: Terms, kpi: Kpi, target: Fraction) -> str:
    if kpi.unit != "%" or not 0 <= target <= 100:
        return ""
    if kpi.op == "<=":
        return _("Of 10,000 at most %d.") % int(100 * target)
    bad = int(100 * (100 - target))
    if kpi.params.get("method") == "mean_of_slices":
        return _("On the average of the slices, of 10,000 requests %d may fail.") % bad
    return _("Of 10,000 requests %d may fail.") % bad


def _count(terms: Terms, kpi: Kpi, target: Fraction) -> str:
    if target.denominator != 1 or target < 0:
        return ""
    if of_outages(kpi.params):
        return _outages(kpi, int(target))
    wanted = kpi.params.get("priorities") or []
    which = _("of priority %s") % ", ".join(map(str, wanted)) if wanted else ""
    words = {"count": int(target), "which": which}
    if not target:
        return " ".join((_("Not a single case %(which)s.") % words).split()).replace(" .", ".")
    said = ngettext("At most %(count)d case %(which)s", "At most %(count)d cases %(which)s", int(target)) % words
    return f"{said.strip()}; " + _("one more is a miss at once.")


def _outages(kpi: Kpi, most: int) -> str:
    shortest = kpi.params.get("minimum_run")
    which = _("of %s or longer") % short(shortest) if isinstance(shortest, int) and shortest > 1 else ""
    if not most:
        return f"{_('Not a single outage')} {which}".strip() + "."
    said = ngettext("At most %(count)d outage", "At most %(count)d outages", most) % {"count": most}
    return f"{f'{said} {which}'.strip()}; " + _("one more is a miss at once.")


def _composite(terms: Terms, kpi: Kpi, target: Fraction) -> str:
    rows = kpi.params.get("components")
    keys = [each.get("kpi", "") for each in rows if isinstance(each, dict)] if isinstance(rows, list) else []
    if not keys:
        return ""
    said = {
        "weighted_mean": _("The weighted mean of %(keys)s is at least %(target)s %%."),
        "worst_of": _("The worst of %(keys)s is at least %(target)s %%."),
        "series": _("%(keys)s, all needed at once, together reach %(target)s %%."),
    }.get(str(kpi.params.get("method")), "")
    return said % {"keys": ", ".join(keys), "target": kpi.target} if said else ""


def _deadline(terms: Terms, kpi: Kpi, target: Fraction) -> str:
    if kpi.unit != "%" or kpi.op != ">=" or not 0 <= target <= 100:
        return ""
    if target == 100:
        return _("No case may be late.")
    late = int(100 - target)
    first = -(-100 // (100 - target))  # the smallest number of cases of which one may be late
    words = {"late": late, "first": first}
    if late:
        said = ngettext("Of 100 cases %(late)d may be late", "Of 100 cases %(late)d may be late", late) % words
        return said + "; " + _("with fewer than %(first)d cases none may.") % words
    return _("One case in %(first)d may be late; with fewer none may.") % words


def _value(terms: Terms, kpi: Kpi, target: Fraction) -> str:
    amount = f"{kpi.target} {kpi.unit}".strip()
    worst = _("at most %s") % amount if kpi.op == "<=" else _("at least %s") % amount
    aggregate = kpi.params.get("aggregate", "")
    share = number(str(kpi.params.get("percentile", "")))
    if aggregate == "percentile" and share is not None and 0 < share <= 100:
        least = -(-share // 1)
        if kpi.op == "<=":
            return _("Of 100 values at least %(least)d are %(worst)s.") % {"least": least, "worst": worst}
        return _("Of 100 values at least %(least)d are %(worst)s.") % {"least": 101 - least, "worst": worst}
    if of_outages(kpi.params):
        return _lasting(aggregate, worst)
    figure = {
        "avg": _("The average"),
        "min": _("The smallest value"),
        "max": _("The largest value"),
        "sum": _("The sum"),
    }.get(aggregate)
    return _("%(figure)s of the period is %(worst)s.") % {"figure": figure, "worst": worst} if figure else ""


def _lasting(aggregate: str, worst: str) -> str:
    figure = {
        "avg": _("Outages last %s on average."),
        "min": _("The shortest outage lasts %s."),
        "max": _("No outage is longer: each lasts %s."),
        "sum": _("All outages of the period together last %s."),
    }.get(aggregate)
    return figure % worst if figure else ""


def _score(terms: Terms, kpi: Kpi, target: Fraction) -> str:
    answers = kpi.params.get("minimum_answers", 1)
    amount = f"{kpi.target} {kpi.unit}".strip()
    worst = _("at most %s") % amount if kpi.op == "<=" else _("at least %s") % amount
    return ngettext(
        "The average of the answers is %(worst)s; at least %(answers)s answer is needed.",
        "The average of the answers is %(worst)s; at least %(answers)s answers are needed.",
        answers if isinstance(answers, int) else 1,
    ) % {"worst": worst, "answers": answers}


def _calendar(terms: Terms, key: str) -> CalendarTerm | None:
    return next((each for each in terms.calendars if each.key == key), None)


def _length(spans: list[tuple[int, int]]) -> int:
    total, reached = 0, 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total
