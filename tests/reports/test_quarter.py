from fractions import Fraction

import pytest

from kpis.models import PeriodResult
from reports import actions, facts, render, spans, words
from reports.models import Report
from tests.kpis.build import case, deliver, observed, outage, stream, utc
from tests.reports.rows import CLOSED, JULY, deliver_may, make_agreed, settle

pytestmark = pytest.mark.django_db
AT = utc("2026-07-01T08:00")


@pytest.fixture
def quarter():
    """May with a long outage, June with one of 21 minutes; no answer in June."""
    agreement, people = make_agreed()
    deliver_may(agreement, people["provider"])
    settle()
    rows = [outage("2026-06-11T10:00", "2026-06-11T10:21"), observed("2026-06-01T00:00", "2026-07-01T00:00")]
    deliver(stream(agreement, "canvas-lms"), rows, people["provider"], at=AT)
    deliver(
        stream(agreement, "desk-cases"),
        [case("INC-9", "2026-06-04T15:00", "2026-06-05T16:00")],
        people["provider"],
        at=AT,
    )
    settle(JULY)
    span = next(each for each in spans.ended(agreement, JULY) if each.label == "2026-Q2")
    return facts.gather(agreement, span, number="RPT-2026-Q2-001", at=JULY)


def test_verdicts_are_the_months(quarter):
    results = PeriodResult.objects.order_by("period__target__key", "period__lo")
    shown = [(each["key"], each["period"]["label"], each["verdict"]) for each in quarter["quarter"]["results"]]
    assert shown == [(each.period.target.key, each.period.label, each.verdict) for each in results]
    assert quarter["counts"] == {"met": 4, "missed": 2, "not_measured": 2, "waived": 0, "judged": 8}
    assert quarter["kpis"] == []


def test_the_whole_span_is_exact_and_for_information_only(quarter):
    whole = {each["key"]: each for each in quarter["quarter"]["figures"]}
    down, both = 22_244 + 21 * 60, 61 * 86_400
    assert Fraction(whole["K1"]["value"]) == 100 - Fraction(100 * down, both)
    assert Fraction(whole["K2"]["value"]) == Fraction(300, 4)
    assert all(each["result"] is None for each in whole.values())
    assert "for information" in render.html(quarter)


def test_the_part_in_force_is_said_plainly(quarter):
    assert quarter["window"]["cut"]
    assert "in force from 1 May 2026 to 30 June 2026" in render.html(quarter)


def test_month_and_quarter_are_compiled_when_june_is_closed():
    agreement, people = make_agreed()
    deliver_may(agreement, people["provider"])
    settle()
    assert actions.compile_due(now=CLOSED) == 1
    settle(JULY)
    assert actions.compile_due(now=JULY) == 2
    numbers = [each.number.rsplit("-", 1)[0] for each in Report.objects.order_by("pk")]
    assert numbers == ["RPT-2026-05", "RPT-2026-06", "RPT-2026-Q2"]
    june = Report.objects.get(label="2026-06")
    assert june.facts["light"] == "grey", "nothing was delivered for June"


def test_the_headline_names_each_kpi_once_with_its_months(quarter):
    assert words.headline(quarter) == (
        "4 of 8 results of the quarter met their target. Missed: Availability 99.16\xa0% (May) against ≥\xa099.5\xa0%;"
        " Priority 3 closed in time 66.66\xa0% (May) against ≥\xa095\xa0%."
        " 2 could not be judged: not enough data."
    )
    numbers = ", ".join(each["number"] for each in quarter["breaches"])
    assert words.doing(quarter, str) == [
        f"{numbers}: the cause is being looked for; the outcome is not written yet"
    ]
