"""Cases in time: cohorts, open cases, the exact limit, and the laws of counting."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.businesstime import Calendar
from kpis import formulas as f
from tests.kpis.times import JULY, JUNE, MAY, at, mid_may

ALWAYS = Calendar.always("UTC")
HOUR = 3600
# Priority 3 within a day around the clock, priority 1 within four hours.
LIMITS = {1: f.Limit(4 * HOUR, ALWAYS), 3: f.Limit(24 * HOUR, ALWAYS)}


def ticket(number, opened, closed=None, priority=3, pauses=()):
    return f.Ticket(number, priority, at(opened), at(closed) if closed else None, pauses)


def judge(*tickets, target="95", lo=MAY, hi=JUNE, known_at=None, limits=LIMITS, **facts):
    frame = f.Frame(lo, hi, known_at or hi)
    promise = f.Rule(">=", Decimal(target))
    return f.evaluate("deadline", promise, frame, f.DeadlineFacts(tickets, limits, **facts))


def figures(outcome):
    return outcome.measured.figures


def missed(outcome):
    return [row["id"] for row in figures(outcome)["missed"]]


@pytest.mark.parametrize(
    ("closed", "met"), [("2026-05-05T10:00:00", 1), ("2026-05-05T10:00:01", 0)]
)
def test_at_exactly_the_limit_it_is_met(closed, met):
    outcome = judge(ticket("A", "2026-05-04T10:00", closed))

    assert (figures(outcome)["met"], figures(outcome)["total"]) == (met, 1)


def test_the_missed_are_named_with_what_they_took():
    outcome = judge(ticket("B", "2026-05-04T10:00", "2026-05-06T11:00"), ticket("A", "2026-05-04T10:00"))

    assert figures(outcome)["missed"] == [
        {"id": "A", "priority": 3, "elapsed": 27 * 24 * HOUR + 14 * HOUR, "limit": 24 * HOUR, "open": True},
        {"id": "B", "priority": 3, "elapsed": 49 * HOUR, "limit": 24 * HOUR, "open": False},
    ]
    assert figures(outcome)["open_past_due"] == ["A"]


def test_each_priority_has_its_own_limit_and_calendar():
    night = Calendar.from_dict({"timezone": "UTC", "schedule": {"mon": [["20:00", "24:00"]]}})
    limits = {1: f.Limit(HOUR, night), 3: f.Limit(HOUR, ALWAYS)}
    took = ("2026-05-04T08:00", "2026-05-04T21:00")

    outcome = judge(ticket("A", *took, 1), ticket("B", *took, 3), limits=limits)

    assert missed(outcome) == ["B"]


def test_a_priority_without_a_row_is_an_error():
    with pytest.raises(ValueError, match="case A: the version has no row for priority 2"):
        judge(ticket("A", "2026-05-04T10:00", priority=2))


def test_a_case_that_occurs_twice_is_an_error():
    with pytest.raises(ValueError, match="case A occurs twice"):
        judge(ticket("A", "2026-05-04T10:00"), ticket("A", "2026-05-04T10:00"))


@pytest.mark.parametrize(
    ("cohort", "counted"),
    [
        # closed in May, opened in May and closed in June, opened in April and closed in May, ...
        ("closed_in", ["april-may", "may-may"]),
        ("opened_in", ["may-june", "may-may"]),
        ("due_in", ["april-may", "may-may"]),
    ],
)
def test_the_cohort_says_which_cases_belong(cohort, counted):
    limit = {3: f.Limit(1, ALWAYS)}  # all of them are late, so that all are named
    cases = [
        ticket("april-april", "2026-04-02T00:00", "2026-04-30T23:59:59"),
        ticket("april-may", "2026-04-30T23:59:59", "2026-05-01T00:00:01"),
        ticket("may-may", "2026-05-01T00:00", "2026-05-31T23:59:59"),
        ticket("may-june", "2026-05-31T23:59:59", "2026-06-01T00:00:01"),
        ticket("june-june", "2026-06-01T00:00:00", "2026-06-02T00:00"),
    ]

    assert missed(judge(*cases, cohort=cohort, limits=limit, known_at=JULY)) == counted


def test_closing_counts_in_the_period_that_begins_then():
    case = ticket("A", "2026-05-31T10:00", "2026-06-01T00:00")

    assert figures(judge(case))["total"] == 0
    assert figures(judge(case, lo=JUNE, hi=JULY))["total"] == 1


@pytest.mark.parametrize(
    ("opened", "in_may", "in_june"),
    [
        ("2026-05-30T23:59:59", ["A"], []),  # due in the last second of May
        ("2026-05-31T00:00:00", [], ["A"]),  # due as June begins
    ],
)
def test_an_open_case_is_missed_in_the_period_of_its_deadline(opened, in_may, in_june):
    case = ticket("A", opened)
    known_at = at("2026-06-03T00:00")

    assert missed(judge(case, known_at=known_at)) == in_may
    assert missed(judge(case, lo=JUNE, hi=JULY, known_at=known_at)) == in_june


def test_what_was_counted_open_is_not_counted_again_when_it_closes():
    still_open = ticket("A", "2026-05-04T10:00")
    closed = ticket("A", "2026-05-04T10:00", "2026-06-20T10:00")
    other = ticket("B", "2026-06-01T10:00", "2026-06-01T11:00")

    may = judge(still_open, known_at=at("2026-06-03T00:00"))
    june = judge(closed, other, lo=JUNE, hi=JULY, already_missed=figures(may)["open_past_due"])

    assert missed(may) == ["A"]
    assert (figures(june)["total"], figures(june)["already_missed"]) == (1, ["A"])
    assert june.value == 100


def test_a_case_closed_in_the_days_of_grace_belongs_to_the_period_of_its_closing():
    late = ticket("A", "2026-05-04T10:00", "2026-06-02T10:00")

    assert missed(judge(late, known_at=at("2026-06-03T00:00"))) == []
    assert missed(judge(late, lo=JUNE, hi=JULY)) == ["A"]


def test_an_open_case_that_is_not_late_is_pending():
    outcome = judge(ticket("A", "2026-05-31T10:00"), cohort="opened_in")

    assert figures(outcome) | {"missed": None} == {
        "met": 0, "total": 0, "pending": 1, "missed": None, "open_past_due": [], "already_missed": [],
    }  # fmt: skip
    assert (outcome.verdict, outcome.reason) == ("insufficient_data", "nothing_due")


def test_no_case_is_neither_all_nor_nothing():
    outcome = judge()

    assert (outcome.value, outcome.verdict, outcome.reason) == (None, "insufficient_data", "nothing_due")


def test_what_happened_after_the_moment_of_asking_is_not_known():
    cases = [
        ticket("A", "2026-05-14T10:00", "2026-05-15T09:00"),
        ticket("B", "2026-05-16T10:00", "2026-05-20T10:00"),
        ticket("C", "2026-05-20T10:00"),
    ]

    outcome = judge(*cases, known_at=mid_may)

    assert (figures(outcome)["met"], figures(outcome)["total"]) == (1, 1)
    assert figures(judge(*cases, known_at=mid_may, cohort="opened_in"))["pending"] == 1  # B, not C


def test_only_a_signed_reason_stops_the_clock():
    pause = (at("2026-05-04T11:00"), at("2026-05-05T11:00"), "waiting for client")
    case = ticket("A", "2026-05-04T10:00", "2026-05-06T09:00", pauses=(pause,))

    assert missed(judge(case)) == ["A"]
    assert missed(judge(case, allowed_reasons={"waiting for client"})) == []


@pytest.mark.parametrize(
    ("met", "late", "target", "running", "verdict", "certain", "left"),
    [
        (19, 1, "95", False, "met", False, 0),
        (18, 1, "95", False, "breached", True, -1),
        (18, 1, "95", True, "at_risk", None, -1),
        (40, 1, "95", True, "met", None, 1),
        (40, 0, "95", True, "met", False, 2),
        (40, 1, "100", True, "breached", True, -1),
        (40, 0, "100", True, "met", False, 0),
    ],
)
def test_loss_is_certain_only_where_no_case_helps(met, late, target, running, verdict, certain, left):
    good = [ticket(f"G{n}", "2026-05-04T10:00", "2026-05-04T11:00") for n in range(met)]
    bad = [ticket(f"L{n}", "2026-05-04T10:00", "2026-05-09T11:00") for n in range(late)]

    outcome = judge(*good, *bad, target=target, known_at=mid_may if running else JUNE)

    assert (outcome.verdict, outcome.certain_loss, outcome.room.left) == (verdict, certain, left)


def test_an_unknown_cohort_is_refused():
    with pytest.raises(ValueError, match="closed_in, opened_in, due_in"):
        judge(cohort="all")


def test_cases_in_time_are_promised_from_below():
    with pytest.raises(ValueError, match="at least"):
        f.evaluate("deadline", f.Rule("<=", Decimal(5)), f.Frame(MAY, JUNE, JUNE), f.DeadlineFacts([], {}))


# --- laws -------------------------------------------------------------------------------------------------

LAW = settings(max_examples=150, deadline=None)
hours = st.integers(-40 * 24, 31 * 24)


@st.composite
def cases(draw):
    rows = draw(st.lists(st.tuples(hours, st.none() | st.integers(0, 40 * 24), st.sampled_from([1, 3]))))
    return [
        f.Ticket(
            f"{number:03}",
            priority,
            MAY + timedelta(hours=opened),
            None if took is None else MAY + timedelta(hours=opened + took),
        )
        for number, (opened, took, priority) in enumerate(rows)
    ]


@LAW
@given(cases(), st.randoms(use_true_random=False), st.sampled_from(["closed_in", "opened_in", "due_in"]))
def test_the_order_of_the_cases_does_not_matter(rows, random, cohort):
    shuffled = list(rows)
    random.shuffle(shuffled)

    assert judge(*rows, cohort=cohort).to_dict() == judge(*shuffled, cohort=cohort).to_dict()


@LAW
@given(cases(), st.integers(0, 20))
def test_batches_add_up(rows, cut):
    parts = [figures(judge(*batch)) for batch in (rows, rows[:cut], rows[cut:])]

    for name in ("met", "total", "pending"):
        assert parts[0][name] == parts[1][name] + parts[2][name]
    assert parts[0]["missed"] == [*parts[1]["missed"], *parts[2]["missed"]]


@LAW
@given(cases(), st.sampled_from(["closed_in", "opened_in", "due_in"]), st.integers(1, 60 * 24))
def test_month_by_month_no_case_counts_twice_and_none_is_lost(rows, cohort, grace):
    """Closing month after month, each by what was known then, ends with every case counted once."""
    edges = [MAY + timedelta(days=30 * month) for month in range(-2, 6)]
    counted, open_missed = 0, []
    for lo, hi in zip(edges, edges[1:], strict=False):
        known = hi + timedelta(hours=grace) if cohort == "closed_in" else edges[-1] + timedelta(days=100)
        month = judge(*rows, lo=lo, hi=hi, known_at=known, cohort=cohort, already_missed=open_missed)
        counted += figures(month)["total"]
        open_missed += figures(month)["open_past_due"] if cohort == "closed_in" else []

    assert counted == len(rows)
    assert len(set(open_missed)) == len(open_missed)


@LAW
@given(cases())
def test_the_value_is_the_share_that_was_met(rows):
    outcome = judge(*rows)
    counts = figures(outcome)

    assert counts["met"] + len(counts["missed"]) == counts["total"]
    if counts["total"]:
        assert outcome.value == Fraction(100 * counts["met"], counts["total"])
