"""Instants and spans for the tests of figures."""

from datetime import UTC, datetime, timedelta


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MAY, JUNE, JULY = at("2026-05-01T00:00"), at("2026-06-01T00:00"), at("2026-07-01T00:00")
mid_may = at("2026-05-16T12:00")


def minutes(start, length, *, of=MAY):
    """A span of so many minutes, from so many minutes after `of` on."""
    begin = of + timedelta(minutes=start)
    return begin, begin + timedelta(minutes=length)
