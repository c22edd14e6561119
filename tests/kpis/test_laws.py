"""The laws that no data may break: by and by is at once, dropped is rebuilt, order and batches are all the same."""

from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from agreements import terms as t
from kpis import actions, facts, periods, results
from kpis.intake import rows as r
from kpis.models import Case, DayRollup, Delivery, DirtyDay, Outage, Period, PeriodResult, Sample
from tests.factories import make_agreement, make_member, make_terms, make_version
from tests.kpis.build import deliver, stream, utc

MAY, JUNE, NOW = utc("2026-05-01T00:00"), utc("2026-06-01T00:00"), utc("2026-06-20T00:00")
LAW = settings(
    max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
SLICES = {"slice": 3600, "error_percent": "5", "minimum_run": 1, "minimum_requests": 0}
BOTH = [{"kpi": "K1", "weight": "1"}, {"kpi": "K5", "weight": "2"}]
PARTS = {"method": "weighted_mean", "late_days": 0, "components": BOTH}


def kpi(key, kind, indicator, params, **kwargs):
    fields = {"op": ">=", "target": "99", "unit": "%", "coverage": "0"} | kwargs
    return t.Kpi(key, key, "canvas", kind, indicator, source="probe", params=params, **fields)


KPIS = [
    kpi("K1", "uptime", "log", {}, calendar="always"),
    kpi("K2", "value", "ms", {"aggregate": "percentile", "percentile": "95"}, op="<=", target="50", unit="ms"),
    kpi("K3", "value", "ms", {"aggregate": "avg"}, op="<=", target="50", unit="ms", calendar="desk"),
    kpi("K4", "slice_uptime", "http", SLICES, calendar="always"),
    kpi("K5", "ratio", "http", {"method": "sum"}),
    kpi("K6", "count", "cases", {"cohort": "opened_in"}, op="<=", target="3", unit="cases"),
    kpi("K7", "deadline", "cases", {"cohort": "due_in"}),
    kpi("K9", "composite", "index", PARTS),
]  # fmt: skip
KEYS = {"log": 0, "ms": 1, "http": 2, "cases": 3}


@pytest.fixture(scope="module")
def house(module_db):
    terms = make_terms(kpis=KPIS, credits=[])
    terms.agreement.timezone = "Europe/Brussels"
    agreement = make_agreement(state="active")
    make_version(agreement, state="executed", terms=terms, effective_from=MAY - timedelta(hours=2))
    actions.bind_executed(now=NOW)
    return agreement, make_member(agreement.provider, "provider")


# One thing that is told: which stream, which of a few facts, when, and how much.
TOLD = st.tuples(
    st.sampled_from(sorted(KEYS)), st.integers(0, 5), st.integers(0, 32 * 24 - 1), st.integers(0, 100), st.booleans()
)
STREAMS = st.lists(st.lists(TOLD, min_size=1, max_size=5, unique_by=lambda each: each[:2]), min_size=1, max_size=4)


def row(kind, number, hour, amount):
    """The same fact always has the same id; its time is in its id where the identity holds the time."""
    at, late = MAY - timedelta(hours=12) + timedelta(hours=hour), timedelta(minutes=1 + amount)
    if kind == "log":
        return r.Outage(at, at + late, f"o{number}")
    if kind == "cases":
        return r.Case(f"c{number}", at, 3, None, at + 10 * late if amount % 2 else None)
    fixed = MAY + timedelta(hours=number * 150)
    if kind == "ms":
        return r.Sample(fixed, Decimal(amount) / 4, f"s{number}")
    return r.Sample(fixed, Decimal(amount), f"s{number}", total=Decimal(100))


@contextmanager
def undone():
    """What one example did is no fact of the next."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def tell(house, step):
    """One delivery for each stream that is told of; the last of the tuple withdraws the fact instead."""
    agreement, person = house
    for key in sorted({each[0] for each in step}):
        given_ = [each for each in step if each[0] == key and not each[4]]
        if given_:
            deliver(stream(agreement, key), [row(*each[:4]) for each in given_], person, at=NOW, reason="Corrected")
        for each in step:
            if each[0] == key and each[4]:
                withdraw(house, key, row(*each[:4]))


def withdraw(house, key, told):
    """A revision that voids the newest one, as an act would write it."""
    agreement, person = house
    indicator = stream(agreement, key)
    model = {"log": Outage, "cases": Case}.get(key, Sample)
    known = model.objects.newest(indicator.pk).filter(external_id=told.external_id).first()
    if known is None or known.voided:
        return
    delivery = Delivery.objects.create(indicator=indicator, door="api", source="log", by=person, at=NOW)
    known.revision, known.voided, known.delivery_id = known.revision + 1, True, delivery.pk
    known._state.adding = True
    known.save(force_insert=True)
    ends = {"log": "until", "cases": "closed_at"}.get(key)
    days = [known.at, *filter(None, [getattr(known, ends) if ends else None])]
    DirtyDay.objects.bulk_create(DirtyDay(indicator_id=indicator.pk, day=at.date(), marked_at=NOW) for at in days)


def outcomes(house, *, rolled):
    """What May would be now, by KPI: from rollups and rows, or from every row."""
    agreement, _person = house
    found = {}
    may = Period.objects.filter(target__agreement=agreement, label="2026-05").select_related("target__indicator")
    for period in may.order_by("target__key"):
        mark = None if rolled else facts.latest_delivery(period.target.indicator)
        components = periods._components(period, JUNE) if period.target.key == "K9" else ()
        found[period.target.key] = periods.compute(
            period.target, period.lo, period.hi, known_until=mark, known_at=period.hi, components=components
        ).to_dict()
    return found


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


ROWS = st.lists(TOLD, min_size=1, max_size=12, unique_by=lambda each: each[:2])


@LAW
@given(rows=ROWS, order=st.randoms(use_true_random=False), size=st.integers(1, 12))
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
