"""Sets of spans in microseconds: exact, sorted, disjoint."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import attrgetter, le, lt

from agreements.openinghours import DAY
from agreements.timeline import EPOCH, Span

SECOND = 1_000_000
EARLIEST = datetime.min.replace(tzinfo=UTC)
_TWO = [f"{number:02}" for number in range(60)]
_MINUTES = [f"{hour}:{minute}" for hour in _TWO[:24] for minute in _TWO]


def micro(at: datetime) -> int:
    """Microseconds since 1970. Raises `ValueError` for a naive instant."""
    try:
        since = at - EPOCH
    except TypeError:
        raise ValueError(f"expected an aware datetime, got {at!r}") from None
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def at_micro(number: int) -> datetime:
    return EPOCH + timedelta(0, 0, number)


def iso(number: int) -> str:
    """An instant as `datetime.isoformat` writes it in UTC, at a third of the cost: there are many."""
    second, rest = divmod(number, SECOND)
    if rest:
        return at_micro(number).isoformat()
    day, second = divmod(second, DAY)
    minute, second = divmod(second, 60)
    return f"{_date(day)}T{_MINUTES[minute]}:{_TWO[second]}+00:00"


@lru_cache(maxsize=1024)
def _date(day: int) -> str:
    return (EPOCH + timedelta(day)).date().isoformat()


def united(what: str, pairs: Iterable[tuple[datetime, datetime]]) -> list[Span]:
    """The union. Raises `ValueError` naming `what` ends before it starts."""
    given = list(pairs)
    return joined(what, [start for start, _end in given], [end for _start, end in given])


def joined(what: str, starts: list[datetime], ends: list[datetime]) -> list[Span]:
    """The same of spans given by their starts and ends; quickest in the order of their starts, as facts come.

    Of a hundred thousand spans only what is left becomes numbers.
    """
    starts, ends = _in_utc(starts), _in_utc(ends)
    if any(map(lt, ends, starts)):
        start, end = next(each for each in zip(starts, ends, strict=True) if each[1] < each[0])
        raise ValueError(f"{what} ends {end} before it starts {start}")
    in_order = all(map(le, starts, starts[1:]))
    pairs = zip(starts, ends, strict=True) if in_order else sorted(zip(starts, ends, strict=True))
    firsts, lasts, reach = [], [], EARLIEST
    for start, end in pairs:
        if start > reach:
            firsts.append(start)
            lasts.append(reach)
            reach = end
        elif end > reach:
            reach = end
    lasts.append(reach)
    found = zip(map(micro, firsts), map(micro, lasts[1:]), strict=True)
    return [span for span in found if span[0] < span[1]]


def _in_utc(instants: list[datetime]) -> list[datetime]:
    """The same instants where they can be compared: two of one zone would be by their wall clocks."""
    if set(map(attrgetter("tzinfo"), instants)) <= {UTC}:
        return instants
    return [at_micro(micro(at)) for at in instants]


def shared(spans: list[Span], parts: list[Span]) -> list[int]:
    """How much of each span its parts make; both sorted and disjoint, each part within one span."""
    sums, place = [0] * len(spans), 0
    for start, end in parts:
        while spans[place][1] <= start:
            place += 1
        sums[place] += end - start
    return sums


def length(spans: Iterable[Span]) -> int:
    return sum(end - start for start, end in spans)
