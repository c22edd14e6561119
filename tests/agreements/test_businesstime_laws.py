"""Laws of business time, and an oracle that walks minute by minute."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.businesstime import Calendar

HOUR = 3600


def shift(text):
    hours, minutes = text.lstrip("-").split(":")
    return (-1 if text[0] == "-" else 1) * timedelta(hours=int(hours), minutes=int(minutes))


# Around a clock change each, or none: zone and first date.
PLACES = [
    ("Europe/Brussels", date(2026, 3, 27)),
    ("Europe/Brussels", date(2026, 10, 23)),
    ("Australia/Lord_Howe", date(2026, 4, 3)),
    ("Australia/Lord_Howe", date(2026, 10, 2)),
    ("Pacific/Apia", date(2011, 12, 28)),
    ("America/Havana", date(2026, 3, 6)),
    ("America/Havana", date(2026, 10, 30)),
    ("America/Sao_Paulo", date(2018, 2, 16)),
    ("Asia/Kathmandu", date(2026, 12, 30)),
]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPAN = 5  # days looked at


@st.composite
def interval(draw):
    opening = draw(st.integers(0, 4 * 24 - 1))
    closing = draw(st.integers(opening + 1, min(opening + 4 * 24, 4 * 48)))
    return [f"{quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in (opening, closing)]


@st.composite
def worlds(draw):
    """A calendar document with everything in it, and the first date of the days looked at."""
    zone, first = draw(st.sampled_from(PLACES))
    dates = st.sampled_from([(first + timedelta(n)).isoformat() for n in range(-1, SPAN + 1)])
    hours = st.lists(interval(), max_size=3)
    document = {
        "timezone": zone,
        "schedule": draw(st.dictionaries(st.sampled_from(DAYS), hours, max_size=7)),
        "holidays": draw(st.lists(dates, max_size=1)),
        "special_hours": draw(st.dictionaries(dates, hours, max_size=2)),
        "breaks": [
            {"date": draw(dates), "start": start, "end": end}
            for start, end in draw(st.lists(interval(), max_size=2))
        ],
    }
    document["schedule"][draw(st.sampled_from(DAYS))] = [draw(interval())]
    return document, first


@lru_cache(maxsize=32)
def walls(zone, first):
    """What the clock on the wall shows at each UTC minute, from four days before to the end and beyond."""
    start = datetime.combine(first, datetime.min.time(), UTC) - timedelta(days=4)
    minutes = [start + timedelta(minutes=n) for n in range((SPAN + 9) * 1440)]
    shown = [minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) for minute in minutes]
    first_at = {wall: n for n, wall in reversed(list(enumerate(shown)))}
    last_at = {wall: n for n, wall in enumerate(shown)}
    return start, shown, first_at, last_at, {wall.date() for wall in shown}


def minute_of(local, index, shown):
    """The minute that shows `local`; in a gap, counted on from the last minute before it."""
    if local in index:
        return index[local]
    before = next(n for n in range(len(shown) - 1) if shown[n] < local < shown[n + 1])
    return before + round((local - shown[before]).total_seconds() / 60)


def open_minutes(document, first):
    """The open minutes as a set, by walking: independent of `fold`, of sums and of searches."""
    _, shown, first_at, last_at, dates = walls(document["timezone"], first)

    def minutes_of(day, hours):
        midnight = datetime.combine(day, datetime.min.time())
        for start, end in hours if day in dates else []:
            opening = minute_of(midnight + shift(start), first_at, shown)
            yield from range(opening, minute_of(midnight + shift(end), last_at, shown))

    opened, closed = set(), set()
    for day in (first + timedelta(n) for n in range(-3, SPAN + 2)):
        text = day.isoformat()
        weekly = document["schedule"].get(DAYS[day.weekday()], [])
        hours = [] if text in document["holidays"] else weekly
        opened |= set(minutes_of(day, document["special_hours"].get(text, hours)))
        breaks = [[item["start"], item["end"]] for item in document["breaks"] if item["date"] == text]
        closed |= set(minutes_of(day, breaks))
    return opened - closed


@settings(max_examples=150, deadline=None)
@given(worlds(), st.integers(0, SPAN * 1440), st.integers(0, SPAN * 1440))
def test_oracle_minute_by_minute(world, one, other):
    document, first = world
    calendar = Calendar.from_dict(document)
    base = walls(document["timezone"], first)[0] + timedelta(days=4)
    low, high = sorted((one, other))
    start, end = (base + timedelta(minutes=n) for n in (low, high))
    opened = {n - 4 * 1440 for n in open_minutes(document, first)}
    inside = sorted(n for n in range(low, high) if n in opened)

    assert calendar.between(start, end) == 60 * len(inside)
    periods = calendar.periods(start, end)
    walked = [base + timedelta(minutes=n) for n in inside]
    assert [m for a, b in periods for m in minutes_from(a, b)] == walked
    assert all(left[1] < right[0] for left, right in zip(periods, periods[1:], strict=False))
    assert calendar.is_open(start) == (low in opened)
    if inside:
        assert calendar.add(start, 60 * len(inside)) == walked[-1] + timedelta(minutes=1)
        assert calendar.subtract(end, 60 * len(inside)) == walked[0]


def minutes_from(start, end):
    return [start + timedelta(minutes=n) for n in range(round((end - start).total_seconds() / 60))]


@st.composite
def holed_worlds(draw):
    document, first = draw(worlds())
    base = datetime.combine(first, datetime.min.time(), UTC)
    moments = st.integers(0, SPAN * 86_400).map(lambda n: base + timedelta(seconds=n))
    holes = draw(st.lists(st.tuples(moments, moments).map(sorted), max_size=4))
    return Calendar.from_dict(document).with_holes(holes), moments, holes


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_laws(data):
    calendar, moments, holes = data.draw(holed_worlds())
    a, b, c = sorted(data.draw(st.tuples(moments, moments, moments)))
    seconds = data.draw(st.integers(0, 40 * HOUR))

    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)
    periods = calendar.periods(a, c)
    assert sum((end - start).total_seconds() for start, end in periods) == calendar.between(a, c)
    assert all(a <= start < end <= c for start, end in periods)
    assert not any(start < hole[1] and hole[0] < end for start, end in periods for hole in holes)

    due = calendar.add(a, seconds)
    assert calendar.between(a, due) == seconds
    assert due == a or calendar.between(a, due - timedelta(seconds=1)) == seconds - 1  # the earliest
    since = calendar.subtract(c, seconds)
    assert calendar.between(since, c) == seconds
    assert since == c or calendar.between(since + timedelta(seconds=1), c) == seconds - 1  # the latest
    if seconds:
        assert calendar.add(since, seconds) <= c and calendar.subtract(due, seconds) >= a


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_law_of_the_document(world):
    calendar = Calendar.from_dict(world[0])
    assert Calendar.from_dict(calendar.to_dict()) == calendar
    assert Calendar.from_dict(calendar.to_dict()).to_dict() == calendar.to_dict()
