"""Exclusions, a correction and a dispute of the demo, each by the acts that the browser calls."""

from datetime import UTC, datetime, timedelta

import kpis.actions as measuring
from kpis.models import Exclusion, Period

DAY = timedelta(days=1)


def correct_may(story, at: datetime) -> None:
    """Announced work fell into the outage of May: excluded after the close, so the result needs an edition 2."""
    cast = story.cast
    exclusion = _exclude(
        story, start=datetime(2026, 5, 7, 21, tzinfo=UTC), minutes=30, told=datetime(2026, 5, 4, 9, tzinfo=UTC),
        reason="The supplier had announced work on its sign-in servers; it fell into the outage.", at=at - 3 * DAY,
    )
    measuring.acknowledge_exclusion(exclusion, actor=cast.it_head, at=at - 2 * DAY)
    period = Period.objects.get(target__agreement=story.agreement, target__key="K1", label="2026-05")
    correction = measuring.propose_correction(
        period, reason=f"{exclusion} was approved after May was closed.", actor=cast.desk, at=at - 2 * DAY
    )
    correction = measuring.approve_correction(correction, actor=cast.manager, at=at - DAY)
    measuring.accept_correction(correction, actor=cast.it_head, at=at)


def maintenance_of_july(story, at: datetime) -> None:
    """One exclusion that the client disputes, and a weekly one that the yearly cap cuts short."""
    cast, told = story.cast, datetime(2026, 7, 2, 9, tzinfo=UTC)
    one = _exclude(
        story, start=datetime(2026, 7, 5, 2, tzinfo=UTC), minutes=60, told=told, at=at,
        reason="New certificates on the front servers.",
    )
    measuring.open_dispute(
        one, reason="Courses hand in until Sunday 03:00; we asked for another night.", actor=cast.platform_lead, at=at
    )
    weekly = _exclude(
        story, start=datetime(2026, 7, 12, 1, tzinfo=UTC), minutes=240, told=told, at=at,
        rule="FREQ=WEEKLY;UNTIL=20260802", reason="The databases move to new machines, four Sundays in a row.",
    )
    measuring.acknowledge_exclusion(weekly, actor=cast.it_head, at=at)


def _exclude(story, *, start: datetime, minutes: int, told: datetime, reason: str, at: datetime, rule="") -> Exclusion:
    proposed = measuring.propose_exclusion(
        story.agreement, category="maintenance", kpis=["K1"], starts_at=start,
        ends_at=start + timedelta(minutes=minutes), rule=rule, notice_at=told, clause="Exclusions", reason=reason,
        actor=story.cast.desk, at=at,
    )
    return measuring.approve_exclusion(proposed, actor=story.cast.manager, at=at)
