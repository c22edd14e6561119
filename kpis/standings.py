"""How periods stand that are not closed: derived rows, kept by the sweep for lists and certain losses."""

from datetime import datetime

from kpis import facts, periods
from kpis.models import Period, Standing


def refresh(*, now: datetime) -> int:
    """Compute again every standing that has not seen the newest data; returns how many.

    One that can't be computed stops no other; the first error is raised at the end.
    """
    errors, renewed = [], 0
    running = (
        Period.objects.exclude(state=Period.State.CLOSED)
        .filter(lo__lte=now)
        .select_related("target__indicator", "standing")
        .order_by("hi", "pk")
    )
    for period in running:
        standing = getattr(period, "standing", None)
        if standing is not None and periods.is_fresh(standing, period, now):
            continue
        try:
            _renew(period, now)
            renewed += 1
        except ValueError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return renewed


def _renew(period: Period, now: datetime) -> None:
    # The mark is read first: what is delivered meanwhile makes the standing stale, never unseen.
    mark = facts.latest_delivery(period.target.indicator)
    outcome = periods.provisional(period, now)
    Standing.objects.update_or_create(
        period=period,
        defaults={
            "verdict": outcome.verdict,
            "certain_loss": bool(outcome.certain_loss),
            "outcome": outcome.to_dict(),
            "delivery_id": mark,
            "exclusions_seen": period.target.indicator.exclusions_changed,
            "known_at": min(now, period.hi),
        },
    )
