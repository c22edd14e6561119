"""What figures cost: from days beside every row, one late sample beside the whole month.

Ratios of one run, medians, printed and never asserted; what is computed is asserted. `KPIS=20 make bench` makes it
smaller; whole, it is 200 streams with a value a minute: 8.64 million rows in a month of 30 days.
"""

import os
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from io import StringIO

import pytest
from django.db import connection, transaction
from django.test import Client

from agreements import terms as t
from kpis import actions, facts, periods, rollups
from kpis.models import DayRollup, Indicator, Period, PeriodResult, Sample
from tests.factories import make_agreement, make_member, make_terms, make_version
from tests.kpis.build import deliver, sample, utc

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("module_db")]
POSTGRES = connection.vendor == "postgresql"
MANY = int(os.environ.get("KPIS", 200 if POSTGRES else 20))
JUNE, JULY, NOW = utc("2026-06-01T00:00"), utc("2026-07-01T00:00"), utc("2026-07-04T00:00")
MINUTES, DAYS = 30 * 1440, 30
COLUMNS = "indicator_id, at, source, external_id, revision, voided, delivery_id, value, evidence"


def kpi(number, aggregate):
    params = {"aggregate": aggregate} | ({"percentile": "95"} if aggregate == "percentile" else {})
    return t.Kpi(
        f"K{number}", f"K{number}", "canvas", "value", f"probe-{number}", "<=", "900", "ms", "probe", params=params
    )


@pytest.fixture(scope="module")
def month(module_db):
    """A month of a value a minute of many streams, whose days are rolled up; half averages, half p95."""
    terms = make_terms(
        kpis=[kpi(n, "avg" if n <= MANY // 2 else "percentile") for n in range(1, MANY + 1)],
        credits=[],
        calendars=make_terms().calendars,
    )
    agreement = make_agreement(state="active")
    make_version(agreement, state="executed", terms=terms, effective_from=JUNE)
    actions.bind_executed(now=JULY - timedelta(seconds=1))
    ids = sorted(Indicator.objects.filter(organisation=agreement.provider).values_list("pk", flat=True))
    load(ids)
    for indicator in Indicator.objects.filter(pk__in=ids):
        DayRollup.objects.bulk_create(
            rollups.build(indicator, "UTC", [JUNE.date() + timedelta(days=n) for n in range(DAYS)])
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE kpis_sample")
        cursor.execute("ANALYZE kpis_dayrollup")
    return agreement, ids


def value(number, minute):
    return (number * 7919 + minute * 104_729) % 100_000


def load(ids):
    """Interleaved, as they come in."""
    at = [str(JUNE.replace(tzinfo=None) + timedelta(minutes=minute)) for minute in range(MINUTES)]
    with connection.cursor() as cursor:
        for first in range(0, MINUTES, 1440):
            rows = [(each, at[m], value(each, m)) for m in range(first, first + 1440) for each in ids]
            if POSTGRES:
                lines = "".join(
                    f"{i}\t{when}+00\tlog\t\t0\tf\t1\t{v // 100}.{v % 100:02}\t\n" for i, when, v in rows
                )
                cursor.copy_expert(f"COPY kpis_sample ({COLUMNS}) FROM STDIN", StringIO(lines))
            else:
                sql = f"INSERT INTO kpis_sample ({COLUMNS}) VALUES (%s, %s, 'log', '', 0, 0, 1, %s, '')"
                cursor.executemany(sql, [(i, when, v / 100) for i, when, v in rows])


def from_days(ids):
    """The averages of all streams from one query over days."""
    days = [JUNE.date() + timedelta(days=n) for n in range(DAYS)]
    return {each: found.sum / found.count for each, found in rollups.totals(ids, "UTC", days).items()}


def group_by(ids):
    """Of numbers in a row: asked for by a list of two hundred numbers, PostgreSQL took six times as long."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indicator_id, COUNT(*), SUM(value), MIN(value), MAX(value) FROM kpis_sample "
            f"WHERE indicator_id BETWEEN {ids[0]} AND {ids[-1]} AND at >= %s AND at < %s GROUP BY indicator_id",
            [JUNE, JULY] if POSTGRES else [str(JUNE.replace(tzinfo=None)), str(JULY.replace(tzinfo=None))],
        )
        return {row[0]: row[2] for row in cursor.fetchall()}


def exact(number, minutes):
    return sorted(value(number, minute) for minute in range(minutes))


def outcome(agreement, key, *, rolled=True):
    period = Period.objects.select_related("target__indicator").get(target__agreement=agreement, target__key=key)
    mark = None if rolled else facts.latest_delivery(period.target.indicator) or 1
    return periods.compute(period.target, JUNE, JULY, known_until=mark, known_at=JULY)


def test_a_month_from_days(versus, month):
    agreement, ids = month
    found, whole = from_days(ids), group_by(ids)

    assert found[ids[0]] == Fraction(sum(exact(ids[0], MINUTES)), 100 * MINUTES)
    assert abs(Decimal(str(whole[ids[0]])) / MINUTES - Decimal(float(found[ids[0]]))) < 1
    name = f"averages of {MANY} KPIs x {MINUTES} values"
    versus(f"{name}, from days", lambda: from_days(ids), "one GROUP BY", lambda: group_by(ids), goal=200)


def test_all_periods_of_a_month_are_closed(bench, versus, month):
    """The sweep itself: locks, verdicts, results with their hashes, audit entries. It writes what no GROUP BY does."""
    agreement, ids = month

    def close():
        with transaction.atomic():
            assert actions.close_due(now=NOW) == MANY
            made = PeriodResult.objects.filter(period__target__agreement=agreement, period__target__key="K1").get()
            transaction.set_rollback(True)
        return made.outcome["value"]

    assert Fraction(close()) == Fraction(sum(exact(ids[0], MINUTES)), 100 * MINUTES)
    versus(f"closing {MANY} periods, results written", close, "one GROUP BY", lambda: group_by(ids), goal=200)
    bench.note(
        f"Closing {MANY} periods", "a GROUP BY only sums; half of these need an exact p95, and each result, its hash "
        "and its audit entry is written under the lock of its stream. The figures alone are the row above it."
    )


def test_exact_percentiles(versus, month):
    agreement, ids = month
    targets = list(agreement.targets.filter(spec__kpi__params__aggregate="percentile").select_related("indicator"))
    place = -(-95 * MINUTES // 100) - 1

    def from_days_exactly():
        return {each.indicator_id: periods.compute(each, JUNE, JULY, known_at=JULY).value for each in targets}

    some = targets[0].indicator_id
    assert from_days_exactly()[some] == Fraction(exact(some, MINUTES)[place], 100)
    wanted = [each.indicator_id for each in targets]
    if POSTGRES:
        versus(
            f"{len(targets)} exact p95",
            from_days_exactly,
            "percentile_cont",
            lambda: percentile_cont(wanted),
            goal=5,
        )
    else:
        versus(
            f"{len(targets)} exact p95", from_days_exactly, "sort of every row", lambda: sort_all(wanted), goal=2
        )


def percentile_cont(ids):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indicator_id, percentile_cont(0.95) WITHIN GROUP (ORDER BY value) FROM kpis_sample "
            f"WHERE indicator_id BETWEEN {min(ids)} AND {max(ids)} AND at >= %s AND at < %s GROUP BY indicator_id",
            [JUNE, JULY],
        )
        found = cursor.fetchall()
    assert len(found) == len(ids)
    return found


def sort_all(ids):
    with connection.cursor() as cursor:
        for each in ids:
            cursor.execute(
                f"SELECT value FROM kpis_sample WHERE indicator_id = {each} ORDER BY value LIMIT 1 OFFSET 41039"
            )
            cursor.fetchone()


def test_one_late_sample(versus, month):
    """26 days old: taken in, its day made anew, its result right; beside the month of all KPIs from every row.

    Beside one GROUP BY as well, which is the month's averages without a verdict: as fast as that can be.
    """
    agreement, ids = month
    key = "K1"
    indicator = Indicator.objects.get(organisation=agreement.provider, key="probe-1")
    person = make_member(agreement.provider, "provider")
    count = iter(range(10_000))

    def late():
        second = next(count) + 1  # the values of the minutes are there already
        at = f"2026-06-05T12:{second // 60:02}:{second % 60:02}"
        deliver(indicator, [sample(at, second % 50, f"late-{second}")], person, at=NOW)
        actions.roll_up(now=NOW)
        return outcome(agreement, key)

    assert late().measured.figures["present"] == MINUTES + 1
    name = "one late sample until its result is right"
    keys = [f"K{n}" for n in range(1, MANY + 1)]
    versus(
        name, late, f"recomputing the month of {MANY} KPIs",
        lambda: [outcome(agreement, each, rolled=False) for each in keys], goal=100, runs=1,
    )
    versus(name, late, f"one GROUP BY of {MANY} KPIs", lambda: group_by(ids), goal=100, runs=5)


def test_a_month_with_a_year_before_it(bench, versus):
    """Closing and the dashboard with twelve months of history beside one."""

    def house(since):
        terms = make_terms(kpis=[kpi(n, "avg") for n in range(1, 4)], credits=[])
        agreement = make_agreement(state="active")
        make_version(agreement, state="executed", terms=terms, effective_from=since)
        actions.bind_executed(now=JUNE)
        ids = list(Indicator.objects.filter(organisation=agreement.provider).values_list("pk", flat=True))
        Sample.objects.bulk_create(
            Sample(
                indicator_id=each,
                at=since + timedelta(hours=6 * n),
                source="log",
                external_id="",
                delivery_id=1,
                value=n % 500,
            )
            for each in ids
            for n in range(int((JULY - since).total_seconds()) // 21_600)
        )
        for each in Indicator.objects.filter(pk__in=ids):
            actions.mark_all([each], now=NOW)
        actions.roll_up(now=NOW)
        actions.close_due(now=JULY)
        actions.bind_executed(now=JULY)
        return agreement

    old, young = house(utc("2025-07-01T00:00")), house(JUNE)

    def closing(agreement):
        with transaction.atomic():
            Period.objects.exclude(target__agreement=agreement).update(grace_until=utc("2030-01-01T00:00"))
            assert actions.close_due(now=NOW) == 3
            transaction.set_rollback(True)

    def page(agreement):
        client = Client()
        client.force_login(agreement.owner)
        return lambda: client.get(f"/performance/{agreement.reference}/")

    versus(
        "close of a month, a year before it",
        lambda: closing(old),
        "nothing before it",
        lambda: closing(young),
        goal=1 / 1.2,
    )
    assert page(old)().status_code == 200
    versus("dashboard, a year before it", page(old), "nothing before it", page(young), goal=1 / 1.2)
