"""OpenSLO from elsewhere: what becomes a KPI, with what difference, and what is not understood, where and why."""

import time
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements import terms as t
from kpis.openslo import reading, yamltext
from tests.factories import make_terms

METRIC = {"metricSource": {"type": "Prometheus", "spec": {"query": "sum(rate(http_requests_total[5m]))"}}}
RATIO = {"ratioMetric": {"counter": True, "good": METRIC, "total": METRIC}}
THRESHOLD = {"thresholdMetric": METRIC}
MONTH = {"duration": "1M", "calendar": {"startTime": "2026-01-01 00:00:00", "timeZone": "UTC"}}


def slo(objectives=({"target": "0.999"},), *, sli=RATIO, name="web", **spec):
    """An SLO as another tool would write it; numbers as text, so that they stay as they are typed."""
    spec = {
        "service": "canvas", "indicator": {"metadata": {"name": "web-requests"}, "spec": sli}, "timeWindow": [MONTH],
        "budgetingMethod": "Occurrences", "objectives": list(objectives),
    } | spec  # fmt: skip
    spec = {each: value for each, value in spec.items() if value is not None}
    return {"apiVersion": "openslo/v1", "kind": "SLO", "metadata": {"name": name, "displayName": "Web"}, "spec": spec}


def typed(value):
    """The same with what looks like a number as one."""
    if isinstance(value, dict):
        return {name: typed(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [typed(each) for each in value]
    return yamltext.Decimal(value) if isinstance(value, str) and yamltext.NUMBER.fullmatch(value) else value


def read(*documents, terms=None):
    return reading.read(yamltext.dump_all([typed(each) for each in documents]), terms or make_terms())


def only(*documents, **kwargs):
    result = read(*documents, **kwargs)
    assert result.problems == []
    (found,) = result.found
    return found


def test_a_ratio_of_events():
    found = only(slo())
    kpi = found.kpi
    assert (kpi.name, kpi.kind, kpi.op, kpi.target, kpi.unit) == ("Web", "ratio", ">=", "99.9", "%")
    assert (kpi.service, kpi.indicator, kpi.period) == ("canvas", "web-requests", "month")
    assert kpi.source == "Prometheus: sum(rate(http_requests_total[5m]))" and found.notes == []


@pytest.mark.parametrize(
    ("document", "kind", "op", "target", "params"),
    [
        (slo([{"targetPercent": "99.95"}]), "ratio", ">=", "99.95", {"method": "sum"}),
        (slo(sli={"ratioMetric": {"bad": METRIC, "total": METRIC}}), "ratio", "<=", "0.1", {"method": "sum"}),
        (slo([{"target": "0.99", "timeSliceTarget": "0.95", "timeSliceWindow": "5m"}], budgetingMethod="Timeslices"),
         "slice_uptime", ">=", "99", {"slice": 300, "error_percent": "5"}),
        (slo([{"target": "0.99", "timeSliceTarget": "1", "timeSliceWindow": "1"}], budgetingMethod="Timeslices"),
         "slice_uptime", ">=", "99", {"slice": 60, "error_percent": "0"}),
        (slo([{"target": "0.99", "timeSliceWindow": "1h"}], budgetingMethod="RatioTimeslices"),
         "ratio", ">=", "99", {"method": "mean_of_slices", "slice": 3600}),
        (slo([{"target": "0.95", "op": "lte", "value": "0.25"}], sli=THRESHOLD),
         "value", "<=", "0.25", {"aggregate": "percentile", "percentile": "95"}),
    ],
)  # fmt: skip
def test_each_budgeting_method_is_the_kind_that_judges_the_same(document, kind, op, target, params):
    kpi = only(document).kpi
    assert (kpi.kind, kpi.op, kpi.target, kpi.params) == (kind, op, target, params)


@pytest.mark.parametrize(
    ("window", "period", "days", "note"),
    [
        ({"duration": "1Q", "calendar": {"startTime": "2026-04-01 00:00:00", "timeZone": "UTC"}}, "quarter", 0, ""),
        ({"duration": "6M", "calendar": {"startTime": "2026-07-01 00:00:00", "timeZone": "UTC"}}, "half_year", 0, ""),
        ({"duration": "1Y", "calendar": {"startTime": "2025-04-01 00:00:00", "timeZone": "UTC"}}, "fiscal_year", 0, ""),
        ({"duration": "1M", "calendar": {"startTime": "2026-01-01 00:00:00", "timeZone": "Asia/Tokyo"}}, "month", 0,
         "cut at midnight in UTC, not in Asia/Tokyo"),
        ({"duration": "28d", "isRolling": True}, "trailing", 28, "judged at the end of each month"),
        ({"duration": "4w", "isRolling": True}, "trailing", 28, "judged at the end of each month"),
    ],
)  # fmt: skip
def test_each_window_is_the_period_that_begins_then(window, period, days, note):
    terms = make_terms()
    terms.term.fiscal_month = 4
    found = only(slo(timeWindow=[window]), terms=terms)
    assert (found.kpi.period, found.kpi.trailing_days) == (period, days)
    assert note in " ".join(found.notes) and bool(note) == bool(found.notes)


def test_every_objective_is_a_kpi_of_its_own():
    rows = [{"displayName": "Good", "target": "0.99"}, {"displayName": "Excellent", "target": "0.999"}]
    result = read(slo(rows))
    named = [(each.kpi.name, each.kpi.target) for each in result.found]
    assert named == [("Web: Good", "99"), ("Web: Excellent", "99.9")]


def test_what_stands_in_other_documents_is_found():
    named = {"name": "svc-7", "displayName": "learning platform"}
    service = {"apiVersion": "openslo/v1", "kind": "Service", "metadata": named, "spec": {}}
    sli = {"apiVersion": "openslo/v1", "kind": "SLI", "metadata": {"name": "good-requests"}, "spec": RATIO}
    found = only(service, sli, slo(service="svc-7", indicator=None, indicatorRef="good-requests"))
    assert (found.kpi.service, found.kpi.indicator, found.notes) == ("canvas", "good-requests", [])


def test_a_list_of_objects_in_one_document():
    result = reading.read(yamltext.dump_all([[typed(slo()), typed(slo(name="other"))]]), make_terms())
    assert [each.path for each in result.found] == [
        "document 1: spec.objectives[0]", "document 2: spec.objectives[0]",
    ]


def test_a_service_that_the_draft_does_not_have_is_said():
    assert "no service “mail”: it is put under “Learning platform”" in " ".join(only(slo(service="mail")).notes)


def test_what_has_no_meaning_here_is_left_out_and_said():
    found = only(slo(timeWindow=None, alertPolicies=["page"], colour="red"))
    said = " ".join(found.notes)
    assert "judged monthly" in said and "left out: colour" in said and "alerts are left out" in said


def test_annotations_of_ours_that_the_draft_does_not_know():
    document = slo()
    document["metadata"]["annotations"] = {
        "slaportal/calendar": "moon", "slaportal/exclusions": "maintenance,weather", "slaportal/requirements": "R99",
        "other/tool": True,
    }  # fmt: skip
    terms = make_terms()
    terms.exclusions = [t.ExclusionTerm("maintenance", "Maintenance")]
    found = only(document, terms=terms)
    assert (found.kpi.calendar, found.kpi.exclusions, found.kpi.requirements) == ("", ["maintenance"], [])
    said = " ".join(found.notes)
    assert "no hours “moon”" in said and "weather: left out" in said and "R99: left out" in said


def test_an_annotation_never_says_what_a_field_says():
    """Somebody changed the objective in the YAML and not our annotations."""
    objective = {"target": "0.99", "timeSliceTarget": "0.9", "timeSliceWindow": "5m"}
    document = slo([objective], budgetingMethod="Timeslices")
    document["metadata"]["annotations"] = {
        "slaportal/kind": "uptime", "slaportal/period": "year", "slaportal/unit": "ms",
        "slaportal/params": '{"slice": 60, "error_percent": "50", "minimum_run": 3}',
    }  # fmt: skip
    kpi = only(document).kpi
    assert (kpi.kind, kpi.period, kpi.unit) == ("slice_uptime", "month", "%")
    assert kpi.params == {"slice": 300, "error_percent": "10", "minimum_run": 3}
    document = slo()
    document["metadata"]["annotations"] = {"slaportal/params": '{"method": "mean_of_slices", "slice": 60}'}
    assert only(document).kpi.params == {"method": "sum"}


def test_what_no_agreement_could_be_signed_with_is_said_already():
    document = slo(timeWindow=[{"duration": "7d", "isRolling": True}])
    document["metadata"]["annotations"] = {"slaportal/kind": "deadline"}
    assert "periods can't overlap" in " ".join(only(document).notes)


def wrong(document, **changes):
    """A document with something else at a path: {"spec.service": 1}."""
    for path, value in changes.items():
        here = document
        *way, last = path.split("__")
        for step in way:
            here = here[int(step) if step.isdecimal() else step]
        if value is None:
            del here[last]
        else:
            here[last] = value
    return document


@pytest.mark.parametrize(
    ("document", "path", "reason"),
    [
        (wrong(slo(), apiVersion="openslo/v2alpha1"), "apiVersion", "only openslo/v1"),
        (wrong(slo(), kind="Budget"), "kind", "no kind of OpenSLO"),
        (wrong(slo(), metadata={}), "metadata.name", "a text belongs here"),
        (wrong(slo(), metadata__displayName="a\x07b"), "metadata.displayName", "cannot be printed"),
        (wrong(slo(), metadata__annotations=["x"]), "metadata.annotations", "names and values"),
        (wrong(slo(), spec__service=None), "spec.service", "a text belongs here"),
        (wrong(slo(), spec__objectives=[]), "spec.objectives", "there is none"),
        (wrong(slo(), spec__objectives="all"), "spec.objectives", "a list belongs here"),
        (wrong(slo(), spec__budgetingMethod="Guesses"), "spec.objectives[0].timeSliceWindow", "a number belongs here"),
        (slo([{"target": "0.9", "timeSliceWindow": "5m"}], budgetingMethod="Guesses"), "spec.budgetingMethod",
         "Occurrences, Timeslices or RatioTimeslices"),
        (slo([{"target": "1"}]), "spec.objectives[0].target", "below all"),
        (slo([{"target": "-0.1"}]), "spec.objectives[0].target", "below all"),
        (slo([{"targetPercent": "100"}]), "spec.objectives[0].targetPercent", "below all"),
        (slo([{"target": "high"}]), "spec.objectives[0].target", "a number belongs here"),
        (slo([{"target": "0.9", "targetPercent": "90"}]), "spec.objectives[0]", "one of them only"),
        (slo([{}]), "spec.objectives[0]", "one of them only"),
        (slo([{"target": "0.9", "indicatorRef": "x"}]), "spec.objectives[0]", "several indicators"),
        (slo([{"target": "0.95", "op": "gte", "value": "3"}], sli=THRESHOLD), "spec.objectives[0].op", "nearest rank"),
        (slo([{"target": "0.95", "op": "lt", "value": "3"}], sli=THRESHOLD), "spec.objectives[0].op", "“less”"),
        (slo([{"target": "0.95", "op": "lte"}], sli=THRESHOLD), "spec.objectives[0].value", "a number"),
        (slo([{"target": "0", "op": "lte", "value": "3"}], sli=THRESHOLD), "spec.objectives[0].target",
         "no percentile"),
        (slo(sli=THRESHOLD, budgetingMethod="Timeslices"), "spec.budgetingMethod", "slices of a threshold"),
        (slo(sli={}), "spec.indicator.spec", "a ratio or a threshold"),
        (slo(sli={**RATIO, **THRESHOLD}), "spec.indicator.spec", "one of them only"),
        (slo(sli={"ratioMetric": {"raw": METRIC, "rawType": "success"}}), "spec.indicator.spec.ratioMetric.raw",
         "no counts"),
        (slo(sli={"ratioMetric": {"good": METRIC}}), "spec.indicator.spec.ratioMetric", "and total"),
        (slo(indicator=None), "spec.indicator", "has an indicator"),
        (slo(indicator=None, indicatorRef="none"), "spec.indicatorRef", "no SLI of this name"),
        (slo([{"target": "0.9", "timeSliceTarget": "0", "timeSliceWindow": "5m"}], budgetingMethod="Timeslices"),
         "spec.objectives[0].timeSliceTarget", "between 0 and 1"),
        (slo([{"target": "0.9", "timeSliceTarget": "0.9", "timeSliceWindow": "7m"}], budgetingMethod="Timeslices"),
         "spec.objectives[0].timeSliceWindow", "slices are 1, 5, 10"),
        (slo(timeWindow=[]), "spec.timeWindow", "exactly one"),
        (slo(timeWindow=[MONTH, MONTH]), "spec.timeWindow", "exactly one"),
        (slo(timeWindow=[{"duration": "12h", "isRolling": True}]), "spec.timeWindow[0]", "days (d)"),
        (slo(timeWindow=[{**MONTH, "duration": "1w"}]), "spec.timeWindow[0]", "periods are months"),
        (slo(timeWindow=[{"duration": "1M"}]), "spec.timeWindow[0].calendar.startTime", "a text"),
        (slo(timeWindow=[{**MONTH, "calendar": {"startTime": "2026-01-01 12:00:00", "timeZone": "UTC"}}]),
         "spec.timeWindow[0]", "midnight"),
        (slo(timeWindow=[{**MONTH, "calendar": {"startTime": "2026-01-05 00:00:00", "timeZone": "UTC"}}]),
         "spec.timeWindow[0]", "no period of this agreement"),
        (slo(timeWindow=[{**MONTH, "calendar": {"startTime": "2026-02-30 00:00:00", "timeZone": "UTC"}}]),
         "spec.timeWindow[0]", "not known"),
        (slo(timeWindow=[{**MONTH, "calendar": {"startTime": "2026-01-01 00:00:00", "timeZone": "../etc"}}]),
         "spec.timeWindow[0]", "not known"),
        (wrong(slo(), metadata__annotations={"slaportal/params": "[1]"}), "metadata.annotations", "“params”"),
        (wrong(slo(), metadata__annotations={"slaportal/params": '{"x": 1}'}), "metadata.annotations", "“x”"),
        (wrong(slo(), metadata__annotations={"slaportal/decimals": "many"}), "metadata.annotations", "“decimals”"),
        (wrong(slo(), metadata__annotations={"slaportal/critical": "yes"}), "metadata.annotations", "“critical”"),
        (wrong(slo(), metadata__annotations={"slaportal/missing": "bliss"}), "metadata.annotations", "missing data"),
        ({"apiVersion": "openslo/v1", "kind": "AlertPolicy", "metadata": {"name": "page"}}, "", "escalation matrix"),
        ({"apiVersion": "openslo/v1", "kind": "SLI", "metadata": {"name": "lonely"}, "spec": RATIO}, "", "no SLO uses"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_named_with_its_place_and_the_reason(document, path, reason):
    result = read(document)
    assert result.found == []
    (problem,) = result.problems
    assert problem.path == f"document 1: {path}".removesuffix(": ") and reason in problem.reason


def test_one_wrong_objective_keeps_no_other_from_being_read():
    result = read(slo([{"target": "2"}, {"target": "0.9"}]), slo(name="second"))
    assert len(result.found) == 2 and len(result.problems) == 1


def test_an_empty_file_is_said():
    assert [each.reason for each in reading.read("\n---\n", make_terms()).problems] == ["there is no document in it"]


def test_a_draft_without_services_takes_nothing():
    terms = make_terms()
    terms.services = []
    assert "no service yet" in read(slo(), terms=terms).problems[0].reason


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=2)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=8)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PATHS = [
    "apiVersion", "kind", "metadata", "metadata__name", "metadata__annotations", "spec", "spec__service",
    "spec__indicator", "spec__indicator__metadata", "spec__indicator__spec", "spec__indicator__spec__ratioMetric",
    "spec__indicator__spec__ratioMetric__good", "spec__indicator__spec__ratioMetric__good__metricSource",
    "spec__timeWindow", "spec__timeWindow__0", "spec__timeWindow__0__calendar", "spec__timeWindow__0__duration",
    "spec__budgetingMethod", "spec__objectives", "spec__objectives__0", "spec__objectives__0__target",
    "spec__indicatorRef", "spec__alertPolicies",
]  # fmt: skip


@given(path=st.sampled_from(PATHS), value=JSON)
@settings(max_examples=300, deadline=None)
def test_anything_anywhere_is_read_or_named_and_never_an_error_of_ours(path, value):
    document = typed(deepcopy(slo()))
    here = document
    *way, last = path.split("__")
    for step in way:
        here = here[int(step) if step.isdecimal() else step]
    here[int(last) if last.isdecimal() else last] = value
    try:
        result = reading.read(yamltext.dump_all([document]), make_terms())
    except yamltext.Unreadable:
        return
    assert len(result.found) + len(result.problems) >= 1


# YAML from strangers


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &a [x]\nb: [*a, *a]", "Line 2: aliases are not read"),
        ("[" * 1000, "nested too deeply"),
        ("a:\n" + "".join(" " * n + "b:\n" for n in range(50)), "nested too deeply"),
        ("[" + "1," * 30_000 + "]", "too many values"),
        ("a: 1\n---\n" * 300, "more than 200 documents"),
        ("a: 1\na: 2", "Line 2: “a” is said twice"),
        ("? [a]\n: b", "a name must be text"),
        ("a: b: c", "Line 1: mapping values are not allowed here"),
        ("!!python/object/apply:os.system ['true']", "could not determine a constructor"),
        ("a: !!binary aGk=", "this kind of value is not read here"),
        ("a: !!timestamp 2026-01-01", "this kind of value is not read here"),
        ("a: !!int seven", "no number"),
        ("a: " + "9" * 1000, "no number"),
        ("a: \x00", "a sign that no text has"),
        ("a: \ud800", "a sign that no text has"),
        ("#" * 300_000, "larger than 256 KB"),
    ],
)
def test_bad_yaml_is_a_clear_error(text, said):
    start = time.perf_counter()
    with pytest.raises(yamltext.Unreadable) as error:
        yamltext.load_all(text)
    assert said in str(error.value) and time.perf_counter() - start < 20


def test_bytes_that_are_no_text_are_a_clear_error():
    with pytest.raises(yamltext.Unreadable, match="not UTF-8: see byte 4"):
        yamltext.decode(b"a: \xff")
    with pytest.raises(yamltext.Unreadable, match="larger than"):
        yamltext.decode(b"#" * 300_000)
    assert yamltext.decode(b"\xef\xbb\xbfa: 1") == "a: 1"


def test_numbers_are_exact_and_words_stay_words():
    text = "a: 0.9990\nb: no\nc: 1:30\nd: 2026-01-01 00:00:00\ne: 010\nf: ~\ng: true\nh: 1e-3\n"
    (found,) = yamltext.load_all(text)
    assert found == {
        "a": yamltext.Decimal("0.9990"), "b": "no", "c": "1:30", "d": "2026-01-01 00:00:00", "e": yamltext.Decimal(10),
        "f": None, "g": True, "h": yamltext.Decimal("0.001"),
    }  # fmt: skip
    assert str(found["a"]) == "0.9990"
