"""A target on past data: the same verdicts as the real close, and what people read of it."""

from copy import deepcopy
from dataclasses import replace

import pytest
from django.urls import reverse

from agreements import actions as agreements
from agreements.forms.kpis import typed
from agreements.models import Version
from kpis import actions, backtest
from kpis.models import PeriodResult
from tests.agreements.pages import opened, posted
from tests.factories import make_member, make_terms
from tests.kpis.build import case, deliver, make_bound, make_executed, observed, outage, sample, stream, utc

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("past_once")]
SEPTEMBER = utc("2026-09-20T12:00")
AUGUST_15 = utc("2026-08-15T12:00")


@pytest.fixture(scope="module")
def past_once(module_db):
    """Five months of outages and cases under signed terms, with what makes a close hard."""
    agreement, who = make_bound(now=SEPTEMBER)
    rows = [
        observed(until="2026-07-10T00:00"),
        observed(since="2026-07-20T00:00", until="2026-09-01T00:00"),
        outage(),
        outage("2026-06-30T22:00:00", "2026-07-01T01:00:00"),
        outage("2026-08-08T00:00:00", "2026-08-08T01:00:00"),
        outage("2026-08-31T20:00:00", None),
    ]
    deliver(stream(agreement, "canvas-lms"), rows, who, at=SEPTEMBER)
    cases = [
        case("A", "2026-05-04T15:00", closed="2026-05-06T15:00", resolved="2026-05-05T15:00"),
        case("B", "2026-05-04T15:00", closed="2026-08-03T15:00", resolved="2026-05-08T15:00"),  # past due since May
        case("C", "2026-06-29T15:00", closed="2026-07-20T15:00", resolved="2026-07-02T15:00"),
        case("D", "2026-07-27T15:00"),
        case("E", "2026-08-03T15:00", closed="2026-08-04T15:00", resolved="2026-08-04T15:00", priority=1),
    ]
    deliver(stream(agreement, "desk-cases"), cases, who, at=SEPTEMBER)
    deliver(stream(agreement, "satisfaction"), [sample(), sample("2026-06-30T23:59:59", "3.9")], who, at=SEPTEMBER)
    return agreement, who


@pytest.fixture
def past(past_once, db):
    return deepcopy(past_once)


def tried(agreement, key, *, now=SEPTEMBER, also=(), **changes):
    terms = agreement.versions.get().read_terms()
    kpi = replace(terms.kpi(key), **changes)
    return backtest.run(terms, kpi, stream(agreement, kpi.indicator), now=now, also=also)


@pytest.mark.parametrize("key", ["K1", "K2", "K3", "K4"])
def test_the_signed_target_gives_the_stored_results(past, key):
    agreement, _who = past
    actions.close_due(now=SEPTEMBER)
    stored = {
        result.period.label: result.outcome
        for result in PeriodResult.objects.filter(period__target__key=key).select_related("period")
    }

    found = {each.window.label: each.outcome.to_dict() for each in tried(agreement, key).tried}

    assert len(found) >= 3
    assert found == {label: stored[label] for label in found}
    assert {"2026-05", "2026-06", "2026-07", "2026-08"} == set(stored)


def test_a_case_counted_before_the_twelve_months_counts_no_second_time(past):
    """Seen fourteen months on, May 2026 lies before the strip; the case that was late then was closed within it."""
    agreement, who = past
    late = [
        case("X", "2026-07-01T15:00", closed="2026-10-05T15:00"),
        case("Y", "2026-10-05T15:00", closed="2026-10-06T15:00"),
    ]
    deliver(stream(agreement, "desk-cases"), late, who, at=utc("2027-10-03T00:00"))

    october = tried(agreement, "K2", now=utc("2027-10-03T00:00")).tried[0]

    assert october.window.label == "2026-10"
    assert october.outcome.measured.figures["already_missed"] == ["X"]
    assert october.outcome.verdict == "met"


def test_what_it_says(past):
    agreement, _who = past
    found = tried(agreement, "K1", target="99.8", also=["99.5", "99.8"])

    assert [each.outcome.verdict for each in found.tried] == ["breached", "breached", "insufficient_data", "breached"]
    assert found.sentence == "Would have missed 3 of the last 3 months; 1 more had not enough data."
    assert [(each.said, each.met, each.judged) for each in found.others] == [
        ("≥\N{NO-BREAK SPACE}99.5\N{NO-BREAK SPACE}%", 1, 3)
    ]
    assert (found.strictest.said, found.strictest.met) == ("≥\N{NO-BREAK SPACE}99.16\N{NO-BREAK SPACE}%", 3)
    assert [(cell.text, cell.missed) for cell in found.cells][0] == ("×\N{NO-BREAK SPACE}99.16", True)


def test_one_more_digit_than_the_strictest_is_missed(past):
    agreement, _who = past

    assert tried(agreement, "K1", target="99.16").missed == 0
    assert tried(agreement, "K1", target="99.17").missed == 1


def test_periods_without_enough_data_are_counted_by_themselves(past):
    agreement, _who = past
    found = tried(agreement, "K4")

    assert [each.outcome.verdict for each in found.tried] == ["met", "breached", *["insufficient_data"] * 2]
    assert (found.met, found.missed, found.insufficient) == (1, 1, 2)
    assert found.sentence == "Would have missed 1 of the last 2 months; 2 more had not enough data."


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"target": "99"}, "Would have met the last 2 months; 1 more had not enough data."),
        ({"period": "quarter"}, "1 quarter without enough data: nothing can be said."),
        ({"missing": "bad"}, "Would have missed 2 of the last 3 months."),
        ({"coverage": "0.5"}, "Would have missed 1 of the last 3 months."),
    ],
)
def test_other_terms_are_tried_as_well(past, changes, says):
    assert tried(past[0], "K1", now=AUGUST_15, **changes).sentence == says


def test_no_past_data():
    agreement, _who = make_executed(make_terms(), now=SEPTEMBER)
    assert tried(agreement, "K1").sentence == "No past data: nothing was delivered for “canvas-lms” yet."
    terms = agreement.versions.get().read_terms()
    assert not backtest.run(terms, terms.kpi("K1"), None, now=SEPTEMBER).tried


@pytest.mark.parametrize(
    "changes",
    [
        {"target": "soon"}, {"target": "101"}, {"calendar": "gone"}, {"kind": "deadline"}, {"op": "="},
        {"period": "week"},
    ],
)
def test_what_cannot_be_computed_is_no_verdict(past, changes):
    with pytest.raises(backtest.Untried):
        tried(past[0], "K1", **changes)
    with pytest.raises(backtest.Untried):
        tried(past[0], "K3", unit="weeks")


def change(agreement, **values):
    draft = agreements.amend(
        agreement, reason="business", reason_text="Better", actor=agreement.owner, at=AUGUST_15
    )
    terms = draft.read_terms()
    for name, value in values.items():
        setattr(terms.kpis[0], name, value)
    return agreements.save_terms(draft, terms=terms, revision=1, actor=agreement.owner, at=AUGUST_15)


def ask(client, person, version, **data):
    client.force_login(person)
    url = reverse("kpis:backtest", args=[version.agreement.reference, version.label])
    return client.get(url, data, headers={"HX-Request": "true"})


def fields(version, row=0, **typed):
    """One row of the editor's KPIs, as it would be sent while it is typed."""
    sent = posted(opened("kpis", version.read_terms()))
    start = f"kpis-{row}-"
    return {name: value for name, value in sent.items() if name.startswith(start)} | {
        start + name: value for name, value in typed.items()
    }


def test_what_is_typed_is_tried(client, past):
    draft = change(past[0])
    page = ask(client, past[0].owner, draft, **fields(draft, target="99.9")).content.decode()

    assert "Would have missed" in page and "<html" not in page
    assert "The target in force" in page


@pytest.mark.parametrize("row", range(4))
def test_an_untouched_row_is_the_kpi_of_the_draft(past, row):
    draft = change(past[0])
    terms = draft.read_terms()

    assert typed(terms, fields(draft, row)) == terms.kpis[row]


@pytest.mark.parametrize("name", ["target", "unit", "indicator", "coverage", "period"])
def test_half_typed_fields_are_calm(client, past, name):
    draft = change(past[0])
    answer = ask(client, past[0].owner, draft, **fields(draft, **{name: ""}))

    assert answer.status_code == 200
    assert "as soon as it can be read" in answer.content.decode()


def test_a_name_that_is_missing_keeps_nothing_from_being_tried(client, past):
    draft = change(past[0])
    assert "Would have" in ask(client, past[0].owner, draft, **fields(draft, name="", source="")).content.decode()


def test_nothing_sent_is_calm_and_an_unknown_kpi_is_not_found(client, past):
    draft = change(past[0])
    assert "as soon as it can be read" in ask(client, past[0].owner, draft).content.decode()
    assert ask(client, past[0].owner, draft, kpi="K77").status_code == 404


def test_the_client_sees_only_figures_it_is_promised(client, past):
    """A stream that feeds none of the client's agreements stays the provider's own."""
    agreement, _who = past
    head = make_member(agreement.client, "client")
    draft = change(agreement)
    assert ask(client, head, draft, kpi="K1").status_code == 403  # nobody showed it to them yet

    Version.objects.filter(pk=draft.pk).update(state="in_review")
    draft.drafts.create(number=1, terms=draft.terms, sent_at=AUGUST_15, sent_by=agreement.owner)
    assert "Would have" in ask(client, head, draft, kpi="K1").content.decode()

    other, who = make_executed(make_terms(kpis=[replace(make_terms().kpis[0], indicator="other-log")]), now=SEPTEMBER)
    hidden = stream(other, "other-log")
    hidden.organisation = agreement.provider
    hidden.save()
    deliver(hidden, [observed(until="2026-09-01T00:00")], who, at=SEPTEMBER)
    page = ask(client, head, draft, **fields(draft, indicator="other-log")).content.decode()
    assert "No past data" in page
    assert "Would have" in ask(client, agreement.owner, draft, **fields(draft, indicator="other-log")).content.decode()


@pytest.mark.parametrize(("key", "count"), [("K1", 2 + 2 * 4), ("K2", 1 + 1 + 4), ("K3", 1 + 4), ("K4", 1 + 4)])
def test_other_targets_ask_nothing_more(past, key, count, django_assert_num_queries):
    """When the stream began, what was late before, then each period's facts: an outage log has two lists."""
    terms = past[0].versions.get().read_terms()
    kpi = terms.kpi(key)
    indicator = stream(past[0], kpi.indicator)
    with django_assert_num_queries(count):
        backtest.run(terms, kpi, indicator, now=SEPTEMBER, also=["99.9", "99"])
