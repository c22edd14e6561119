"""The records room and the audit trail: what is found, by whom, and that each opening is an entry."""

import pytest
from django.db import connection
from django.urls import reverse

from agreements import search
from records import audit, vault
from records.models import AuditEntry
from tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world_once")]


def found(client, person, **query):
    client.force_login(person)
    return list(client.get(reverse("records:index"), query).context["page"])


@pytest.mark.parametrize("q", ["minutes", "REV-2026-01", "maintenance window", "SUNDAY"])
def test_a_document_is_found_by_title_number_and_words(client, world, q):
    assert world.document in found(client, world.client, q=q)


def test_a_document_is_found_by_its_hash(client, world):
    assert found(client, world.client, q=world.document.sha256) == [world.document]


def test_every_word_must_occur(client, world):
    assert found(client, world.client, q="maintenance Saturday") == []


def test_the_kind_narrows(client, world):
    assert world.document in found(client, world.client, kind="minutes")
    assert world.document not in found(client, world.client, kind="signed")


def test_agreements_and_breaches_are_found_beside(client, world):
    client.force_login(world.client)
    context = client.get(reverse("records:index"), {"q": world.breach.number}).context
    assert list(context["breaches"]) == [world.breach]
    context = client.get(reverse("records:index"), {"q": world.agreement.reference}).context
    assert list(context["agreements"]) == [world.agreement]


def test_the_words_of_an_agreement_are_found_with_their_place(client, world):
    search.refresh()
    client.force_login(world.client)
    answer = client.get(reverse("records:index"), {"q": "service desk answers"})
    urls = [each["url"] for each in answer.context["hits"]]
    assert world.version.get_absolute_url() + "#clause-support" in urls
    assert "<mark>service</mark> <mark>desk</mark> <mark>answers</mark>" in answer.content.decode()
    client.force_login(world.stranger)
    assert client.get(reverse("records:index"), {"q": "service desk answers"}).context["hits"] == []


def test_a_stranger_finds_nothing(client, world):
    assert found(client, world.stranger, q="minutes") == []
    client.force_login(world.stranger)
    context = client.get(reverse("records:index"), {"q": world.breach.number}).context
    assert (list(context["breaches"]), list(context["agreements"])) == ([], [])


@pytest.mark.parametrize("name", ["document", "download"])
def test_a_stranger_gets_nothing_and_leaves_no_entry(client, world, name):
    client.force_login(world.stranger)
    before = AuditEntry.objects.count()
    assert client.get(reverse(f"records:{name}", args=[world.document.sha256])).status_code == 404
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize(("name", "verb"), [("document", "document.opened"), ("download", "document.downloaded")])
def test_each_opening_and_download_is_an_entry(client, world, name, verb):
    client.force_login(world.client)
    client.get(reverse(f"records:{name}", args=[world.document.sha256]))
    entry = AuditEntry.objects.latest("pk")
    assert (entry.verb, entry.actor, entry.target_id) == (verb, world.client, world.document.pk)
    assert entry.scope == world.agreement.reference


def test_a_download_is_the_file_and_runs_nothing(client, world):
    client.force_login(world.client)
    answer = client.get(reverse("records:download", args=[world.document.sha256]))
    assert answer.content == vault.read(world.document.sha256)
    assert answer["Content-Disposition"] == 'attachment; filename="minutes.pdf"'
    assert answer["Content-Security-Policy"] == "sandbox"


def test_a_damaged_file_is_not_served(client, world):
    path = vault.path(world.document.sha256)
    path.chmod(0o644)
    path.write_bytes(b"changed")
    client.force_login(world.client)
    assert client.get(reverse("records:download", args=[world.document.sha256])).status_code == 404


def test_the_page_of_a_document_shows_its_custody(client, world):
    client.force_login(world.client)
    client.get(reverse("records:download", args=[world.document.sha256]))
    page = client.get(reverse("records:document", args=[world.document.sha256])).content.decode()
    assert "downloaded a document" in page
    assert "stored a document" in page


@pytest.mark.parametrize("query", ["?page=-1", "?page=ﷺ", "?q=%00&kind=%00", "?kind=data", "?q=" + "x+" * 500])
def test_nonsense_in_a_search_is_no_error(client, world, query):
    client.force_login(world.client)
    assert client.get(reverse("records:index") + query).status_code == 200


def records_queries(client, person, django_assert_num_queries, expected):
    client.force_login(person)
    with django_assert_num_queries(expected + (connection.vendor == "postgresql")):  # its clock is asked
        client.get(reverse("records:index"))


@pytest.mark.parametrize("more", [0, 2])
def test_the_list_takes_the_same_queries_for_one_and_three(client, world, django_assert_num_queries, more):
    for number in range(more):
        vault.store(
            f"{number}".encode(), kind="minutes", title="More", filename="more.pdf",
            scope=world.agreement.reference, actor=None, at=NOON,
        )
    records_queries(client, world.client, django_assert_num_queries, 7)


# Audit trail


def test_the_auditor_reads_the_trail(client, world):
    client.force_login(world.auditor)
    context = client.get(reverse("audit"), {"verb": "breach"}).context
    assert {entry.verb.split(".")[0] for entry in context["page"]} == {"breach"}
    assert {entry.scope for entry in context["page"]} == {world.agreement.reference}


@pytest.mark.parametrize("person", ["stranger", "client", "provider", "manager", "escalation", "admin"])
def test_nobody_else_does(client, world, person):
    client.force_login(getattr(world, person))
    assert client.get(reverse("audit")).status_code == 403


def test_the_trail_holds_nothing_of_agreements_the_auditor_does_not_see(client, world):
    audit.record("slot.signed", world.document, actor=None, at=NOON, scope="SLA-2026-999")
    audit.record("person.invited", world.document, actor=None, at=NOON)
    client.force_login(world.auditor)
    scopes = {entry.scope for entry in client.get(reverse("audit"), {"verb": "slot"}).context["page"]}
    assert scopes == set()


@pytest.mark.parametrize("query", ["?scope=%00", "?verb=%00", "?page=99999999999999999999", "?verb=" + "x" * 5000])
def test_nonsense_in_the_filter_is_no_error(client, world, query):
    client.force_login(world.auditor)
    assert client.get(reverse("audit") + query).status_code == 200
