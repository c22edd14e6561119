"""KPIs as OpenSLO documents and back: what can be carried comes back the same, everything else is said."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements import terms as t
from agreements.params import SLICES
from kpis import formulas
from kpis.formulas import nearest_rank
from kpis.openslo import reading, writing
from tests.factories import make_terms
from tests.kpis.definitions import standard
from tests.kpis.times import JULY, JUNE

PERIODS = [
    "month", "quarter", "half_year", "year", "fiscal_quarter", "fiscal_year", "contract_year", "trailing",
]  # fmt: skip
WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=30)
SHARE = st.integers(0, 9_999_999).flatmap(lambda n: st.sampled_from([f"{n / 100_000:.5f}", f"{n // 100_000}"]))


def terms_of(*kpis, fiscal_month=1, contract_year="2026-04-15"):
    found = make_terms()
    found.kpis = [replace(each, key=f"K{number}", service="canvas") for number, each in enumerate(kpis, 1)]
    found.exclusions = found.exclusions or [t.ExclusionTerm("maintenance", "Planned maintenance")]
    found.term = replace(found.term, fiscal_month=fiscal_month, contract_year=contract_year)
    return found


def back(terms):
    """The KPIs of a version after their way out and in, without their keys."""
    result = reading.read(writing.export(terms).text, terms)
    return [replace(each.kpi, key="") for each in result.found], result


@st.composite
def promises(draw):
    """A KPI of a kind that OpenSLO can say, with all that it can't say beside."""
    kind = draw(st.sampled_from(["uptime", "deadline", "slice_uptime", "ratio", "mean", "errors", "value", "outages"]))
    cut = draw(st.sampled_from(SLICES))
    params = {
        "uptime": st.sampled_from([{}, {"minimum_run": 300}, {"combine": "all", "sources": [
            {"source": "eu: 1, “north”", "weight": "2"}]}]),
        "deadline": st.sampled_from([{"cohort": "due_in"}, {"cohort": "closed_in", "priorities": [3]}]),
        "slice_uptime": SHARE.map(lambda share: {"slice": cut, "error_percent": share, "minimum_run": 2}),
        "ratio": st.just({"method": "sum"}),
        "mean": st.just({"method": "mean_of_slices", "slice": cut}),
        "errors": st.just({"method": "sum"}),
        "value": st.integers(1, 99).map(lambda p: {"aggregate": "percentile", "percentile": str(p), "every": 60}),
        "outages": st.just({"aggregate": "percentile", "percentile": "50", "of": "outages"}),
    }[kind]  # fmt: skip
    at_most = kind in ("errors", "value", "outages")
    target = draw(SHARE)
    if kind == "errors":
        target = f"{100 - Decimal(target):f}"
    period = draw(st.sampled_from(PERIODS))
    return t.Kpi(
        "", draw(WORDS).strip() or "x", "canvas",
        {"mean": "ratio", "errors": "ratio", "outages": "value"}.get(kind, kind),
        draw(st.from_regex(r"[a-z][a-z0-9_-]{0,20}", fullmatch=True)), "<=" if at_most else ">=", target,
        {"value": "ms", "outages": "h"}.get(kind, "%"), source=draw(st.one_of(st.just(""), WORDS)),
        warn=draw(st.sampled_from([None, "99.99"])), decimals=draw(st.integers(0, 6)), period=period,
        calendar=draw(st.sampled_from(["", "desk"])), coverage=draw(st.sampled_from(["0.9", "0", "1"])),
        missing=draw(st.sampled_from(["gap", "gap" if kind == "deadline" else "bad"])),
        critical=draw(st.booleans()), data_due_days=draw(st.integers(0, 90)),
        exclusions=draw(st.sampled_from([[], ["maintenance"]])), params=draw(params),
        trailing_days=draw(st.integers(1, 3660)) if period == "trailing" else 0,
    )  # fmt: skip


@given(kpi=promises(), fiscal_month=st.integers(1, 12))
@settings(max_examples=300, deadline=None)
def test_what_can_be_carried_comes_back_the_same(kpi, fiscal_month):
    kpi = replace(kpi, name=" ".join(kpi.name.split()) or "x", source=" ".join(kpi.source.split()))
    terms = terms_of(kpi, fiscal_month=fiscal_month)
    export = writing.export(terms)
    found, result = back(terms)
    assert (found, export.left) == ([kpi], [])
    assert result.problems == []


@given(kpis=st.lists(promises(), max_size=6))
@settings(max_examples=40, deadline=None)
def test_going_round_twice_is_going_round_once(kpis):
    once, _result = back(terms_of(*kpis))
    twice, _result = back(terms_of(*once))
    assert twice == once


# What the documents say to others


def documents(kpi):
    export = writing.export(terms_of(kpi))
    found = list(yaml.safe_load_all(export.text))
    return [each for each in found if each["kind"] == "SLI"][0], [each for each in found if each["kind"] == "SLO"][0]


def test_an_availability_is_a_share_of_seconds():
    sli, slo = documents(replace(standard(), target="99.95", calendar="desk", exclusions=["maintenance"]))
    assert slo["apiVersion"] == "openslo/v1" and slo["spec"]["budgetingMethod"] == "Occurrences"
    assert slo["spec"]["objectives"] == [{"displayName": "≥\xa099.95\xa0%", "target": 0.9995}]
    assert sli["spec"]["ratioMetric"]["total"]["metricSource"]["spec"]["counted"] == "total seconds"
    assert slo["spec"]["indicatorRef"] == sli["metadata"]["name"]
    said = slo["spec"]["description"]
    for word in ("Not carried over", "Service desk", "Planned maintenance", "seconds of outages", "as missing"):
        assert word in said
    assert slo["metadata"]["annotations"]["slaportal/exclusions"] == "maintenance"


def test_slices_are_time_slices():
    _sli, slo = documents(standard("Availability by error rate"))
    (objective,) = slo["spec"]["objectives"]
    assert slo["spec"]["budgetingMethod"] == "Timeslices"
    assert (objective["target"], objective["timeSliceTarget"], objective["timeSliceWindow"]) == (0.999, 0.95, "5m")
    _sli, slo = documents(standard("Successful requests, slice by slice"))
    assert slo["spec"]["budgetingMethod"] == "RatioTimeslices"


def test_at_most_so_many_errors_is_at_least_so_many_without():
    sli, slo = documents(replace(standard("Error rate"), target="0.10"))
    assert set(sli["spec"]["ratioMetric"]) == {"counter", "bad", "total"}
    assert slo["spec"]["objectives"][0]["target"] == 0.999


def test_a_percentile_is_a_share_below_a_threshold():
    sli, slo = documents(standard("Response time, 95th percentile"))
    (objective,) = slo["spec"]["objectives"]
    assert "thresholdMetric" in sli["spec"]
    assert (objective["op"], objective["value"], objective["target"]) == ("lte", 800, 0.95)


@given(values=st.lists(st.integers(0, 20), min_size=1, max_size=60), p=st.integers(1, 99), limit=st.integers(0, 20))
def test_and_by_nearest_rank_both_judge_the_same(values, p, limit):
    below = Fraction(sum(each <= limit for each in values), len(values))
    ordered = sorted(map(Fraction, values))
    assert (nearest_rank(ordered, p) <= limit) == (below >= Fraction(p, 100))


@given(good=st.integers(0, 1000), bad=st.integers(0, 1000), target=st.integers(1, 9999))
def test_a_share_of_errors_and_of_successes_judge_the_same(good, bad, target):
    most = Decimal(target).scaleb(-2)
    total = good + bad
    if total:
        facts = formulas.RatioFacts(formulas.Share(Fraction(bad), Fraction(total)), 1)
        found = formulas.evaluate("ratio", formulas.Rule("<=", most), formulas.Frame(JUNE, JULY, JULY), facts)
        assert (found.verdict == "met") == (Fraction(good, total) >= 1 - Fraction(most) / 100)


@pytest.mark.parametrize(
    ("name", "changes", "why"),
    [
        ("Major incidents", {}, "shares of good events only"),
        ("Customer satisfaction", {}, "shares of good events only"),
        ("Service index", {}, "shares of good events only"),
        ("Mean time to restore service", {}, "a percentile"),
        ("Response time, 95th percentile", {"op": ">="}, "a percentile"),
        ("Service availability", {"target": "100"}, "no target of 100 %"),
        ("Error rate", {"target": "0"}, "no target of 100 %"),
        ("Service availability", {"target": ""}, "no target yet"),
    ],
)
def test_what_cannot_be_said_is_named_with_its_reason(name, changes, why):
    export = writing.export(terms_of(standard(), replace(standard(name), name="The one", **changes)))
    assert [each["kind"] for each in export.documents] == ["Service", "SLI", "SLO"]
    ((kpi, reason),) = export.left
    assert kpi.name == "The one" and why in reason
    assert f"# Not carried over: K2 The one: {reason}\n" in export.text
    assert why in export.documents[0]["metadata"]["annotations"]["slaportal/not-carried-over"]


@pytest.mark.parametrize(
    ("period", "fiscal_month", "starts"),
    [
        ("month", 1, "2026-05-01"), ("quarter", 1, "2026-04-01"), ("half_year", 1, "2026-01-01"),
        ("year", 1, "2026-01-01"), ("fiscal_quarter", 2, "2026-05-01"), ("fiscal_year", 9, "2025-09-01"),
        ("contract_year", 1, "2026-04-15"),
    ],
)  # fmt: skip
def test_a_window_begins_with_the_period_that_holds_the_first_day(period, fiscal_month, starts):
    terms = terms_of(replace(standard(), period=period), fiscal_month=fiscal_month)
    slo = writing.export(terms).documents[-1]
    (window,) = slo["spec"]["timeWindow"]
    assert window["calendar"] == {"startTime": f"{starts} 00:00:00", "timeZone": "Etc/UTC"} and not window["isRolling"]


def test_a_trailing_period_rolls_and_says_when_it_is_judged():
    slo = writing.export(terms_of(replace(standard(), period="trailing", trailing_days=28))).documents[-1]
    assert slo["spec"]["timeWindow"] == [{"duration": "28d", "isRolling": True}]
    assert "Judged at the end of each month" in slo["spec"]["description"]


def test_a_description_is_never_longer_than_they_allow():
    terms = terms_of(replace(standard(), exclusions=["maintenance"]))
    terms.exclusions[0].name = "x" * 2000
    assert len(writing.export(terms).documents[-1]["spec"]["description"]) == 1050
