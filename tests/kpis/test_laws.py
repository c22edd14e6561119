"""The laws that no data may break: by and by is at once, dropped is rebuilt, order and batches are all the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis import actions, results
from kpis.models import DayRollup, PeriodResult
from tests.kpis.lawful import LAW, NOW, STREAMS, TOLD, make_house, outcomes, tell, undone


@pytest.fixture(scope="module")
def house(module_db):
    return make_house()


@LAW
@given(steps=STREAMS, sweeps=st.lists(st.booleans(), min_size=4, max_size=4))
def test_by_and_by_is_the_same_as_everything_at_once(house, db, steps, sweeps):
    with undone():
        for step, swept in zip(steps, sweeps, strict=False):
            tell(house, step)
            if swept:
                actions.roll_up(now=NOW)

        by_and_by = outcomes(house, rolled=True)
        assert by_and_by == outcomes(house, rolled=False)
        actions.roll_up(now=NOW)
        assert outcomes(house, rolled=True) == by_and_by


@LAW
@given(steps=STREAMS)
def test_dropped_and_rebuilt_gives_the_same_hashes(house, db, steps):
    with undone():
        for step in steps:
            tell(house, step)
        actions.roll_up(now=NOW)
        actions.close_due(now=NOW)
        closed = dict(PeriodResult.objects.order_by("pk").values_list("pk", "sha256"))
        assert closed

        kept = {each.pk: bytes(each.packed or b"") for each in DayRollup.objects.all()}
        DayRollup.objects.all().delete()
        assert {each.pk: results.recompute(each) for each in PeriodResult.objects.order_by("pk")} == closed
        actions.mark_all(now=NOW)
        actions.roll_up(now=NOW)

        assert {each.pk: bytes(each.packed or b"") for each in DayRollup.objects.all() if each.pk in kept} == kept
        assert all(results.problems(each) == [] for each in PeriodResult.objects.all())


MANY = st.lists(TOLD, min_size=1, max_size=12, unique_by=lambda each: each[:2])


@LAW
@given(rows=MANY, order=st.randoms(use_true_random=False), size=st.integers(1, 12))
def test_order_and_batches_are_all_the_same(house, db, rows, order, size):
    told = [(*each[:4], False) for each in rows]
    with undone():
        tell(house, told)
        at_once = outcomes(house, rolled=True)
    order.shuffle(told)
    with undone():
        for start in range(0, len(told), size):
            tell(house, told[start : start + size])
            if start % 2:
                actions.roll_up(now=NOW)

        assert outcomes(house, rolled=True) == at_once


@LAW
@given(steps=STREAMS, later=STREAMS)
def test_a_closed_result_never_changes(house, db, steps, later):
    with undone():
        for step in steps:
            tell(house, step)
        actions.close_due(now=NOW)
        closed = list(PeriodResult.objects.order_by("pk").values_list("pk", "sha256", "verdict"))

        for step in later:
            tell(house, step)
        actions.roll_up(now=NOW)
        actions.close_due(now=NOW)

        assert list(PeriodResult.objects.order_by("pk").values_list("pk", "sha256", "verdict")) == closed
        assert all(results.problems(each) == [] for each in PeriodResult.objects.all())
