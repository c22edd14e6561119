from copy import deepcopy
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from kpis import actions, board, outlook, standings
from kpis.models import Credit, Period, PeriodResult
from records.models import AuditEntry
from tests.factories import make_agreement, make_member, make_version
from tests.flush import triggers_off
from tests.kpis import real
from tests.kpis.build import JULY, case, deliver, make_bound, observed, outage, sample, stream, utc

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("measured_once")]
MAY, JUNE, END = utc("2026-05-01T00:00"), utc("2026-06-01T00:00"), utc("2026-07-01T00:00")


@pytest.fixture(autouse=True)
def _july(monkeypatch):
    monkeypatch.setattr("records.clock.now", lambda: JULY)
    monkeypatch.setattr("slaportal.middleware.clock.now", lambda: JULY)


@pytest.fixture(scope="module")
def measured_once(module_db):
    """May closed, June over but not closed, July running without data; and one of the client."""
    agreement, person = make_bound()
    deliver(stream(agreement, "canvas-lms"), real.outage_rows("canvas-lms", MAY, END), person)
    rows = [
        case("INC-1", closed="2026-05-06T15:00"),
        case("INC-2", closed="2026-05-30T15:00"),
        case("INC-3", priority=1, resolved="2026-05-06T15:00", closed="2026-05-06T15:00"),
        case("INC-4", "2026-06-01T15:00", "2026-06-02T15:00"),
    ]
    deliver(stream(agreement, "desk-cases"), rows, person)
    deliver(stream(agreement, "satisfaction"), [sample(value="4"), sample(value="3", who="8")], person)
    Period.objects.filter(label="2026-06").update(grace_until=JULY + timedelta(days=1))
    actions.close_due(now=JULY)
    return agreement, make_member(agreement.client, "client")


@pytest.fixture
def agreement(measured_once, client, db):
    agreement, reader = deepcopy(measured_once)
    client.force_login(reader)
    return agreement


def page(client, name, *args, query=""):
    answer = client.get(reverse(name, args=args) + query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def test_the_list_counts_this_month_and_the_one_before(client, agreement):
    standings.refresh(now=JULY)

    answer = client.get(reverse("kpis:index"))

    (row,) = answer.context["rows"]
    assert row["before"] == {"missed": 1, "at_risk": 0, "met": 1, "no_data": 2}
    assert row["now"] == {"missed": 0, "at_risk": 0, "met": 0, "no_data": 4}


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_for_any_number(client, django_assert_num_queries, count):
    agreement, person = make_bound()
    for _ in range(count - 1):
        make_bound(provider=agreement.provider, owner=agreement.owner)
    client.force_login(person)

    with django_assert_num_queries(9):
        client.get(reverse("kpis:index"))


def test_a_closed_month_shows_its_results(client, agreement):
    text = page(client, "kpis:dashboard", agreement.reference, query="?month=2026-05")

    assert "3 of 4 missed, 1 met." in text
    assert "99.16 %" in text  # 99.1695… is cut, not rounded
    assert "1 of 2 in time" in text
    assert "125.00 EUR" in text


def test_an_ended_month_is_provisional(client, agreement):
    text = page(client, "kpis:dashboard", agreement.reference, query="?month=2026-06")

    assert "1 of 4 missed, 1 met, 2 without enough data." in text
    assert text.count("provisional") == 4


def test_the_month_before_is_shown_while_this_one_has_no_figure(client, agreement):
    standings.refresh(now=JULY)
    assert "June 2026</h2>" in page(client, "kpis:dashboard", agreement.reference)

    log = [observed("2026-07-01T00:00", "2026-07-03T12:00")]
    deliver(stream(agreement, "canvas-lms"), log, make_member(agreement.provider, "provider"))
    standings.refresh(now=JULY)

    text = page(client, "kpis:dashboard", agreement.reference)
    assert "July 2026</h2>" in text
    assert "Day 3 of 31." in text


def test_the_twelve_months_hold_results_and_what_is_provisional(client, agreement):
    answer = client.get(reverse("kpis:dashboard", args=[agreement.reference]) + "?month=2026-06")

    cells = {
        row["target"].key: [one["cell"].text for one in row["cells"]] for row in answer.context["heat"]
    }
    assert cells["K1"][-2:] == ["×\N{NO-BREAK SPACE}99.16", "×\N{NO-BREAK SPACE}99.32"]
    assert cells["K1"][:-2] == ["–"] * 10
    urls = [one["url"].partition("/K1/")[2] for one in answer.context["heat"][0]["cells"]]
    assert urls[-3:] == ["", "?period=2026-05", "?period=2026-06"]
    assert cells["K4"][-2:] == ["×\N{NO-BREAK SPACE}3.5", "–"]


@pytest.mark.parametrize("query", ["?month=2026-04", "?month=x", "?month=2026-Q2"])
def test_a_month_without_period_is_not_found(client, agreement, query):
    assert client.get(reverse("kpis:dashboard", args=[agreement.reference]) + query).status_code == 404


@pytest.mark.parametrize("query", ["?period=2026-04", "?period=", "?period=x", "?period=2026-05&page=x&part=9"])
def test_odd_addresses_of_a_kpi(client, agreement, query):
    answer = client.get(reverse("kpis:kpi", args=[agreement.reference, "K1"]) + query)

    assert answer.status_code == (404 if query in ("?period=2026-04", "?period=x") else 200)


def test_an_unknown_kpi_is_not_found(client, agreement):
    assert client.get(reverse("kpis:kpi", args=[agreement.reference, "K9"])).status_code == 404


def test_the_page_of_an_availability(client, agreement):
    text = page(client, "kpis:kpi", agreement.reference, "K1", query="?period=2026-05")

    assert "99.16" in text and "≥ 99.5 %" in text
    assert "6 h 10 min 44 s" in text
    result = PeriodResult.objects.get(period__target__key="K1")
    assert result.sha256 in text and result.inputs["terms_sha256"] in text
    assert "Work it out again" in text


def test_the_days_of_an_outage_are_those_of_the_zone(client, agreement):
    answer = client.get(reverse("kpis:kpi", args=[agreement.reference, "K1"]) + "?period=2026-05")

    chart = answer.context["chart"]
    rows = [(str(row["day"]), row["said"].replace("\N{NO-BREAK SPACE}", " ")) for row in chart["rows"]]
    assert rows == [("2026-05-07", "3 h 9 min 1 s"), ("2026-05-08", "3 h 1 min 43 s")]
    assert chart["quiet"] == 29


def test_the_page_of_a_share_names_the_late_cases(client, agreement):
    text = page(client, "kpis:kpi", agreement.reference, "K2", query="?period=2026-05")

    assert "50.00" in text and "INC-2" in text and "INC-1" not in text
    assert "49 h" in text


def test_late_cases_come_in_pages(client, agreement):
    rows = [case(f"L-{n:03}", "2026-06-01T15:00", "2026-06-30T15:00") for n in range(60)]
    deliver(stream(agreement, "desk-cases"), rows, make_member(agreement.provider, "provider"))
    url = reverse("kpis:kpi", args=[agreement.reference, "K2"]) + "?period=2026-06"

    first, last = client.get(url), client.get(url + "&page=3")

    assert len(first.context["page"].object_list) == 25
    assert len(last.context["page"].object_list) == 10
    assert last.context["page"].object_list[-1]["case"].external_id == "L-059"


@pytest.mark.parametrize("key, words", [("K3", "Without a value"), ("K4", "3.5")])
def test_the_pages_of_values_and_answers(client, agreement, key, words):
    assert words in page(client, "kpis:kpi", agreement.reference, key, query="?period=2026-05")


def test_no_page_takes_more_than_25_queries(client, agreement, django_assert_max_num_queries):
    for url in [
        reverse("kpis:dashboard", args=[agreement.reference]) + "?month=2026-06",
        *[reverse("kpis:kpi", args=[agreement.reference, f"K{n}"]) + "?period=2026-06" for n in (1, 2, 3, 4)],
    ]:
        with django_assert_max_num_queries(25):
            client.get(url)


def recompute(client, agreement, pk):
    return client.post(reverse("kpis:recompute", args=[agreement.reference, "K1"]), {"result": pk}, follow=True)


def test_a_result_is_worked_out_again(client, agreement):
    result = PeriodResult.objects.get(period__target__key="K1")

    text = recompute(client, agreement, result.pk).content.decode()

    assert "the same result, byte for byte" in text
    assert AuditEntry.objects.get(verb="result.recomputed").data["problems"] == []


def test_a_changed_row_gives_a_different_result(client, agreement):
    result = PeriodResult.objects.get(period__target__key="K1")
    with triggers_off(connection), connection.cursor() as cursor:
        cursor.execute("DELETE FROM kpis_outage")

    assert "a DIFFERENT result" in recompute(client, agreement, result.pk).content.decode()
    assert AuditEntry.objects.get(verb="result.recomputed").data["problems"] != []


def test_the_client_agrees_to_a_credit(client, agreement):
    credit = Credit.objects.get()

    client.post(reverse("kpis:agree_credit", args=[credit.pk]))
    again = client.post(reverse("kpis:agree_credit", args=[credit.pk]), follow=True)

    assert Credit.objects.get().state == "agreed"
    assert "Somebody was faster" in again.content.decode()


def test_a_refusal_needs_its_reason(client, agreement):
    url = reverse("kpis:refuse_credit", args=[Credit.objects.get().pk])

    assert client.post(url, {"reason": " "}).status_code == 422
    client.post(url, {"reason": "The outage was worse"})

    assert Credit.objects.get().reason == "The outage was worse"


def test_an_agreement_without_figures_says_what_comes(client):
    agreement = make_agreement()
    client.force_login(agreement.owner)

    assert "Nothing is measured yet" in page(client, "kpis:dashboard", agreement.reference)


def test_two_versions_in_a_month_are_two_parts(client):
    agreement, person = make_bound()
    version, edge = agreement.versions.get(), utc("2026-07-02T00:00")
    version.effective_to = edge
    version.save(update_fields=["effective_to"])
    make_version(agreement, state="executed", minor=1, effective_from=edge, base=version)
    actions.bind_executed(now=JULY)
    deliver(stream(agreement, "canvas-lms"), [observed("2026-07-01T00:00", "2026-07-03T00:00"), outage()], person)
    client.force_login(person)

    text = page(client, "kpis:kpi", agreement.reference, "K1", query="?period=2026-07&part=1")
    assert "v1.0" in text and "v1.1" in text
    assert page(client, "kpis:dashboard", agreement.reference, query="?month=2026-07").count("Availability") > 2


def test_a_running_availability_says_where_it_is_heading(client, agreement):
    now = utc("2026-07-10T00:00")
    log = stream(agreement, "canvas-lms")
    person = make_member(agreement.provider, "provider")
    rows = [outage("2026-07-09T20:00", "2026-07-10T00:00"), observed("2026-07-01T00:00", "2026-07-10T00:00")]
    deliver(log, rows, person, at=now)
    found = board.kpi_readings(agreement, "K1", "2026-07", now)[-1]

    seen = outlook.of(found)

    # 4 of 216 hours, of which 3 h 43 min were allowed in the whole month: lost, and it burns still.
    assert [each.replace("\N{NO-BREAK SPACE}", " ") for each in (seen.best, seen.expected)] == ["99.46 %", "98.14 %"]
    assert not seen.probable_loss  # it is certain already
    assert [each["rate"] for each in seen.alerts] == ["200.0", "133.3", "33.3", "11.1"]
    assert seen.firing


def test_a_closed_period_and_another_kind_have_no_outlook(client, agreement):
    for key, label in (("K1", "2026-05"), ("K2", "2026-07")):
        assert outlook.of(board.kpi_readings(agreement, key, label, JULY)[-1]) is None


def test_the_page_of_a_running_availability_shows_its_outlook(client, agreement):
    rows = [outage("2026-07-03T10:00", "2026-07-03T11:00"), observed("2026-07-01T00:00", "2026-07-03T12:00")]
    deliver(stream(agreement, "canvas-lms"), rows, make_member(agreement.provider, "provider"))

    seen = page(client, "kpis:kpi", agreement.reference, "K1", query="?period=2026-07")

    assert "Where it is heading" in seen and "a forecast, no verdict" in seen
    assert "At this pace the target will be missed." in seen


def test_how_an_agreement_stands_as_a_page_and_as_a_card(client, agreement, django_assert_max_num_queries):
    url = reverse("kpis:standing", args=[agreement.reference])

    with django_assert_max_num_queries(25):
        whole = client.get(url)
    card = client.get(url, headers={"HX-Request": "true"})

    for answer in (whole, card):
        text = answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")
        assert "1 of 4 missed, 1 met, 2 without enough data." in text and "99.32 %" in text
    assert "<html" in whole.content.decode() and "<html" not in card.content.decode()
