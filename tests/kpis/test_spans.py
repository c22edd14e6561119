"""Sets of spans beside sets of single instants, which need no cleverness."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.timeline import EPOCH, common, union, without
from kpis.formulas.spans import SECOND, at_micro, iso, joined, micro, shared, united

PAIRS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).map(sorted).map(tuple), max_size=12)
BRUSSELS = ZoneInfo("Europe/Brussels")
SETS = PAIRS.map(union)


def within(spans):
    return {at for start, end in spans for at in range(start, end)}


def is_a_set(spans):
    in_order = all(a[1] <= b[0] for a, b in zip(spans, spans[1:], strict=False))
    return in_order and all(start < end for start, end in spans)


def cut(spans, places):
    """The same set in more spans, of which some touch."""
    for place in places:
        spans = [
            piece for start, end in spans
            for piece in ([(start, place), (place, end)] if start < place < end else [(start, end)])
        ]  # fmt: skip
    return spans


@given(PAIRS, st.sampled_from([UTC, BRUSSELS]))
def test_a_union_is_that_of_its_instants_and_none_of_its_spans_touch(pairs, zone):
    instants = [tuple((EPOCH + timedelta(seconds=at)).astimezone(zone) for at in pair) for pair in pairs]

    found = [(start // SECOND, end // SECOND) for start, end in united("a span", instants)]

    assert found == union(pairs)
    assert within(found) == within(pairs)
    assert all(a[1] < b[0] for a, b in zip(found, found[1:], strict=False))


@given(SETS, SETS, st.lists(st.integers(0, 40), max_size=4))
def test_less_and_in_common_are_those_of_the_instants(spans, others, places):
    pieces = cut(spans, places)
    less, both = without(pieces, others), common(pieces, others)

    assert (within(less), within(both)) == (within(spans) - within(others), within(spans) & within(others))
    assert is_a_set(less) and is_a_set(both)
    assert common(others, pieces) == both
    # Where a span was cut before, it still is.
    assert less == [each for piece in pieces for each in without([piece], others)]
    assert both == [each for piece in pieces for each in common([piece], others)]


@given(SETS, SETS)
def test_what_each_span_shares_is_what_lies_within_it(spans, others):
    parts = common(spans, others)
    assert shared(spans, parts) == [len(within([span]) & within(others)) for span in spans]


@given(st.integers(-(10**16), 10**16), st.sampled_from([1, SECOND]))
def test_an_instant_is_written_as_the_library_writes_it(number, step):
    at = at_micro(number // step * step)
    assert iso(micro(at)) == at.isoformat()


def test_wall_clocks_of_one_zone_do_not_say_which_comes_first():
    first, second = (datetime(2026, 10, 25, 2, 30, tzinfo=BRUSSELS, fold=fold) for fold in (0, 1))

    assert united("a span", [(first, second)]) == [(micro(first), micro(first) + 3600 * SECOND)]
    with pytest.raises(ValueError, match="a span ends"):
        united("a span", [(second, first)])


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="aware"):
        joined("a span", [EPOCH.replace(tzinfo=None)], [EPOCH])
