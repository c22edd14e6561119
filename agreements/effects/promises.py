"""The effect of other targets, times and limits.

A month has 365.25 / 12 days here (43,830 minutes), a quarter three of them: a change of a target is said for the
months to come, of which no two are alike. With service hours, the hours of a usual week count that often; days
of closing are left out. The difference is rounded to the nearest second.
"""

from fractions import Fraction

from django.utils.translation import gettext as _

from agreements import sentences
from agreements.effects.effect import BETTER, NEUTRAL, NONE, WORSE, Effect, both, came, exactly, find, step
from agreements.lengths import short
from agreements.sentences import days
from agreements.terms import CalendarTerm, Kpi, Terms

WEEKS = {
    "month": Fraction(36525, 8400),
    **dict.fromkeys(("quarter", "fiscal_quarter"), Fraction(36525, 2800)),
    "half_year": Fraction(36525, 1400),
    **dict.fromkeys(("year", "fiscal_year", "contract_year"), Fraction(36525, 700)),
}
# From what the client likes least: data nobody has counted as met, left out, counted as missed.
MISSING = ("good", "carry", "gap", "bad")


def target(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.kpis, key), find(new.kpis, key)
    if was is None or now is None:
        removed = Effect(_("Not promised any more"), WORSE)
        return came(was, now, added=Effect(_("One more promise"), BETTER), removed=removed) or NONE
    if (was.op, was.unit, was.kind) != (now.op, now.unit, now.kind):
        return Effect(_("Counts something else: the two targets can't be compared"), NEUTRAL)
    return both((_judged(was, now), _level(old, new, was, now)))


def _judged(was: Kpi, now: Kpi) -> Effect:
    if (was.period, was.trailing_days) == (now.period, now.trailing_days):
        return NONE
    told = {
        ("quarter", "month"): Effect(_("Judged each month instead of each quarter: one bad month is a miss"), BETTER),
        ("month", "quarter"): Effect(
            _("Judged each quarter instead of each month: a good month makes up for a bad one"), WORSE
        ),
    }.get((was.period, now.period))
    if told is not None or was.period not in WEEKS or now.period not in WEEKS:
        return told or Effect(_("Judged over other periods"), NEUTRAL)
    up, down = _("A longer period: good time makes up for bad"), _("A shorter period: bad time counts sooner")
    longer = step(WEEKS[was.period], WEEKS[now.period], up=up, down=down, more=WORSE)
    return longer or Effect(_("Judged over other periods"), NEUTRAL)


def _level(old: Terms, new: Terms, was: Kpi, now: Kpi) -> Effect:
    before, after = sentences.number(was.target), sentences.number(now.target)
    if before is None or after is None:
        return NONE
    higher, lower = _words(old, new, was, now, abs(after - before))
    return step(before, after, up=higher, down=lower, more=BETTER if now.op == ">=" else WORSE)


def _words(old: Terms, new: Terms, was: Kpi, now: Kpi, change: Fraction) -> tuple[str, str]:
    """What a higher and what a lower target mean."""
    if now.kind in ("uptime", "slice_uptime") and (time := _downtime(new, now, change)):
        words = {"time": time, "span": _span(now.period)}
        return _("%(time)s less downtime %(span)s") % words, _("%(time)s more downtime %(span)s") % words
    amount = f"{exactly(change)} {now.unit}".strip()
    if now.kind == "deadline":
        cases = exactly(change)
        return _("Of 100 cases %s fewer may be late") % cases, _("Of 100 cases %s more may be late") % cases
    if now.op == ">=":
        return _("%s more is promised") % amount, _("%s less is promised") % amount
    return _("%s more is allowed") % amount, _("%s less is allowed") % amount


def _downtime(terms: Terms, kpi: Kpi, change: Fraction) -> str:
    weekly = week_of(terms, kpi.calendar)
    return short(round(change / 100 * weekly * WEEKS[kpi.period])) if weekly and kpi.period in WEEKS else ""


def _span(period: str) -> str:
    return {
        "quarter": _("a quarter"), "fiscal_quarter": _("a quarter"), "half_year": _("a half-year"),
        "year": _("a year"), "fiscal_year": _("a year"), "contract_year": _("a year"),
    }.get(period, _("a month"))  # fmt: skip


def hours(old: Terms, new: Terms, key: str) -> Effect:
    """Another calendar: how many hours a week count."""
    was, now = find(old.kpis, key), find(new.kpis, key)
    return _week(old, new, was.calendar, now.calendar) if was and now else NONE


def warn(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.kpis, key), find(new.kpis, key)
    return Effect(_("Only the early warning changes, never the verdict"), NEUTRAL) if was and now else NONE


def kind(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.kpis, key), find(new.kpis, key)
    words = _("Other cases or another figure: the same service can be judged differently")
    return Effect(words, NEUTRAL) if was and now else NONE


def due(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.kpis, key), find(new.kpis, key)
    if not was or not now:
        return NONE
    span = days(abs(now.data_due_days - was.data_due_days))
    up, down = _("Data come up to %s later") % span, _("Data come %s sooner") % span
    return step(was.data_due_days, now.data_due_days, up=up, down=down, more=WORSE)


def missing(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.kpis, key), find(new.kpis, key)
    if not was or not now or was.missing not in MISSING or now.missing not in MISSING:
        return NONE
    up, down = _("Missing data cost the provider more"), _("Missing data cost the provider less")
    return step(MISSING.index(was.missing), MISSING.index(now.missing), up=up, down=down, more=BETTER)


def coverage(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.kpis, key), find(new.kpis, key)
    before, after = (sentences.number(each.coverage) if each else None for each in (was, now))
    if before is None or after is None:
        return NONE
    up = _("More must be measured before a period counts as met or missed")
    down = _("A period counts as met or missed with less measured")
    return step(before, after, up=up, down=down, more=NEUTRAL)


def decimals(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.kpis, key), find(new.kpis, key)
    return Effect(_("Only what is shown, never the verdict"), NEUTRAL) if was and now else NONE


def critical(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.kpis, key), find(new.kpis, key)
    if not was or not now or was.critical == now.critical:
        return NONE
    if now.critical:
        return Effect(_("A miss alone makes the report red"), BETTER)
    return Effect(_("A miss alone no longer makes the report red"), WORSE)


def left_out(old: Terms, new: Terms, key: str) -> Effect:
    """What does not count for a KPI any more, and what counts again."""
    was, now = find(old.kpis, key), find(new.kpis, key)
    if not was or not now:
        return NONE
    names = {each.key: each.name for each in (*old.exclusions, *new.exclusions)}
    more = [names.get(each, each) for each in now.exclusions if each not in was.exclusions]
    fewer = [names.get(each, each) for each in was.exclusions if each not in now.exclusions]
    return both((
        Effect(_("Does not count any more: %s") % ", ".join(more), WORSE) if more else NONE,
        Effect(_("Counts again: %s") % ", ".join(fewer), BETTER) if fewer else NONE,
    ))


def response(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.priorities, key, "priority"), find(new.priorities, key, "priority")
    if not was or not now or was.response_seconds == now.response_seconds:
        return NONE
    missed = came(
        was.response_seconds, now.response_seconds,
        added=Effect(_("A response is promised"), BETTER),
        removed=Effect(_("No response is promised any more"), WORSE),
    )
    return missed or _sooner(was.response_seconds or 0, now.response_seconds or 0)


def resolution(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.priorities, key, "priority"), find(new.priorities, key, "priority")
    if was is None or now is None:
        added = Effect(_("Cases of one more priority have a limit"), BETTER)
        removed = Effect(_("Cases of this priority have no limit any more"), WORSE)
        return came(was, now, added=added, removed=removed) or NONE
    return _sooner(was.resolution_seconds, now.resolution_seconds)


def priority_hours(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.priorities, key, "priority"), find(new.priorities, key, "priority")
    return _week(old, new, was.calendar, now.calendar) if was and now else NONE


def workload(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.workload, key), find(new.workload, key)
    if was is None or now is None:
        added = Effect(_("Above this limit the targets may not be kept"), WORSE)
        return came(was, now, added=added, removed=Effect(_("The targets hold for any workload"), BETTER)) or NONE
    if (was.unit, was.period) != (now.unit, now.period):
        return Effect(_("Counts something else: the two limits can't be compared"), NEUTRAL)
    words = {"count": abs(now.most - was.most), "unit": now.unit, "span": _span(now.period)}
    up, down = _("%(count)d %(unit)s more %(span)s") % words, _("%(count)d %(unit)s fewer %(span)s") % words
    return step(was.most, now.most, up=up, down=down, more=BETTER)


def week_of(terms: Terms, key: str) -> int:
    """Open seconds of a usual week; no calendar is every hour; 0 for one that can't be read."""
    calendar: CalendarTerm | None = find(terms.calendars, key)
    if not key:
        return sentences.WEEK
    return sentences.weekly_seconds(calendar) if calendar else 0


def in_a_week(was: int, now: int) -> Effect:
    """More or fewer hours of service a week."""
    time = sentences.in_hours(abs(now - was))
    up, down = _("%s more service a week") % time, _("%s less service a week") % time
    return step(was, now, up=up, down=down, more=BETTER)


def _week(old: Terms, new: Terms, before: str, after: str) -> Effect:
    was, now = week_of(old, before), week_of(new, after)
    if before == after or not was or not now:
        return NONE
    return in_a_week(was, now) or Effect(_("As many hours a week, at other times"), NEUTRAL)


def _sooner(was: int, now: int) -> Effect:
    time = short(abs(now - was))
    return step(was, now, up=_("%s later") % time, down=_("%s sooner") % time, more=WORSE)


WORDS = {
    ("kpis", "target"): target,
    ("kpis", "hours"): hours,
    ("kpis", "warn"): warn,
    ("kpis", "kind"): kind,
    ("kpis", "due"): due,
    ("kpis", "missing"): missing,
    ("kpis", "coverage"): coverage,
    ("kpis", "decimals"): decimals,
    ("kpis", "critical"): critical,
    ("kpis", "exclusions"): left_out,
    ("priorities", "response"): response,
    ("priorities", "resolution"): resolution,
    ("priorities", "hours"): priority_hours,
    ("workload", ""): workload,
}
