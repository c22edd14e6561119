"""From facts to an outcome, for a period that runs, is closed, or is looked at again."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from agreements.models import Version
from kpis import exclusions, facts, formulas, parts
from kpis.gathering import GATHER, Question
from kpis.models import Period, PeriodResult, Standing, Target
from kpis.rollups import Days
from kpis.spec import case_terms

# A standing younger than this still holds when nothing was delivered since.
STANDS_FOR = timedelta(hours=1)


def compute(
    target: Target,
    lo: datetime,
    hi: datetime,
    *,
    known_until: int | None = None,
    known_at: datetime,
    already_missed: Collection[str] = (),
    components: Sequence[formulas.Component] = (),
    excluded: Collection[int] | None = None,
    arithmetic: int = formulas.ARITHMETIC_VERSION,
) -> formulas.Outcome:
    """The outcome of [lo, hi) under a target, from the deliveries up to `known_until` (None: all).

    `known_at` is the moment it is looked at from; `already_missed` are cases that an earlier result counted;
    `components` what a composite is made of; `excluded` are the ids of the excluded spans that count (None: those
    that count now).
    Raises ValueError when the signed terms can't be computed.
    """
    frame = formulas.Frame(lo, hi, known_at)
    versions = [(version.effective_from, case_terms(version.read_terms())) for version in versions_of(target)]
    ids = exclusions.counting(target, lo, hi) if excluded is None else excluded
    return evaluate(
        Question(
            target.spec, target.indicator_id, frame, known_until, versions, exclusions.spans(target.spec, ids),
            components=components, rolled=Days([target.indicator_id]) if known_until is None else None,
        ),
        already_missed=already_missed, arithmetic=arithmetic,
    )


def evaluate(
    asked: Question,
    *,
    already_missed: Collection[str] = (),
    arithmetic: int = formulas.ARITHMETIC_VERSION,
) -> formulas.Outcome:
    """The same from terms alone, so that a result can be recomputed from what was signed."""
    kpi, asked = asked.spec["kpi"], asked._replace(arithmetic=arithmetic)
    return formulas.evaluate(
        kpi["kind"], formulas.Rule.from_terms(kpi), asked.frame, gather(asked, already_missed),
        arithmetic=arithmetic,
    )


def gather(asked: Question, already_missed: Collection[str] = ()) -> Any:
    """The facts that the formula of the KPI's kind takes."""
    gathered = GATHER[asked.spec["kpi"]["kind"]](asked)
    if isinstance(gathered, formulas.DeadlineFacts):
        return replace(gathered, already_missed=already_missed)
    return gathered


def versions_of(target: Target) -> list[Version]:
    """The versions by which cases of a target may be judged, oldest first; none where no case has a limit.

    A case that straddles two versions is judged by the one in force at its start.
    """
    if target.spec["kpi"]["kind"] != "deadline":
        return []
    executed = Version.objects.executed().filter(agreement=target.agreement_id)
    found = executed.filter(effective_from__lte=target.effective_from).order_by("effective_from")
    return list(found) if len(found) > 1 else []


def provisional(period: Period, now: datetime) -> formulas.Outcome:
    """How a period that is not closed stands at `now`, from all that is known."""
    return compute(
        period.target, period.lo, period.hi, known_at=min(now, period.hi),
        already_missed=counted_before(period), components=_components(period, now),
    )


def _components(period: Period, now: datetime) -> list[formulas.Component]:
    """What a composite that is not closed is made of: results, and how the other components stand."""
    if not parts.names(period.target.spec):
        return []
    open_ = {key: each for key, each in parts.periods_of(period).items() if each.state != Period.State.CLOSED}
    return parts.so_far(period, {key: provisional(each, now).to_dict() for key, each in open_.items()})


def lost(period: Period, now: datetime) -> formulas.Outcome | None:
    """The outcome of a running period that even a perfect rest can't save; else None.

    Cheap to ask again: while nothing new was delivered, the standing that the sweep keeps answers.
    """
    if period.state == Period.State.CLOSED:
        return None
    standing = Standing.objects.filter(period=period).first()
    if standing is not None and not standing.certain_loss and is_fresh(standing, period, now):
        return None
    outcome = provisional(period, now)
    return outcome if outcome.certain_loss else None


def is_fresh(standing: Standing, period: Period, now: datetime) -> bool:
    """Whether a standing has seen the newest data and exclusions, and lately enough for deadlines to have passed."""
    if parts.names(period.target.spec):  # its components' data are not its own stream's
        return False
    young = standing.known_at > now - STANDS_FOR or standing.known_at >= period.hi
    young = young and standing.exclusions_seen == period.target.indicator.exclusions_changed
    return young and standing.delivery_id == facts.latest_delivery(period.target.indicator)


def counted_before(period: Period) -> set[str]:
    """Cases that an earlier period of this KPI has counted as missed while they were open."""
    same = {"target__agreement": period.target.agreement_id, "target__key": period.target.key}
    if period.target.spec["kpi"]["kind"] != "deadline":
        return set()
    earlier = Period.objects.filter(**same, hi__lte=period.lo)
    closed = PeriodResult.objects.filter(period__in=earlier).order_by("period", "edition")
    outcomes = dict(closed.values_list("period", "outcome"))  # the newest edition comes last
    running = Standing.objects.filter(period__in=earlier.exclude(state=Period.State.CLOSED))
    outcomes |= dict(running.values_list("period", "outcome"))
    return {each for outcome in outcomes.values() for each in outcome["figures"]["open_past_due"]}


def rating_time(period: Period) -> datetime:
    """The instant that an answer (score) about a period is about: its last second."""
    return period.hi - timedelta(seconds=1)
