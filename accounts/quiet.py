"""When a mail may reach a person: their quiet hours and the hour of their daily mail. Pure, in their time zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def ends(at: datetime, zone: str, begin: time | None, end: time | None) -> datetime | None:
    """When the quiet hours end that hold `at`; None when `at` lies outside them, or there are none.

    Half-open, and over midnight when `end` is earlier than `begin`.
    """
    if begin is None or end is None:
        return None
    local = at.astimezone(ZoneInfo(zone))
    clock = local.time()
    if begin < end:
        return _after(at, local.date(), end, zone) if begin <= clock < end else None
    if clock >= begin:
        return _after(at, local.date() + timedelta(days=1), end, zone)
    return _after(at, local.date(), end, zone) if clock < end else None


def following(at: datetime, zone: str, hour: time) -> datetime:
    """The first moment after `at` when the local clock shows `hour`."""
    today = at.astimezone(ZoneInfo(zone)).date()
    found = _moment(today, hour, zone)
    return found if found > at else _moment(today + timedelta(days=1), hour, zone)


def _after(at: datetime, day: date, clock: time, zone: str) -> datetime:
    # In the hour that autumn repeats, the first of two equal clocks may be over already.
    first = _moment(day, clock, zone)
    return first if first > at else _moment(day, clock.replace(fold=1), zone)


def _moment(day: date, clock: time, zone: str) -> datetime:
    """A local time in a spring gap is read with the offset before the change."""
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)
