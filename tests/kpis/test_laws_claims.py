"""The same laws where time is excluded, given back and refused, and closed results are corrected, by the real acts."""

from itertools import zip_longest

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kpis import actions, results, standings
from kpis.models import DayRollup, DirtyDay, Exclusion, PeriodResult, Standing
from tests.kpis.lawful import (
    LAW,
    NOW,
    ROWS,
    TOLD,
    claims,
    correct,
    happen,
    judged,
    make_house,
    outcomes,
    tell,
    undone,
)

CLAIMS = claims("exclude", "exclude", "withdraw", "refuse", "acknowledge")
STEPS = st.lists(ROWS | CLAIMS | CLAIMS, min_size=2, max_size=7)
# Of each kind at least once, in the two orders that differ.
SLOW = [("ms", 1, 0, 90, False), ("http", 1, 0, 40, False), ("log", 1, 160, 100, False)]
TAKEN = [("exclude", key, 0, 155, 1200) for key in ("K1", "K2", "K3", "K4", "K5")]
GIVEN_BACK = [("withdraw", "K1", 0, place, 1) for place in (0, 2, 1, 0)]


@pytest.fixture(scope="module")
def house(module_db):
    return make_house()


def standing():
    """What lists and sweeps read of each period that is not closed."""
    return dict(Standing.objects.values_list("period", "outcome"))


@LAW
@example(steps=[SLOW, *TAKEN, *GIVEN_BACK], sweeps=[True] + [False] * 9)
@given(steps=STEPS, sweeps=st.lists(st.booleans(), min_size=7, max_size=7))
def test_by_and_by_is_the_same_as_a_full_rebuild(house, db, steps, sweeps):
    with undone():
        for step, swept in zip(steps, sweeps, strict=False):
            happen(house, step)
            standings.refresh(now=NOW)
            if swept:
                actions.roll_up(now=NOW)

        by_and_by, stood = outcomes(house, rolled=True), standing()
        assert by_and_by == outcomes(house, rolled=False)

        for derived in (Standing, DayRollup, DirtyDay):
            derived.objects.all().delete()
        actions.mark_all(now=NOW)
        actions.roll_up(now=NOW)
        standings.refresh(now=NOW)
        assert outcomes(house, rolled=True) == by_and_by
        assert standing() == stood


@LAW
@example(before=[SLOW, *TAKEN], after=[*GIVEN_BACK, [("ms", 1, 0, 10, False)]])
@given(before=STEPS, after=STEPS)
def test_corrected_afterwards_is_the_same_as_known_before_the_close(house, db, before, after):
    with undone():
        for step in [*before, *after]:
            happen(house, step)
        actions.close_due(now=NOW)
        at_once = judged(house)
    with undone():
        for step in before:
            happen(house, step)
        actions.close_due(now=NOW)
        first = dict(PeriodResult.objects.values_list("pk", "sha256"))
        for step in after:
            happen(house, step)
        actions.roll_up(now=NOW)
        correct(house)

        assert judged(house) == at_once
        DayRollup.objects.all().delete()
        every = {each.pk: each for each in PeriodResult.objects.order_by("pk")}
        assert {pk: every[pk].sha256 for pk in first} == first
        assert {pk: results.recompute(each) for pk, each in every.items()} == {
            pk: each.sha256 for pk, each in every.items()
        }


@LAW
@given(
    rows=st.lists(TOLD, min_size=1, max_size=8, unique_by=lambda each: each[:2]),
    asked=st.lists(claims("exclude"), min_size=1, max_size=4),
    order=st.randoms(use_true_random=False),
)
def test_order_and_batches_of_data_and_exclusions_are_all_the_same(house, db, rows, asked, order):
    """But for a yearly cap, which is used up in the order of the approvals."""
    told = [(*each[:4], False) for each in rows]
    uncapped = [(what, key, 0 if kind == 1 else kind, hour, minutes) for what, key, kind, hour, minutes in asked]
    with undone():
        tell(house, told)
        for each in uncapped:
            happen(house, each)
        assert not Exclusion.objects.filter(category="capped").exists()
        at_once = outcomes(house, rolled=True)
    order.shuffle(told)
    order.shuffle(uncapped)
    with undone():
        for claim, start in zip_longest(uncapped, range(0, len(told), 2)):
            for step in filter(None, [claim, told[start : start + 2] if start is not None else None]):
                happen(house, step)
            actions.roll_up(now=NOW)

        assert outcomes(house, rolled=True) == at_once
