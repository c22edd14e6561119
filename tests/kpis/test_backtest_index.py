"""An index against past data: its parts are judged by the terms that are tried, and put together."""

from dataclasses import replace

import pytest
from django.urls import reverse

from kpis import actions, backtest
from kpis.models import PeriodResult
from tests.factories import make_member
from tests.kpis.build import case, deliver, observed, outage, stream, utc
from tests.kpis.test_kinds import kpi, signed

pytestmark = pytest.mark.django_db
AUGUST = utc("2026-08-20T12:00")
BOTH = [{"kpi": "K1", "weight": "1"}, {"kpi": "K2", "weight": "3"}]
INDEX = kpi("composite", "K9", indicator="index", target="90",
            params={"method": "weighted_mean", "components": BOTH, "late_days": 5})  # fmt: skip
K1 = kpi("uptime", indicator="log", target="99.5", calendar="always")
K2 = kpi("deadline", "K2", indicator="desk", target="95", params={"cohort": "closed_in", "priorities": [3]})


@pytest.fixture
def past():
    """June without cases, July without watching: each month has another gap."""
    agreement, person = signed(K1, K2, INDEX, now=AUGUST)
    rows = [observed("2026-05-01T00:00", "2026-07-01T00:00"), outage()]
    deliver(stream(agreement, "log"), rows, person, at=AUGUST)
    cases = [
        case("A", "2026-05-04T15:00", closed="2026-05-06T15:00"),
        case("B", "2026-05-04T15:00", closed="2026-05-29T15:00"),
        case("C", "2026-07-06T15:00", closed="2026-07-07T15:00"),
    ]  # fmt: skip
    deliver(stream(agreement, "desk"), cases, person, at=AUGUST)
    agreement.person = person
    return agreement


def tried(agreement, *, also=(), parts=None, **changes):
    terms = agreement.versions.get().read_terms()
    index = replace(terms.kpi("K9"), **changes)
    if parts is None:
        parts = backtest.part_streams(terms, index, agreement.provider_id, agreement.person, AUGUST)
    return backtest.run(terms, index, None, now=AUGUST, also=also, parts=parts)


def test_the_signed_index_gives_the_stored_results(past):
    actions.close_due(now=AUGUST)
    rows = PeriodResult.objects.filter(period__target__key="K9").values_list("period__label", "outcome")
    stored = {label: (outcome["verdict"], outcome["value"]) for label, outcome in rows}

    found = {
        each.window.label: (each.outcome.verdict, each.outcome.to_dict()["value"]) for each in tried(past).tried
    }

    assert set(found) == {"2026-05", "2026-06", "2026-07"} == set(stored)
    assert found == stored
    assert found["2026-05"][0] == "breached"


@pytest.mark.parametrize("method, verdict", [("worst_of", "breached"), ("series", "breached")])
def test_another_way_to_put_it_together_is_tried(past, method, verdict):
    found = tried(past, target="60", params=INDEX.params | {"method": method})

    assert found.tried[0].outcome.verdict == verdict
    assert tried(past, target="60").tried[0].outcome.verdict == "met"  # the mean is 62.29…


def test_what_it_says_and_what_would_have_been_met(past):
    found = tried(past, also=["50"])

    assert found.sentence == "Would have missed 1 of the last 1 month; 2 more had not enough data."
    assert [(each.met, each.judged) for each in found.others] == [(1, 1)]
    assert found.strictest.said.startswith("≥")


@pytest.mark.parametrize(
    "params",
    [{}, {"components": "K1"}, {"components": [{"kpi": "K9", "weight": "1"}], "method": "series"},
     {"components": [{"kpi": "K1", "weight": "x"}], "method": "series"},
     {"components": [{"kpi": "K1", "weight": "0"}], "method": "series"},
     {"components": [{"weight": "1"}], "method": "series"}, {"components": [None], "method": "series"},
     {"components": [{"kpi": "K1", "weight": "1"}], "method": "median"}],
)  # fmt: skip
def test_an_index_that_nobody_can_read_is_untried(past, params):
    with pytest.raises(backtest.Untried):
        tried(past, params=params)


def test_nothing_measured_is_said(past):
    assert tried(past, parts={}).sentence.startswith("No past data: none of the KPIs")


def test_the_page_and_the_editor_s_card(client, past):
    client.force_login(make_member(past.provider, "manager"))
    url = reverse("kpis:backtest", args=[past.reference, "v1.0"])

    answer = client.get(f"{url}?kpi=K9")

    assert answer.status_code == 200
    assert "Would have missed 1 of the last 1 month" in answer.content.decode()
