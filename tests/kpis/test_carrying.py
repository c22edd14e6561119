"""Missing data that are as they were last known: from the signed terms to a closed result, and what people read."""

from fractions import Fraction

import pytest

from agreements import tables
from agreements.models import Version
from kpis import actions, backtest, method
from kpis.reading import Reading
from reports import words
from tests.kpis.build import deliver, observed, outage, stream
from tests.kpis.test_kinds import JUNE_9, closed, figure, kpi, share, signed, value

pytestmark = pytest.mark.django_db
HOUR = {"carry": 3600}
SLICES = {"slice": 3600, "error_percent": "5", "minimum_run": 1, "minimum_requests": 0, "carry": 7200}
CASES = [
    # Watched until 23:30 of April and from 2 May on, and until the 30th, when an outage was still open.
    (kpi("uptime", params=HOUR, calendar="always"),
     [observed("2026-04-30T20:00", "2026-04-30T23:30"), observed("2026-05-02T00:00", "2026-05-31T00:00"),
      outage("2026-05-30T23:00", None)],
     Fraction(100 * (29 * 24 - 1 + Fraction(1, 2)), Fraction(29 * 24 + 1) + Fraction(1, 2)), "5400"),
    # A bad hour at the end of April reaches two hours into May.
    (kpi("slice_uptime", params=SLICES, calendar="always"),
     [share("2026-04-30T23:10", 50, 100), share("2026-05-01T05:10", 100, 100)],
     Fraction(100 * 3, 5), str(4 * 3600)),
    (kpi("ratio", params={"method": "mean_of_slices", "slice": 3600, **HOUR}),
     [share("2026-04-30T23:10", 50, 100), share("2026-05-01T05:10", 100, 100)],
     Fraction(50 + 100 + 100, 3), 2),
    # 00:00 and 00:01 take the 4 of 23:59, 00:03 and 00:04 the 10 of 00:02.
    (kpi("value", op="<=", target="9", unit="ms", params={"aggregate": "avg", "every": 60, "carry": 180}),
     [value("2026-04-30T23:59", 4), value("2026-05-01T00:02", 10)],
     Fraction(4 + 4 + 10 + 10 + 10, 5), 4),
]  # fmt: skip


@pytest.mark.parametrize("promise, rows, expected, carried", CASES, ids=[case[0].kind for case in CASES])
def test_the_last_known_reaches_into_the_period(promise, rows, expected, carried):
    promise.missing, promise.coverage = "carry", "0"
    agreement, person = signed(promise)
    deliver(stream(agreement, "it"), rows, person, at=JUNE_9)
    actions.roll_up(now=JUNE_9)

    result = closed(agreement)

    assert figure(result) == expected
    assert result.outcome["figures"]["carried"] == carried
    assert Fraction(result.outcome["coverage"]) < 1
    terms = Version.objects.get(agreement=agreement).read_terms()
    tried = backtest.run(terms, promise, stream(agreement, "it"), now=JUNE_9).tried[-1]
    assert tried.outcome.value == expected


def test_what_people_read():
    promise, rows, _expected, _carried = CASES[0]
    agreement, person = signed(promise)
    deliver(stream(agreement, "it"), rows, person, at=JUNE_9)
    result = closed(agreement)
    reading = Reading(result.period, result.outcome, result, JUNE_9)

    assert reading.carried == "1\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}30\N{NO-BREAK SPACE}min"
    row = {"kind": "uptime", "coverage": "29/31", "coverage_shown": "93.5 %", "figures": result.outcome["figures"]}
    assert words.missing(row).endswith("1\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}30\N{NO-BREAK SPACE}min as last known")
    assert "as it was last known" in method.lines(result.period.target.spec)[-3]
    level = tables.levels(Version.objects.get(agreement=agreement).read_terms(), credits_in="")[0]
    assert level["missing"] == "is as it was last known, for a time"
    assert level["how"] == "the last known holds on for 1 h"


def test_a_report_says_of_an_index_how_many_parts_have_no_figure():
    row = {"kind": "composite", "coverage": "1/2", "coverage_shown": "50.0 %",
           "figures": {"missing": ["K2"], "missing_count": 1, "components": []}}  # fmt: skip

    assert words.missing(row) == "50.0 % of what should be known is known, 1 part has no figure"
