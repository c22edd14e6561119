import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import Role
from agreements import grants
from reports import actions, needs
from reports.models import Report
from tests.factories import make_member
from tests.reports.rows import CLOSED, HOUR, make_agreed, put_report

pytestmark = pytest.mark.django_db


def person(report, name="Amara Lindqvist"):
    return report.receipts.get(user__name=name).user


def asked(user):
    return needs.for_user(user, grants.load(user, CLOSED), CLOSED)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("page", "queries"), [("index", 7), ("agreement", 8)])
def test_lists_ask_the_same_number_of_queries(client, django_assert_num_queries, page, queries, count):
    agreed = make_agreed()
    for label in ["2026-05", "2026-04", "2026-03"][:count]:
        report = put_report(label, agreed)
    client.force_login(person(report))
    url = reverse(f"reports:{page}", args=[report.agreement.reference] if page == "agreement" else [])

    with django_assert_num_queries(queries + (connection.vendor == "postgresql")):  # its clock is asked
        response = client.get(url)

    assert response.content.decode().count("sp-ttl") == count


def test_the_page_says_what_the_pdf_says_and_notes_the_opening(client):
    report = put_report()
    client.force_login(person(report))

    text = client.get(report.get_absolute_url()).content.decode()

    for said in ("Red: 2 of 4 missed", "99.16\xa0%", "66.66\xa0%", "6\xa0h 10", "125.00 EUR", report.facts_sha256):
        assert said in text or said.replace("\xa0", " ") in text.replace("\xa0", " "), said
    assert person(report).pk and report.receipts.get(user=person(report)).opened_at is not None
    assert report.receipts.filter(opened_at=None).count() == 1


def test_confirming_ends_the_need(client):
    report = put_report()
    amara = person(report)
    assert [each.key for each in asked(amara)] == [f"report:{report.pk}:confirm"]
    client.force_login(amara)

    answer = client.post(reverse("reports:acknowledge", args=[report.number]), {"remark": ""}, follow=True)

    assert "Confirmed. The provider sees it." in answer.content.decode()
    assert asked(amara) == []
    again = client.post(reverse("reports:acknowledge", args=[report.number]), {"remark": ""}, follow=True)
    assert "Somebody was faster" in again.content.decode()


def test_a_dispute_without_a_word_stays_on_the_page(client):
    report = put_report()
    client.force_login(person(report))
    url = reverse("reports:dispute", args=[report.number])

    assert client.post(url, {"dispute-remark": " "}).status_code == 422
    assert client.post(url, {"dispute-remark": "We measured 98.7 %."}).status_code == 302
    assert Report.objects.get(pk=report.pk).state == "disputed"
    assert [each.key for each in asked(report.agreement.owner)] == [f"report:{report.pk}:disputed"]


def test_the_provider_is_not_asked_to_confirm():
    report = put_report()
    assert asked(report.agreement.owner) == []
    assert asked(make_member(report.agreement.client, Role.AUDITOR)) == []


def test_editions_can_both_be_read(client):
    report = put_report()
    actions.reissue(report, reason="An outage came late.", actor=report.agreement.owner, at=CLOSED + HOUR)
    client.force_login(person(report))

    newest = client.get(report.get_absolute_url()).content.decode()
    first = client.get(report.get_absolute_url() + "?edition=1").content.decode()

    assert "There is a newer edition" not in newest
    assert "There is a newer edition" in first
    assert client.get(report.get_absolute_url() + "?edition=7").status_code == 404
