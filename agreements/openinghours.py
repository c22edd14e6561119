"""The opening hours of a contract as a document: parsed, checked, written back.

Times are kept as seconds of the local day, so "26:00" is 93,600. Every refusal is a
`ValueError` whose message starts with the place, such as `schedule.mon[1]`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SECTIONS = ("timezone", "schedule", "holidays", "special_hours", "breaks")
LABELS = ("key", "name")  # what the terms call a calendar: no part of its hours
DAY = 86_400

Hours = tuple[tuple[int, int], ...]

_TIME = re.compile(r"([0-9]{2}):([0-5][0-9])", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True)
class OpeningHours:
    """Weekly hours, closed dates, hours of single dates, and breaks, meant in one IANA zone.

    Raises `ValueError` when no interval is open on any day: such hours could never be met.
    """

    timezone: str
    schedule: tuple[tuple[str, Hours], ...]
    holidays: tuple[date, ...] = ()
    special_hours: tuple[tuple[date, Hours], ...] = ()
    breaks: tuple[tuple[date, int, int], ...] = ()

    def __post_init__(self) -> None:
        if not any(hours for _, hours in self.schedule + self.special_hours):
            raise ValueError("schedule: the calendar has no opening hours")

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "OpeningHours":
        """Read a document; raises `ValueError` naming the first place that is wrong."""
        document = _mapping(document, "calendar")
        for key in document:
            if key not in SECTIONS + LABELS:
                raise ValueError(f"{key}: unknown, expected one of {', '.join(SECTIONS)}")
        return cls(
            timezone=_timezone(document.get("timezone")),
            schedule=_schedule(document.get("schedule", {})),
            holidays=_holidays(document.get("holidays", [])),
            special_hours=_special_hours(document.get("special_hours", {})),
            breaks=_breaks(document.get("breaks", [])),
        )

    def to_dict(self) -> dict[str, Any]:
        """The document with every section; `from_dict` of it gives equal hours."""
        return {
            "timezone": self.timezone,
            "schedule": {day: _written(hours) for day, hours in self.schedule},
            "holidays": [day.isoformat() for day in self.holidays],
            "special_hours": {day.isoformat(): _written(hours) for day, hours in self.special_hours},
            "breaks": [
                {"date": day.isoformat(), "start": _clock(start), "end": _clock(end)}
                for day, start, end in self.breaks
            ],
        }


def _timezone(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"timezone: expected the name of an IANA zone, got {value!r}")
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:  # OSError: "Europe" is a directory
        raise ValueError(f"timezone: {value!r} is not an IANA zone") from error
    return value


def _schedule(value: Any) -> tuple[tuple[str, Hours], ...]:
    days = _mapping(value, "schedule")
    for key in days:
        if key not in WEEKDAYS:
            raise ValueError(f"schedule.{key}: unknown, expected one of {', '.join(WEEKDAYS)}")
    return tuple((day, _hours(days[day], f"schedule.{day}")) for day in WEEKDAYS if day in days)


def _holidays(value: Any) -> tuple[date, ...]:
    return tuple(sorted({_date(day, f"holidays[{i}]") for i, day in enumerate(_list(value, "holidays"))}))


def _special_hours(value: Any) -> tuple[tuple[date, Hours], ...]:
    days = _mapping(value, "special_hours")
    return tuple(
        sorted(
            (_date(day, f"special_hours.{day}"), _hours(hours, f"special_hours.{day}"))
            for day, hours in days.items()
        )
    )


def _breaks(value: Any) -> tuple[tuple[date, int, int], ...]:
    return tuple(sorted(_break(item, f"breaks[{i}]") for i, item in enumerate(_list(value, "breaks"))))


def _break(value: Any, place: str) -> tuple[date, int, int]:
    item = _mapping(value, place)
    if set(item) != {"date", "start", "end"}:
        raise ValueError(f"{place}: expected date, start and end, got {dict(item)!r}")
    start, end = _interval([item["start"], item["end"]], place)
    return _date(item["date"], f"{place}.date"), start, end


def _hours(value: Any, place: str) -> Hours:
    return tuple(_interval(item, f"{place}[{i}]") for i, item in enumerate(_list(value, place)))


def _interval(value: Any, place: str) -> tuple[int, int]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"{place}: expected an opening and a closing time, got {value!r}")
    start, end = (_seconds(time, place) for time in value)
    if start >= DAY:
        raise ValueError(f"{place}: opens at {value[0]}, must open before 24:00")
    if end > 2 * DAY:
        raise ValueError(f"{place}: closes at {value[1]}, must close by 48:00, the end of the next day")
    if end <= start:
        raise ValueError(
            f"{place}: closes at {value[1]}, must be after {value[0]}; "
            "a time past midnight is written above 24:00, such as 26:00"
        )
    return start, end


def _seconds(value: Any, place: str) -> int:
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{place}: {value!r} is not a time HH:MM")
    return int(match[1]) * 3600 + int(match[2]) * 60


def _date(value: Any, place: str) -> date:
    # fromisoformat alone also takes 20261225 and 2026-W52-5.
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(f"{place}: {value!r} is not a date YYYY-MM-DD")


def _mapping(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{place}: expected an object, got {value!r}")
    return value


def _list(value: Any, place: str) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{place}: expected a list, got {value!r}")
    return value


def _written(hours: Hours) -> list[list[str]]:
    return [[_clock(start), _clock(end)] for start, end in hours]


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"
