"""Rules of the newer kinds: complete, one thing spoiled, one finding more."""

import pytest

from agreements import terms as t
from agreements.sentences import sentence
from tests.agreements.test_lint import codes
from tests.factories import make_terms


def kpi(kind, params, *, key="K8", op=">=", target="99", unit="%", **kwargs):
    return t.Kpi(key, key, "canvas", kind, "it", op, target, unit, "probe", calendar="always", params=params, **kwargs)


SLICES = {"slice": 60, "error_percent": "5", "minimum_run": 1, "minimum_requests": 0}
BOTH = [{"kpi": "K1", "weight": "1"}, {"kpi": "K2", "weight": "2.5"}]
PARTS = {"method": "series", "components": BOTH, "late_days": 5}
SOURCES = {"minimum_run": 60, "whole_minutes": True, "combine": "all", "sources": [{"source": "a", "weight": "1"}]}
GOOD = [
    kpi("slice_uptime", SLICES), kpi("ratio", {"method": "sum"}), kpi("ratio", {}),
    kpi("ratio", {"method": "mean_of_slices", "slice": 300}, missing="good"),
    kpi("count", {"cohort": "opened_in", "priorities": [3]}, op="<=", target="2", unit="cases"),
    kpi("count", {"of": "outages", "minimum_run": 300}, op="<=", target="2", unit="outages"),
    kpi("value", {"of": "outages", "aggregate": "max", "sources": [{"source": "a", "weight": "1"}]}, op="<=", unit="h"),
    kpi("uptime", {}, exclusions=["maintenance"]), kpi("ratio", {}, exclusions=["maintenance"]),
    kpi("composite", PARTS),
    kpi("uptime", SOURCES),
    kpi("value", {"aggregate": "avg", "every": 60}, unit="ms"),
    kpi("uptime", {"carry": 900}, missing="carry"), kpi("slice_uptime", SLICES | {"carry": 120}, missing="carry"),
    kpi("ratio", {"method": "mean_of_slices", "slice": 300, "carry": 600}, missing="carry"),
    kpi("value", {"aggregate": "avg", "every": 60, "carry": 300}, unit="ms", missing="carry"),
    kpi("uptime", {}, period="trailing", trailing_days=365), kpi("uptime", {}, period="fiscal_quarter"),
]  # fmt: skip
BAD = [
    (kpi("slice_uptime", SLICES | {"slice": 70}), "bad-param", "params.slice"),
    (kpi("slice_uptime", {"slice": 60}), "bad-param", "params.error_percent"),
    (kpi("slice_uptime", SLICES | {"error_percent": 5}), "bad-param", "params.error_percent"),
    (kpi("slice_uptime", SLICES, op="<="), "bad-promise", "op"),
    (kpi("ratio", {"method": "mean_of_slices"}), "bad-param", "params.slice"),
    (kpi("ratio", {"method": "median"}), "bad-param", "params.method"),
    (kpi("ratio", {}, missing="bad"), "bad-missing", "missing"),
    (kpi("ratio", {}, unit="ms"), "bad-promise", "unit"),
    (kpi("count", {}, op="<=", target="1.5", unit="cases"), "bad-promise", "target"),
    (kpi("count", {"cohort": "due_in"}, op="<=", target="1", unit="cases"), "bad-param", "params.cohort"),
    (kpi("count", {"of": "outages", "priorities": [1]}, op="<=", target="1"), "bad-param", "params.priorities"),
    (kpi("count", {"minimum_run": 60}, op="<=", target="1"), "bad-param", "params.minimum_run"),
    (kpi("count", {"of": "cases"}, op="<=", target="1"), "bad-param", "params.of"),
    (kpi("uptime", {"of": "outages"}), "bad-param", "params.of"),
    (kpi("value", {"of": "outages", "aggregate": "max"}, op="<=", unit="ms"), "bad-measure", "unit"),
    (kpi("value", {"of": "outages", "aggregate": "max"}, op="<=", unit="h", missing="bad"), "bad-missing", "missing"),
    (kpi("value", {"of": "outages", "aggregate": "max", "every": 60}, unit="h"), "bad-param", "params.every"),
    (kpi("score", {}, unit="points", target="4", exclusions=["maintenance"]), "unfit-exclusion", "exclusions"),
    (kpi("deadline", {"priorities": [3]}, exclusions=["maintenance"]), "unfit-exclusion", "exclusions"),
    (kpi("count", {}, op="<=", target="1", exclusions=["maintenance"]), "unfit-exclusion", "exclusions"),
    (kpi("value", {"aggregate": "avg", "measure": "opened_to_closed"}, unit="h", exclusions=["maintenance"]),
     "unfit-exclusion", "exclusions"),
    (kpi("composite", PARTS | {"components": []}), "bad-param", "params.components"),
    (kpi("composite", PARTS | {"components": [{"kpi": "K1", "weight": "0"}]}), "bad-param", "params.components"),
    (kpi("composite", PARTS | {"components": [{"kpi": "K7", "weight": "1"}]}), "bad-component", "params.components"),
    (kpi("composite", PARTS | {"components": [{"kpi": "K8", "weight": "1"}]}), "bad-component", "params.components"),
    (kpi("composite", PARTS | {"components": [{"kpi": "K3", "weight": "1"}]}), "bad-component", "params.components"),
    (kpi("composite", PARTS, period="quarter"), "bad-component", "params.components"),
    (kpi("uptime", {"minimum_run": True}), "bad-param", "params.minimum_run"),
    (kpi("uptime", {"combine": "all"}), "bad-param", "params.sources"),
    (kpi("uptime", {"sources": [{"source": "", "weight": "1"}]}), "bad-param", "params.sources"),
    (kpi("uptime", {"magic": 1}), "bad-param", "params.magic"),
    (kpi("value", {"aggregate": "avg", "every": 0}, unit="ms"), "bad-param", "params.every"),
    (kpi("uptime", {}, missing="carry"), "bad-param", "params.carry"),
    (kpi("uptime", {"carry": 900}), "bad-param", "params.carry"),
    (kpi("uptime", {"carry": 0}, missing="carry"), "bad-param", "params.carry"),
    (kpi("ratio", {"carry": 900}, missing="carry"), "bad-missing", "missing"),
    (kpi("value", {"aggregate": "avg", "carry": 900}, unit="ms", missing="carry"), "bad-param", "params.every"),
    (kpi("count", {}, op="<=", target="1", unit="cases", missing="carry"), "bad-missing", "missing"),
    (kpi("uptime", {}, period="trailing"), "bad-period", "trailing_days"),
    (kpi("uptime", {}, trailing_days=30), "bad-period", "trailing_days"),
    (kpi("deadline", {}, period="trailing", trailing_days=30), "bad-period", "period"),
    (kpi("uptime", {}, period="week"), "bad-kpi", ""),
]  # fmt: skip


@pytest.mark.parametrize("each", GOOD)
def test_complete(each):
    terms = make_terms()
    terms.kpis.append(each)

    assert codes(terms) == []
    assert sentence(terms, each)


@pytest.mark.parametrize("each, code, place", BAD)
def test_spoiled(each, code, place):
    terms = make_terms()
    terms.kpis.append(each)

    found = {(code, place) for _severity, code, place in codes(terms)}

    assert (code, f"kpis.4.{place}".rstrip(".")) in found


def test_contract_years_need_their_first_day():
    terms = make_terms()
    terms.kpis.append(kpi("uptime", {}, period="contract_year"))

    assert ("error", "no-contract-year", "term.contract_year") in codes(terms)
    terms.term.contract_year = "2024-04-15"
    assert codes(terms) == []


SENTENCES = [
    (kpi("slice_uptime", SLICES, target="99.9"),
     "1 min are down when more than 5 % of their requests fail. "
     "99.9 % allows 43 min 12 s of downtime in a month of 30 days."),
    (kpi("ratio", {}, target="99.95"), "Of 10,000 requests 5 may fail."),
    (kpi("ratio", {}, op="<=", target="0.1"), "Of 10,000 at most 10."),
    (kpi("count", {"priorities": [1]}, op="<=", target="2", unit="cases"),
     "At most 2 cases of priority 1; one more is a miss at once."),
    (kpi("count", {}, op="<=", target="0", unit="cases"), "Not a single case."),
    (kpi("composite", PARTS), "K1, K2, all needed at once, together reach 99 %."),
]  # fmt: skip


@pytest.mark.parametrize("each, said", SENTENCES)
def test_what_a_target_means(each, said):
    assert sentence(make_terms(), each) == said
