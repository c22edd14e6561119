"""Each kind of KPI from its signed terms to a closed result that the raw rows give again."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from agreements import terms as t
from agreements.models import Version
from kpis import actions, due, facts, results, standings
from kpis.intake import rows as r
from kpis.intake.cells import Wrong, pauses
from kpis.models import Credit, Indicator, Period, PeriodResult, Sample, Standing
from records.models import AuditEntry
from tests.factories import make_agreement, make_member, make_terms, make_version
from tests.kpis.build import case, deliver, observed, outage, stream, utc

pytestmark = pytest.mark.django_db
MAY, JUNE, JUNE_9 = utc("2026-05-01T00:00"), utc("2026-06-01T00:00"), utc("2026-06-09T00:00")
CALENDARS = ["always", "desk", ""]


def kpi(kind, key="K1", *, indicator="it", op=">=", target="99", unit="%", **kwargs):
    return t.Kpi(key, key, "canvas", kind, indicator, op, target, unit, "probe", **kwargs)


def signed(*kpis, zone="UTC", now=JUNE_9, **kwargs):
    terms = make_terms(kpis=list(kpis), credits=[], **kwargs)
    terms.agreement.timezone = zone
    agreement = make_agreement(state="active")
    make_version(agreement, state="executed", terms=terms, effective_from=MAY)
    actions.bind_executed(now=now)
    return agreement, make_member(agreement.provider, "provider")


def share(at, good, total, who=""):
    return r.Sample(utc(at), Decimal(good), who, total=Decimal(total))


def value(at, number, who=""):
    return r.Sample(utc(at), Decimal(number), who)


def closed(agreement, key="K1", label="2026-05", now=JUNE_9):
    actions.close_due(now=now)
    return PeriodResult.objects.filter(
        period__target__agreement=agreement, period__target__key=key, period__label=label
    ).latest("edition")


def figure(result):
    """The value, after making sure that the raw rows give the same bytes."""
    assert results.problems(result) == []
    return Fraction(result.outcome["value"])


def test_ratio_of_sums_over_a_month_in_its_zone():
    agreement, person = signed(kpi("ratio", params={"method": "sum"}), zone="Europe/Brussels")
    days = [("2026-05-01T00:00", 90), ("2026-05-31T21:59:59", 100), ("2026-05-31T22:00", 0)]
    rows = [share(at, good, 100) for at, good in days]
    deliver(stream(agreement, "it"), rows, person, at=JUNE_9)
    actions.roll_up(now=JUNE_9)

    result = closed(agreement)

    assert figure(result) == 95  # the last one belongs to June
    assert result.outcome["figures"]["total"] == "200"


def test_good_of_all_is_taken_in_with_its_total_or_refused():
    agreement, person = signed(kpi("ratio"))
    it = stream(agreement, "it")

    for row, why in [
        (value("2026-05-01T00:00", 1), "missing"), (share("2026-05-01T00:00", 5, 4), "between 0 and the total"),
        (share("2026-05-01T00:00", 1, "NaN"), "not a number"),
    ]:  # fmt: skip
        with pytest.raises(actions.Refused, match=why):
            deliver(it, [row], person, at=JUNE_9)
    deliver(it, [share("2026-05-01T00:00", 5, 5)], person, at=JUNE_9)
    with pytest.raises(actions.Refused, match="reason"):
        deliver(it, [share("2026-05-01T00:00", 5, 6)], person, at=JUNE_9)
    assert Sample.objects.get().total == 5


def test_slices_of_five_minutes_within_service_hours():
    params = {"slice": 300, "error_percent": "5", "minimum_run": 1, "minimum_requests": 0}
    agreement, person = signed(kpi("slice_uptime", calendar="desk", coverage="0", params=params))
    rows = [
        share("2026-05-04T15:00", 90, 100), share("2026-05-04T15:04", 100, 100),  # one slice: 190 of 200
        share("2026-05-04T15:05", 0, 100), share("2026-05-04T14:59", 0, 100),  # down; outside the hours
    ]  # fmt: skip
    deliver(stream(agreement, "it"), rows, person, at=JUNE_9)

    result = closed(agreement)

    assert figure(result) == 50
    assert result.outcome["figures"]["outages"][0]["start"] == "2026-05-04T15:05:00+00:00"
    assert result.outcome["figures"]["expected"] == str(21 * 7 * 3600)


def test_count_needs_a_delivery_after_the_periods_end():
    terms = kpi("count", op="<=", target="1", unit="cases", params={"cohort": "opened_in", "priorities": [3]})
    agreement, person = signed(terms)
    deliver(stream(agreement, "it"), [case("INC-1"), case("INC-2", "2026-05-31T23:59")], person, at=JUNE)

    result = closed(agreement)

    assert (figure(result), result.verdict) == (2, "breached")


def test_none_is_none_only_when_somebody_said_so():
    terms = kpi("count", op="<=", target="1", unit="cases", params={"cohort": "opened_in"})
    silent, _person = signed(terms)
    told, person = signed(terms)
    deliver(stream(told, "it"), [case("INC-9", "2026-06-01T10:00")], person, at=utc("2026-06-02T00:00"))

    assert closed(silent).verdict == "insufficient_data"
    assert closed(told).verdict == "met"


@pytest.mark.parametrize("calendar", CALENDARS)
@pytest.mark.parametrize("params, found", [
    ({"aggregate": "avg"}, Fraction(1 + 2 + 4 + 8, 4)), ({"aggregate": "sum"}, 15), ({"aggregate": "min"}, 1),
    ({"aggregate": "max"}, 8), ({"aggregate": "percentile", "percentile": "75"}, 4),
    ({"aggregate": "percentile", "percentile": "75.1"}, 8), ({"aggregate": "percentile", "percentile": "0.1"}, 1),
])  # fmt: skip
def test_values_come_from_rollups_and_rows_alike(params, found, calendar):
    agreement, person = signed(kpi("value", op="<=", unit="ms", calendar=calendar, params=params))
    it = stream(agreement, "it")
    rows = [value("2026-05-04T15:00", 4), value("2026-05-05T15:00", 1), value("2026-05-05T21:59:59", 8)]
    deliver(it, rows, person, at=JUNE_9)
    actions.roll_up(now=JUNE_9)
    deliver(it, [value("2026-05-06T16:00", 2)], person, at=JUNE_9)  # its day is dirty: read from the rows

    assert figure(closed(agreement)) == found


def test_a_value_outside_the_hours_does_not_count():
    agreement, person = signed(kpi("value", op="<=", unit="ms", calendar="desk", params={"aggregate": "max"}))
    deliver(stream(agreement, "it"), [value("2026-05-04T15:00", 4), value("2026-05-04T22:00", 9)], person, at=JUNE_9)

    assert figure(closed(agreement)) == 4


def test_by_the_first_arithmetic_it_counted_and_old_results_stay():
    agreement, person = signed(kpi("value", op="<=", unit="ms", calendar="desk", params={"aggregate": "max"}))
    deliver(stream(agreement, "it"), [value("2026-05-04T15:00", 4), value("2026-05-04T22:00", 9)], person, at=JUNE_9)
    result = closed(agreement)
    old = results._judge(result.period, result.inputs["highest_delivery"], MAY, JUNE, [], [], 1, [])

    kept = PeriodResult(
        period=result.period, verdict=old.verdict, outcome=old.outcome, inputs=old.inputs, sha256=old.sha256
    )

    assert figure(kept) == 9


def test_values_that_are_expected_and_not_there_are_no_coverage():
    terms = kpi("value", op="<=", unit="ms", params={"aggregate": "max", "every": 86_400})
    agreement, person = signed(terms)
    deliver(stream(agreement, "it"), [value(f"2026-05-{day:02}T12:00", 1) for day in range(1, 28)], person, at=JUNE_9)

    result = closed(agreement)

    assert (result.outcome["coverage"], result.verdict) == ("27/31", "insufficient_data")


def test_any_or_all_sources_or_each_by_its_weight():
    sources = [{"source": "eu", "weight": "3"}, {"source": "us", "weight": "1"}]
    agreement, person = signed(
        kpi("uptime", "K1", params={"combine": "any", "sources": sources}),
        kpi("uptime", "K2", params={"combine": "all", "sources": sources}),
        kpi("uptime", "K3", params={"combine": "weighted", "sources": sources}),
    )
    it, month = stream(agreement, "it"), 31 * 86_400
    down_of = {
        "eu": ("2026-05-04T10:00", "2026-05-04T12:00"), "us": ("2026-05-04T11:00", "2026-05-04T15:00"),
        "other": ("2026-05-09T00:00", "2026-05-10T00:00"),
    }  # fmt: skip
    for source, down in down_of.items():
        deliver(it, [outage(*down), observed(until="2026-06-01T00:00")], person, at=JUNE_9, source=source)

    lost = {key: (100 - figure(closed(agreement, key))) * month / 100 / 3600 for key in ("K1", "K2", "K3")}

    assert lost == {"K1": 5, "K2": 1, "K3": Fraction(3 * 2 + 4, 4)}


@pytest.mark.parametrize("params, down", [
    ({}, 59 + 150 + 301), ({"minimum_run": 60}, 150 + 301), ({"minimum_run": 300}, 301),
    ({"whole_minutes": True}, 0 + 120 + 300),
])  # fmt: skip
def test_the_shortest_run_of_downtime_that_counts(params, down):
    agreement, person = signed(kpi("uptime", params=params))
    rows = [outage("2026-05-04T10:00", "2026-05-04T10:00:59"), outage("2026-05-05T10:00", "2026-05-05T10:02:30"),
            outage("2026-05-06T10:00", "2026-05-06T10:05:01"), observed(until="2026-06-01T00:00")]
    deliver(stream(agreement, "it"), rows, person, at=JUNE_9)

    assert (100 - figure(closed(agreement))) * 31 * 864 == down


def test_thirty_trailing_days_are_judged_each_month():
    agreement, person = signed(kpi("uptime", period="trailing", trailing_days=30), now=utc("2026-07-09T00:00"))
    rows = [outage("2026-05-01T00:00", "2026-05-03T00:00"), observed()]
    deliver(stream(agreement, "it"), rows, person, at=utc("2026-07-08T00:00"))
    actions.close_due(now=utc("2026-07-09T00:00"))

    may, june = (closed(agreement, label=label) for label in ("2026-05", "2026-06"))

    # May 2 to 31: one of thirty days down.
    assert (may.period.lo, figure(may)) == (utc("2026-05-02T00:00"), Fraction(2900, 30))
    assert (june.period.lo, figure(june)) == (utc("2026-06-01T00:00"), 100)


def test_a_version_in_the_middle_of_a_month_splits_it():
    agreement, person = signed(kpi("ratio"))
    terms = make_terms(kpis=[kpi("ratio", target="90")], credits=[])
    middle = utc("2026-05-16T00:00")
    Version.objects.filter(agreement=agreement).update(effective_to=middle)
    make_version(agreement, state="executed", terms=terms, effective_from=middle, major=1, minor=1)
    actions.bind_executed(now=JUNE_9)
    rows = [share("2026-05-15T23:59:59", 95, 100), share("2026-05-16T00:00", 95, 100)]
    deliver(stream(agreement, "it"), rows, person, at=JUNE_9)
    actions.close_due(now=JUNE_9)

    found = PeriodResult.objects.filter(period__label="2026-05").order_by("period__lo")

    assert [(each.period.lo, each.period.hi, each.verdict) for each in found] == [
        (MAY, middle, "breached"), (middle, JUNE, "met"),
    ]


def composite(**kwargs):
    components = [{"kpi": "K1", "weight": "3"}, {"kpi": "K2", "weight": "1"}]
    return kpi("composite", "K9", indicator="index", params={
        "method": "weighted_mean", "components": components, "late_days": 2,
    } | kwargs, coverage="0.5")  # fmt: skip


def test_a_composite_is_closed_after_its_components_and_names_their_results():
    agreement, person = signed(kpi("ratio", "K1"), kpi("ratio", "K2", indicator="other"), composite())
    deliver(stream(agreement, "it"), [share("2026-05-04T10:00", 99, 100)], person, at=JUNE_9)
    deliver(stream(agreement, "other"), [share("2026-05-04T10:00", 95, 100)], person, at=JUNE_9)

    result = closed(agreement, "K9")

    assert figure(result) == 98
    cited = {each["key"]: each["sha256"] for each in result.inputs["components"]}
    assert cited == {key: closed(agreement, key).sha256 for key in ("K1", "K2")}


def test_a_composite_waits_for_a_late_component_and_then_goes_without():
    agreement, person = signed(kpi("ratio", "K1"), kpi("ratio", "K2", indicator="other"), composite())
    deliver(stream(agreement, "it"), [share("2026-05-04T10:00", 99, 100)], person, at=JUNE_9)
    stuck = Period.objects.get(target__key="K2", label="2026-05")
    Period.objects.filter(pk=stuck.pk).update(grace_until=utc("2026-07-01T00:00"))
    index = Period.objects.get(target__key="K9", label="2026-05")

    actions.close_due(now=index.grace_until + timedelta(days=2) - timedelta(seconds=1))
    assert not index.results.exists()
    actions.close_due(now=index.grace_until + timedelta(days=2))

    assert figure(index.results.get()) == 99
    assert index.results.get().outcome["coverage"] == "3/4"


def test_how_a_composite_stands_while_it_runs():
    agreement, person = signed(kpi("ratio", "K1"), kpi("ratio", "K2", indicator="other"), composite())
    deliver(stream(agreement, "it"), [share("2026-06-04T10:00", 99, 100)], person, at=JUNE_9)

    standings.refresh(now=JUNE_9)

    standing = Standing.objects.get(period__target__key="K9", period__label="2026-06")
    assert (standing.outcome["value"], standing.verdict) == ("99", "met")


def test_the_stream_of_an_index_takes_no_rows_and_owes_none():
    agreement, person = signed(kpi("ratio", "K1"), composite())
    index = Indicator.objects.get(key="index")

    with pytest.raises(actions.Refused):
        deliver(index, [value("2026-05-04T10:00", 1)], person, at=JUNE_9)
    assert {each.indicator_id for each in due.due(Indicator.objects.all(), JUNE_9)} == {stream(agreement, "it").pk}


def credited(rule, most="", **kwargs):
    """Two availabilities of one agreement missed in May: 10 % and 5 % of 1,000."""
    tiers = [t.Tier("0", "99", "10")], [t.Tier("0", "99", "0", "fixed", "50")]
    credits = [t.CreditTerm(key, "1000", own, **kwargs) for key, own in zip(("K1", "K2"), tiers, strict=True)]
    terms = make_terms(
        kpis=[kpi("ratio", "K1"), kpi("ratio", "K2")], credits=credits, crediting=t.Crediting(rule, most)
    )
    agreement = make_agreement(state="active")
    make_version(agreement, state="executed", terms=terms, effective_from=MAY)
    actions.bind_executed(now=JUNE_9)
    person = make_member(agreement.provider, "provider")
    deliver(stream(agreement, "it"), [share("2026-05-04T10:00", 90, 100)], person, at=JUNE_9)
    actions.close_due(now=JUNE_9)
    return [(credit.amount, credit.percent) for credit in Credit.objects.order_by("pk")]


@pytest.mark.parametrize("rule, most, minimum, amounts", [
    ("sum", "", "0", [(100, 10), (50, 5)]), ("largest", "", "0", [(100, 10)]),
    ("sum", "120", "0", [(100, 10), (20, 2)]),
    ("sum", "", "60", [(100, 10)]),
])  # fmt: skip
def test_credits_of_a_period_keep_to_their_common_rule(rule, most, minimum, amounts):
    assert credited(rule, most, minimum=minimum) == amounts


def test_a_new_edition_of_a_component_makes_a_new_one_of_the_composite():
    agreement, person = signed(kpi("ratio", "K1"), kpi("ratio", "K2", indicator="other"), composite())
    deliver(stream(agreement, "it"), [share("2026-05-04T10:00", 99, 100)], person, at=JUNE_9)
    deliver(stream(agreement, "other"), [share("2026-05-04T10:00", 95, 100)], person, at=JUNE_9)
    first, part = closed(agreement, "K9"), closed(agreement, "K1")
    deliver(stream(agreement, "it"), [share("2026-05-04T10:00", 95, 100)], person, at=JUNE_9, reason="Corrected")
    found = results.judge(part.period, known_until=facts.latest_delivery(part.period.target.indicator))
    PeriodResult.objects.create(
        period=part.period, edition=2, verdict=found.verdict, outcome=found.outcome, inputs=found.inputs,
        sha256=found.sha256, created_at=JUNE_9,
    )

    second = closed(agreement, "K9")
    third = closed(agreement, "K9")

    assert (figure(first), figure(second), second.edition, second.reason) == (98, 95, 2, "K1")
    assert third == second
    assert AuditEntry.objects.get(verb="result.reissued").data["supersedes"] == first.sha256


def test_composites_of_long_ago_are_looked_at_together(django_assert_num_queries):
    """A sweep with nothing to do asks as much after five months as after one: two queries are for the composites."""
    agreement, person = signed(kpi("ratio", "K1"), composite(), now=utc("2026-10-09T00:00"))
    for now, months in (("2026-06-09T00:00", 1), ("2026-10-09T00:00", 5)):
        actions.close_due(now=utc(now))
        assert PeriodResult.objects.filter(period__target__key="K9").count() == months
        with django_assert_num_queries(4):
            assert actions.close_due(now=utc(now)) == 0


def waiting(reason):
    """Half an hour in the first hour of the desk, then 48 h 59 min of desk hours to go."""
    text = f"2026-05-04T15:10Z/2026-05-04T15:40Z {reason}; 2026-05-04T15:20Z/2026-05-04T15:30Z {reason}"
    return pauses(None)(text)


@pytest.mark.parametrize("reason, verdict", [("client", "met"), ("holiday", "breached")])
def test_a_case_waits_only_for_the_reasons_of_the_signed_version(reason, verdict):
    """49 hours of the desk from Monday 15:00: seven days, to Tuesday 22:00; with the pause half an hour more."""
    agreement, person = signed(kpi("deadline", calendar="desk", params={"cohort": "closed_in", "priorities": [3]}))
    late = r.Case("INC-1", utc("2026-05-04T15:00"), 3, None, utc("2026-05-13T15:20"), waiting(reason))
    deliver(stream(agreement, "it"), [late], person, at=JUNE_9)

    result = closed(agreement)

    assert results.problems(result) == []
    assert result.verdict == verdict


def test_pauses_of_an_open_case_come_without_a_reason_and_of_a_closed_one_with_one():
    agreement, person = signed(kpi("deadline", calendar="desk", params={"cohort": "closed_in", "priorities": [3]}))
    it = stream(agreement, "it")
    opened = r.Case("INC-1", utc("2026-05-04T15:00"), 3)

    deliver(it, [opened], person, at=JUNE_9)
    assert deliver(it, [replace(opened, pauses=waiting("client"))], person, at=JUNE_9).revised == 1
    assert deliver(it, [replace(opened, pauses=waiting("client"))], person, at=JUNE_9).unchanged == 1
    done = replace(opened, closed_at=utc("2026-05-06T15:00"))
    deliver(it, [replace(done, pauses=waiting("client"))], person, at=JUNE_9)
    with pytest.raises(actions.Refused, match="reason"):
        deliver(it, [done], person, at=JUNE_9)


@pytest.mark.parametrize("cell", ["2026-05-04T15:00Z client", "2026-05-04T15:00Z/", "yesterday/ client", "/ client"])
def test_a_pause_that_cannot_be_read_is_refused(cell):
    with pytest.raises(Wrong):
        pauses(None)(cell)
