"""The figures of a period: which rows count in it, and when it is known to be lost."""

from datetime import timedelta
from fractions import Fraction

import pytest

from kpis import periods, standings
from kpis.models import Standing, Target
from tests.factories import make_terms
from tests.kpis import real
from tests.kpis.build import (
    JULY,
    case,
    deliver,
    make_bound,
    make_executed,
    observed,
    outage,
    sample,
    stream,
    utc,
)

pytestmark = pytest.mark.django_db
MAY, JUNE, END = utc("2026-05-01T00:00"), utc("2026-06-01T00:00"), utc("2026-07-01T00:00")
MONTHS = [(MAY, JUNE), (JUNE, END)]


def target_of(agreement, key):
    return Target.objects.get(agreement=agreement, key=key)


def outcome(agreement, key, lo, hi, **kwargs):
    return periods.compute(target_of(agreement, key), lo, hi, **{"known_at": hi} | kwargs)


def test_what_was_open_and_late_counts_in_the_month_of_its_deadline_alone():
    agreement, person = make_bound()
    desk = stream(agreement, "desk-cases")
    deliver(desk, [case("INC-1", "2026-05-04T15:00"), case("INC-2", "2026-05-27T15:00")], person)
    may = outcome(agreement, "K2", MAY, JUNE)
    assert may.measured.figures["open_past_due"] == ["INC-1"]

    deliver(desk, [
        case("INC-1", "2026-05-04T15:00", "2026-06-20T15:00"),
        case("INC-2", "2026-05-27T15:00", "2026-06-02T15:00"),
    ], person)

    june = outcome(agreement, "K2", JUNE, END, already_missed=["INC-1"])
    assert (june.measured.figures["met"], june.measured.figures["total"]) == (1, 1)
    assert june.measured.figures["already_missed"] == ["INC-1"]


def test_a_case_that_two_sources_know_counts_once():
    agreement, person = make_bound()
    desk = stream(agreement, "desk-cases")
    deliver(desk, [case(closed="2026-05-20T15:00")], person, source="a")
    deliver(desk, [case(closed="2026-05-06T15:00")], person, source="b")

    figures = outcome(agreement, "K2", MAY, JUNE).measured.figures

    assert (figures["met"], figures["total"]) == (1, 1)


@pytest.mark.parametrize("cohort, ids", [
    ("closed_in", {"before", "within", "later"}),
    ("opened_in", {"within", "after", "later"}),
    ("due_in", {"within", "late-due"}),
])
def test_each_cohort_holds_its_cases(cohort, ids):
    """49 business hours are seven days of the desk."""
    terms = make_terms()
    terms.kpis[1].params["cohort"] = cohort
    found = set()
    for each in [
        case("before", "2026-04-01T15:00", "2026-05-04T16:00"),
        case("late-due", "2026-04-28T15:00", "2026-04-29T15:00"),
        case("within", "2026-05-04T15:00", "2026-05-06T15:00"),
        case("after", "2026-05-28T15:00", "2026-06-02T15:00"),
        case("later", "2026-05-27T15:00", "2026-05-28T15:00"),
    ]:
        agreement, person = make_executed(terms)
        deliver(stream(agreement, "desk-cases"), [each], person)
        figures = outcome(agreement, "K2", MAY, JUNE).measured.figures
        if figures["total"] + figures["pending"]:
            found.add(each.external_id)

    assert found == ids


def test_only_the_priorities_of_the_promise_count():
    agreement, person = make_bound()
    deliver(stream(agreement, "desk-cases"), [
        case("INC-1", closed="2026-05-06T15:00"), case("INC-2", closed="2026-05-06T15:00", priority=1),
    ], person)

    assert outcome(agreement, "K2", MAY, JUNE).measured.figures["total"] == 1
    assert outcome(agreement, "K3", MAY, JUNE).measured.figures["expected"] == 1


def test_satisfaction_is_the_mean_of_the_answers_of_its_period():
    agreement, person = make_bound()
    stars = stream(agreement, "satisfaction")
    deliver(stars, [sample(value="4"), sample(value="3", who="8"), sample("2026-06-30T23:59:59")], person)

    assert outcome(agreement, "K4", MAY, JUNE).value == Fraction(7, 2)


def test_a_value_stream_is_aggregated():
    terms = make_terms()
    kpi = terms.kpis[3]
    kpi.kind, kpi.params, kpi.indicator = "value", {"aggregate": "avg"}, "latency"
    agreement, person = make_executed(terms)
    deliver(stream(agreement, "latency"), [sample(value="0.1"), sample(value="0.2", who="b")], person)

    assert outcome(agreement, "K4", MAY, JUNE).value == Fraction(3, 20)


def test_business_hours_are_measured_where_the_terms_name_a_calendar():
    terms = make_terms()
    terms.kpis[2].calendar = "desk"
    agreement, person = make_executed(terms)
    rows = [case(resolved="2026-05-05T16:00", closed="2026-05-06T15:00", priority=1)]
    deliver(stream(agreement, "desk-cases"), rows, person)

    assert outcome(agreement, "K3", MAY, JUNE).value == 8


def test_what_was_not_delivered_yet_is_not_known():
    agreement, person = make_bound()
    log = stream(agreement, "canvas-lms")
    first = deliver(log, [observed(), outage()], person)
    deliver(log, [outage("2026-05-20T10:00", "2026-05-20T11:00")], person)

    before = outcome(agreement, "K1", MAY, JUNE, known_until=first.pk)
    assert before.value - outcome(agreement, "K1", MAY, JUNE).value == Fraction(100 * 3600, 31 * 86_400)


def test_the_order_and_the_batches_of_intake_change_nothing():
    rows = [*real.outage_rows("canvas-lms", MAY, END)]
    whole, person = make_bound()
    deliver(stream(whole, "canvas-lms"), rows, person)
    piecemeal, other = make_bound()
    for row in reversed(rows):
        deliver(stream(piecemeal, "canvas-lms"), [row], other)

    for lo, hi in MONTHS:
        assert outcome(whole, "K1", lo, hi).to_dict() == outcome(piecemeal, "K1", lo, hi).to_dict()


def test_a_certain_loss_is_seen_before_the_period_ends():
    agreement, person = make_bound()
    period = target_of(agreement, "K1").periods.get(label="2026-07")
    log = stream(agreement, "canvas-lms")
    deliver(log, [observed("2026-07-01T00:00", "2026-07-03T00:00")], person)
    assert periods.lost(period, JULY) is None

    deliver(log, [outage("2026-07-01T10:00", "2026-07-01T15:00")], person)

    found = periods.lost(period, JULY)
    assert (found.verdict, found.certain_loss) == ("breached", True)


def test_a_loss_is_asked_for_cheaply_while_nothing_is_new(django_assert_num_queries):
    agreement, person = make_bound()
    deliver(stream(agreement, "canvas-lms"), [observed("2026-07-01T00:00", "2026-07-03T00:00")], person)
    standings.refresh(now=JULY)
    period = target_of(agreement, "K1").periods.select_related("target__indicator").get(label="2026-07")

    with django_assert_num_queries(2):
        assert periods.lost(period, JULY) is None


def test_standings_are_renewed_when_there_is_something_new():
    agreement, person = make_bound()
    assert standings.refresh(now=JULY) == 12
    assert standings.refresh(now=JULY) == 0
    deliver(stream(agreement, "canvas-lms"), [observed("2026-07-01T00:00", "2026-07-03T12:00")], person)

    assert standings.refresh(now=JULY) == 3
    assert Standing.objects.get(period__label="2026-07", period__target__key="K1").verdict == "met"
    assert standings.refresh(now=JULY + timedelta(hours=1)) == 4
