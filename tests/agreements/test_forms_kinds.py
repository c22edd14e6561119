"""The editor's form of each kind: sent back as it came it changes nothing, typed it gives terms without an error."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from agreements import lint
from agreements.forms.fields import WeightsField
from agreements.params import KINDS
from tests.agreements.pages import opened, posted
from tests.agreements.test_lint_measuring import GOOD, kpi
from tests.factories import make_terms

OLD = [
    kpi("deadline", {"cohort": "due_in", "measure": "opened_to_resolved"}),
    kpi("uptime", {}),
    kpi("score", {"minimum_answers": 3}, unit="points", target="4"),
]
TYPED = [
    ("slice_uptime", {"slice": "60", "error_percent": "5", "minimum_slices": "5", "minimum_requests": "60"},
     {"slice": 60, "error_percent": "5", "minimum_run": 5, "minimum_requests": 60}),
    ("ratio", {"ratio_method": "mean_of_slices", "slice": "300"}, {"method": "mean_of_slices", "slice": 300}),
    ("ratio", {"ratio_method": "sum"}, {"method": "sum"}),
    ("count", {"op": "<=", "target": "2", "unit": "cases", "priorities": "1"},
     {"cohort": "opened_in", "priorities": [1]}),
    ("composite", {"components": "K1: 2\nK2", "method": "series"},
     {"method": "series", "components": [{"kpi": "K1", "weight": "2"}, {"kpi": "K2", "weight": "1"}], "late_days": 5}),
    ("uptime", {"minimum_run": "5 min", "whole_minutes": "on", "sources": "eu: 2\nus", "combine": "weighted"},
     {"minimum_run": 300, "whole_minutes": True, "combine": "weighted",
      "sources": [{"source": "eu", "weight": "2"}, {"source": "us", "weight": "1"}]}),
    ("value", {"unit": "ms", "aggregate": "avg", "every": "1 min"}, {"aggregate": "avg", "every": 60}),
    ("value", {"unit": "ms", "aggregate": "avg", "every": "1 min", "missing": "carry", "carry": "5 min"},
     {"aggregate": "avg", "every": 60, "carry": 300}),
    ("uptime", {"missing": "gap", "carry": "5 min"}, {}),
    ("count", {"op": "<=", "target": "2", "unit": "outages", "of": "outages", "minimum_run": "5 min", "sources": "eu"},
     {"of": "outages", "minimum_run": 300, "sources": [{"source": "eu", "weight": "1"}]}),
    ("value", {"op": "<=", "target": "4", "unit": "h", "aggregate": "max", "measure": "outages"},
     {"aggregate": "max", "of": "outages"}),
]  # fmt: skip


def saved(part, terms, data):
    sent = opened(part, terms, data)
    assert sent.is_valid(), [box.errors_of.errors for box in sent.boxes]
    return sent.result()


@pytest.mark.parametrize("each", [*(each for each in GOOD if each.params or each.kind == "uptime"), *OLD])
def test_a_kpi_sent_back_as_it_came_is_the_same(each):
    terms = make_terms()
    terms.kpis.append(each)

    sent = opened("kpis", terms, posted(opened("kpis", terms)))

    assert sent.is_valid(), [box.errors_of.errors for box in sent.boxes]
    assert sent.result() == terms


@pytest.mark.parametrize("kind, typed, params", TYPED)
def test_a_typed_kpi_is_a_promise_without_an_error(kind, typed, params):
    terms = make_terms()
    data = posted(opened("kpis", terms, added=f"kpis:{kind}"))
    row = {"name": "New", "target": "99", "source": "probe", "indicator": "new-data", "service": "canvas"}
    row |= {"calendar": "always"} | typed
    sent = opened("kpis", terms, data | {f"kpis-4-{name}": value for name, value in row.items()})

    assert sent.is_valid(), [box.errors_of.errors for box in sent.boxes]
    assert sent.result().kpis[4].params == params
    assert lint.errors(lint.check(sent.result(), lint.Facts(today=date(2026, 4, 1)))) == []


@pytest.mark.parametrize("kind", [kind for kind, _word in KINDS])
def test_a_new_row_left_empty_is_ignored(kind):
    terms = make_terms()

    sent = opened("kpis", terms, posted(opened("kpis", terms, added=f"kpis:{kind}")))

    assert sent.is_valid(), [box.errors_of.errors for box in sent.boxes]
    assert sent.result() == terms


def test_periods_and_the_years_they_count_from_are_typed():
    terms = make_terms()
    data = posted(opened("kpis", terms)) | {"kpis-0-period": "trailing", "kpis-0-trailing_days": "365"}
    years = posted(opened("parties", terms)) | {"term-fiscal_month": "4", "term-contract_year": "2024-04-15"}

    first, term = saved("kpis", terms, data).kpis[0], saved("parties", terms, years).term

    assert (first.period, first.trailing_days) == ("trailing", 365)
    assert (term.fiscal_month, term.contract_year) == (4, "2024-04-15")
    data["kpis-0-period"] = "month"
    assert saved("kpis", terms, data).kpis[0].trailing_days == 0


@pytest.mark.parametrize("line", ["K1: 0", "K1: x", ": 2", "K1: -1"])
def test_a_weight_that_is_none_is_refused(line):
    with pytest.raises(ValidationError):
        WeightsField().clean(line)
