"""The first answer to a case: taken in, judged by the response times of the signed version, explained."""

import pytest

from agreements import terms as t
from kpis import actions, method
from kpis.models import Case
from tests.agreements.test_lint import codes
from tests.factories import make_terms
from tests.kpis.build import case, deliver, stream, utc
from tests.kpis.test_kinds import JUNE_9, closed, figure, kpi, signed

pytestmark = pytest.mark.django_db
ROWS = [
    t.Priority(1, "Outage", 4 * 3600, "always", response_seconds=900),
    t.Priority(3, "Normal", 49 * 3600, "desk", response_seconds=3600),
]
ANSWERED = {"cohort": "closed_in", "measure": "opened_to_responded"}


def answered(number, opened, responded, closed=None, priority=1):
    return case(number, opened, closed, priority, responded_at=responded and utc(responded))


def test_the_share_answered_in_time_is_judged_by_the_response_times():
    agreement, person = signed(kpi("deadline", indicator="desk-cases", params=ANSWERED), priorities=ROWS)
    rows = [
        answered("in time", "2026-05-04T02:00", "2026-05-04T02:15", "2026-05-20T09:00"),
        answered("late", "2026-05-05T02:00", "2026-05-05T02:15:01", "2026-05-05T02:30"),
        # Opened on a Friday evening: its hour runs on Monday.
        answered("over the weekend", "2026-05-08T22:30", "2026-05-11T16:00", "2026-05-12T15:00", 3),
        # Nobody wrote down when it was answered: closed within the time, it was.
        answered("closed at once", "2026-05-13T02:00", None, "2026-05-13T02:10"),
        # Answered in May, still open.
        answered("open", "2026-05-30T02:00", "2026-05-30T02:01"),
        answered("nobody came", "2026-05-31T02:00", None),
    ]
    deliver(stream(agreement, "desk-cases"), rows, person, at=JUNE_9)

    result = closed(agreement)

    assert figure(result) == pytest.approx(100 * 4 / 6)
    missed = result.outcome["figures"]["missed"]
    assert [(row["id"], row["elapsed"], row["limit"]) for row in missed] == [
        ("late", 901, 900), ("nobody came", 22 * 3600, 900),
    ]  # fmt: skip
    assert "Priority 1: at most 15 min by the calendar “always”." in [
        line.replace("\N{NO-BREAK SPACE}", " ") for line in method.lines(result.period.target.spec)
    ]


def test_an_answer_is_a_fact_that_needs_a_reason_to_change():
    agreement, person = signed(kpi("deadline", indicator="desk-cases", params=ANSWERED), priorities=ROWS)
    desk = stream(agreement, "desk-cases")
    deliver(desk, [answered("A", "2026-05-04T02:00", None)], person, at=JUNE_9)
    deliver(desk, [answered("A", "2026-05-04T02:00", "2026-05-04T02:15")], person, at=JUNE_9)  # was open
    deliver(desk, [answered("A", "2026-05-04T02:00", "2026-05-04T02:14")], person, at=JUNE_9, reason="Read wrongly")

    newest = Case.objects.current(desk.pk).get()

    assert (newest.revision, newest.responded_at) == (2, utc("2026-05-04T02:14"))


@pytest.mark.parametrize(
    "responded, closed, why",
    [("2026-05-04T01:59", None, "opened_at"), ("2026-05-04T03:00", "2026-05-04T02:30", "closed_at")],
)
def test_an_answer_lies_between_opening_and_closing(responded, closed, why):
    agreement, person = signed(kpi("deadline", indicator="desk-cases", params=ANSWERED), priorities=ROWS)

    with pytest.raises(actions.Refused, match=why):
        deliver(
            stream(agreement, "desk-cases"), [answered("A", "2026-05-04T02:00", responded, closed)], person, at=JUNE_9
        )


def test_a_priority_that_promises_no_answer_is_found_before_review():
    terms = make_terms(priorities=ROWS)
    terms.kpis[1].params = ANSWERED | {"priorities": [3]}
    assert codes(terms) == codes(make_terms())

    terms.priorities[1].response_seconds = None
    assert ("error", "no-response", "kpis.1.params.priorities") in codes(terms)
