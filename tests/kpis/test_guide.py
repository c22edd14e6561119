"""The measurement guide of an agreement: made of its terms alone, with examples that the formulas judge."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements import terms as t
from kpis import definitions, guide
from kpis.examples import examples
from kpis.spec import spec_of
from tests.factories import NOON, make_terms
from tests.kpis.definitions import standard

SITES = [{"source": "a", "weight": "1"}, {"source": "b", "weight": "3"}]
SHARES = [
    "Service availability", "Availability by error rate", "Successful requests", "Successful requests, slice by slice",
    "Critical cases resolved in time",
]  # fmt: skip


def judged(name="Service availability", *, terms=None, **changes):
    """The examples of a definition with other values, in an agreement of UTC."""
    kpi = replace(standard(name), **changes)
    terms = terms or definitions.sample(kpi)
    own = terms.kpis[0]
    return examples(spec_of(terms, own, version="", terms_sha256=""), NOON)


def verdicts(name="Service availability", **changes):
    return [each.verdict for each in judged(name, **changes)]


def test_an_availability_is_worked_out_to_the_second():
    met, missed = judged(target="99.9")
    assert met.given.replace("\xa0", " ") == "June 2026 has 720 h that count. The service is down once for 43 min 12 s."
    assert (met.working, met.value.replace("\xa0", " ")) == ("(2,592,000 − 2,592) ÷ 2,592,000 × 100", "99.900000 %")
    assert (missed.working, missed.verdict) == ("(2,592,000 − 2,593) ÷ 2,592,000 × 100", "breached")
    # Never kinder than it is: the miss is not shown as the target.
    assert missed.shown.replace("\xa0", " ") == "99.89 %"


@pytest.mark.parametrize(
    ("params", "longest"),
    [
        ({}, "43 min 12 s"),
        ({"minimum_run": 3600}, "59 min 59 s"),  # shorter ones do not count
        ({"whole_minutes": True}, "43 min 59 s"),  # the broken minute is up
        ({"combine": "weighted", "sources": SITES}, "2 h 52 min 48 s"),  # the site that weighs a quarter
        ({"combine": "all", "sources": SITES}, "43 min 12 s"),
    ],
)
def test_what_the_terms_say_of_an_outage_moves_the_edge(params, longest):
    met, missed = judged(target="99.9", params=params)
    assert met.given.replace("\xa0", " ").endswith(f"down once for {longest}.")
    assert (met.verdict, missed.verdict) == ("met", "breached")


def test_only_the_hours_that_count_are_counted():
    terms = make_terms()
    week = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    terms.calendars.append(t.CalendarTerm("office", "Office", "Europe/Brussels", week))
    terms.kpis = [replace(terms.kpis[0], calendar="office", target="99")]
    met, missed = guide.sheets(terms, NOON)[0].examples
    assert "168\xa0h that count" in met.given and "once for 1\xa0h\xa040\xa0min\xa048\xa0s" in met.given
    assert (met.verdict, missed.verdict) == ("met", "breached")


@given(target=st.decimals("0.01", "99.99", places=2), kind=st.sampled_from(SHARES))
@settings(max_examples=60, deadline=None)
def test_the_first_example_meets_and_the_second_misses_whatever_the_share(target, kind):
    found = verdicts(kind, target=str(target), warn=None)
    assert found[0] == "met" and found[1:] in (["breached"], [])


@given(
    target=st.decimals("0.1", "100000", places=1),
    op=st.sampled_from([">=", "<="]),
    aggregate=st.sampled_from(["avg", "sum", "min", "max", "percentile"]),
    share=st.integers(1, 100),
)
@settings(max_examples=100, deadline=None)
def test_the_same_of_values(target, op, aggregate, share):
    params = {"aggregate": aggregate} | ({"percentile": str(share)} if aggregate == "percentile" else {})
    changed = {"op": op, "params": params, "target": str(target), "warn": None, "decimals": 1}
    assert verdicts("Response time, 95th percentile", **changed) == ["met", "breached"]


@pytest.mark.parametrize(
    ("name", "target", "expected"),
    [
        ("Service availability", "100", ["met", "breached"]),
        ("Major incidents", "0", ["met", "breached"]),
        ("Customer satisfaction", "4.2", ["met", "breached", "insufficient_data"]),
        ("Error rate", "0", ["met", "breached"]),
        ("Error rate", "100", ["met"]),  # nothing misses it
        ("Service index", "97", ["met", "breached"]),
        ("Interruptions of the service", "3", ["met", "breached"]),
        ("Longest outage", "4", ["met", "breached"]),
        ("First response in time", "95", ["met", "breached"]),
    ],
)
def test_the_edges(name, target, expected):
    assert verdicts(name, target=target, warn=None) == expected


@pytest.mark.parametrize("method", ["weighted_mean", "worst_of", "series"])
def test_an_index_of_several_parts(method):
    parts = [{"kpi": "K1", "weight": "2"}, {"kpi": "K2", "weight": "1"}]
    params = {"method": method, "components": parts, "late_days": 5}
    assert verdicts("Service index", params=params) == ["met", "breached"]


def test_runs_that_are_too_short_to_count_move_the_edge_of_slices():
    params = {**standard("Availability by error rate").params, "minimum_run": 30}
    met, missed = judged("Availability by error rate", params=params)
    assert (met.verdict, missed.verdict) == ("met", "breached") and "30 one after the other" in missed.given


# The sheets


def test_every_kpi_has_a_sheet_with_what_its_figure_hangs_on():
    terms = make_terms()
    terms.kpis[0].exclusions = ["maintenance"]
    sheets = guide.sheets(terms, NOON)
    assert [sheet.kpi.key for sheet in sheets] == ["K1", "K2", "K3", "K4"]
    first = dict(sheets[0].rows)
    assert first["Source"] and first["Data due"] == "2 days after the end of the period"
    assert "90" in first["Least coverage"] and "cut toward the bad side" in first["Rounding"]
    assert [row["exclusion"].key for row in sheets[0].exclusions] == ["maintenance"]
    assert all(sheet.formula and sheet.rules and sheet.examples and not sheet.problem for sheet in sheets)


def test_a_draft_says_what_it_cannot_work_out():
    terms = make_terms()
    terms.kpis[0].calendar = "nowhere"
    terms.kpis[2].params = {}
    first, _second, third, _last = guide.sheets(terms, NOON)
    assert "no calendar nowhere" in first.problem and third.problem and not first.examples


def test_without_a_floor_the_guide_says_so():
    terms = make_terms()
    terms.kpis[0].missing = "bad"
    assert dict(guide.sheets(terms, NOON)[0].rows)["Least coverage"].startswith("none:")


def test_figures_stay_exact():
    met, missed = judged(target="99.999", decimals=3)
    assert Decimal(missed.shown.removesuffix("\xa0%")) < Decimal("99.999") <= Decimal(met.shown.removesuffix("\xa0%"))
