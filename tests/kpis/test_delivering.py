import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kpis import actions
from kpis.models import Case, Delivery, HeldFile, Indicator, ObservedSpan, Outage
from records import vault
from records.models import AuditEntry, Document
from tests.factories import make_member
from tests.kpis.build import JULY, case, deliver, make_bound, stream, utc

pytestmark = pytest.mark.django_db
GOOD = "number,opened_at,resolved_at,closed_at,priority\nINC-1,2026-05-04T15:00Z,,2026-05-06T16:30Z,3\n"
MIXED = GOOD + "INC-2,2026-05-04T15:00Z,,2026-05-03T16:30Z,3\nINC-3,never,,,3\n"


@pytest.fixture(autouse=True)
def _july(monkeypatch):
    monkeypatch.setattr("records.clock.now", lambda: JULY)
    monkeypatch.setattr("slaportal.middleware.clock.now", lambda: JULY)


@pytest.fixture
def desk(client):
    agreement, person = make_bound()
    client.force_login(person)
    return stream(agreement, "desk-cases")


def send(client, indicator, text, **data):
    data |= {"file": SimpleUploadedFile("cases.csv", text.encode())}
    return client.post(reverse("kpis:upload", args=[indicator.pk]), data)


def take(client, indicator, **data):
    return client.post(reverse("kpis:check", args=[indicator.pk]), data)


def test_a_file_is_held_looked_at_and_taken_in(client, desk):
    answer = send(client, desk, GOOD)

    assert answer.url == reverse("kpis:check", args=[desk.pk])
    assert not Case.objects.exists()
    assert "Every row can be taken in" in client.get(answer.url).content.decode()

    answer = take(client, desk)
    delivery = Delivery.objects.get()
    assert answer.url == reverse("kpis:delivery", args=[delivery.pk])
    assert (delivery.added, delivery.door) == (1, "upload")
    assert vault.read(delivery.document.sha256) == GOOD.encode()
    assert not HeldFile.objects.exists()
    assert client.get(answer.url).status_code == 200


def test_wrong_rows_are_listed_and_nothing_is_saved(client, desk):
    send(client, desk, MIXED)

    page = client.get(reverse("kpis:check", args=[desk.pk])).content.decode()
    answer = take(client, desk)

    assert "There is a problem with 2 of 3 rows" in page
    assert "Is earlier than opened_at." in page
    assert answer.status_code == 422
    assert not Case.objects.exists() and HeldFile.objects.count() == 1


def test_the_good_rows_alone(client, desk):
    send(client, desk, MIXED)

    take(client, desk, only_good="1")

    delivery = Delivery.objects.get()
    assert (delivery.rows, delivery.added, delivery.refused) == (3, 1, 2)


def test_the_errors_as_a_file_that_no_spreadsheet_runs(client, desk):
    send(client, desk, GOOD + "=1+1,2026-05-04T15:00Z,,=2+2,3\n")

    answer = client.get(reverse("kpis:errors", args=[desk.pk]))

    lines = answer.content.decode().splitlines()
    assert lines[0] == "row,column,value,reason"
    assert lines[1].startswith("3,closed_at,'=2+2,")


def test_a_correction_asks_for_its_reason(client, desk):
    person = make_member(desk.organisation, "provider")
    deliver(desk, [case(closed="2026-05-06T15:00")], person, source=desk.log_name)
    send(client, desk, GOOD)

    assert take(client, desk).status_code == 422
    assert take(client, desk, reason="Closed twice").status_code == 302

    assert Delivery.objects.latest("pk").revised == 1


@pytest.mark.parametrize("text", ["\x00", "a,b\x00", "\"open"])
def test_a_file_that_is_no_table_is_refused_at_once(client, desk, text):
    answer = send(client, desk, text)

    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]
    assert not HeldFile.objects.exists()


def test_a_file_without_offsets_is_read_in_the_chosen_zone(client, desk):
    send(client, desk, GOOD.replace("Z", ""), timezone="Europe/Brussels")
    take(client, desk)

    assert Case.objects.get().at == utc("2026-05-04T13:00")


def test_another_file_takes_the_place_of_the_first(client, desk):
    send(client, desk, MIXED)
    send(client, desk, GOOD)

    assert HeldFile.objects.count() == 1
    assert AuditEntry.objects.filter(verb="data.held").count() == 2
    take(client, desk)
    assert Case.objects.count() == 1


def test_a_file_taken_in_already_says_so(client, desk):
    send(client, desk, GOOD)
    held = HeldFile.objects.get()
    take(client, desk)

    with pytest.raises(HeldFile.DoesNotExist):
        actions.decide_held(held, actor=held.by, at=JULY)
    assert take(client, desk).url == reverse("kpis:upload", args=[desk.pk])


@pytest.fixture
def log(client):
    agreement, person = make_bound()
    client.force_login(person)
    return stream(agreement, "canvas-lms")


WATCHED = {"observed_from": "2026-05-01T00:00", "observed_until": "2026-06-01T00:00", "timezone": "UTC"}


def test_an_outage_log_says_what_it_watched(client, log):
    send(client, log, "down_at,up_at\n2026-05-07T20:50:59Z,2026-05-08T03:01:43Z\n", **WATCHED)
    take(client, log)

    assert Outage.objects.get().until == utc("2026-05-08T03:01:43")
    assert ObservedSpan.objects.get().until == utc("2026-06-01T00:00")


def test_a_month_without_outage_needs_no_file(client, log):
    answer = client.post(reverse("kpis:upload", args=[log.pk]), WATCHED)
    assert answer.status_code == 302, answer.content.decode()
    take(client, log)

    assert ObservedSpan.objects.exists()
    assert not Document.objects.exists()


@pytest.mark.parametrize("wrong, name", [
    ({"observed_until": "2026-05-01T00:00"}, "observed_until"),
    ({"observed_from": "31/02/2026"}, "observed_from"),
    ({"observed_until": ""}, "observed_until"),
    ({"timezone": "Mars"}, "timezone"),
])
def test_a_wrong_span_is_said_beside_its_field(client, log, wrong, name):
    answer = client.post(reverse("kpis:upload", args=[log.pk]), WATCHED | wrong)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [name]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_for_any_number_of_streams(client, django_assert_num_queries, count):
    agreement, person = make_bound()
    for n in range(count - 1):
        make_bound(provider=agreement.provider, owner=agreement.owner)
        Indicator.objects.create(organisation=agreement.provider, key=f"s{n}", name=f"S{n}", kind="cases")
    client.force_login(person)

    with django_assert_num_queries(13):
        answer = client.get(reverse("kpis:deliver"))

    assert answer.status_code == 200


def test_the_list_says_what_is_due(client, desk):
    page = client.get(reverse("kpis:deliver")).content.decode()

    assert page.count("2026-05") > 0
    assert "Never" in page


def test_who_may_only_read_is_not_led_to_a_form(client, desk):
    send(client, desk, GOOD)
    page = take(client, desk).url
    form = reverse("kpis:upload", args=[desk.pk])
    assert form in client.get(page).content.decode()

    client.force_login(make_member(desk.organisation, "auditor"))
    assert form not in client.get(page).content.decode()
