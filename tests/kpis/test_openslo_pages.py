"""OpenSLO at the pages and for machines: out of a version, and into a draft after a look."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts import actions as people
from agreements.models import Version
from kpis.openslo import writing
from records.models import AuditEntry
from tests.agreements.drafts import drafted, in_review, make_house
from tests.factories import NOON, make_terms

pytestmark = pytest.mark.django_db
TEXT = writing.export(make_terms()).text
BROKEN = TEXT.replace("target: 0.95", "target: 7", 1)


@pytest.fixture
def who(client):
    who = drafted(make_house())
    client.force_login(who.manager)
    who.place = f"/agreements/{who.agreement.reference}/v1.0/openslo/"
    return who


def kpis_of(who):
    return Version.objects.get(pk=who.version.pk).read_terms().kpis


def seen(page):
    return re.search(r'name="seen" value="([0-9a-f]{64})"', page)[1]


def test_a_file_is_looked_at_and_what_is_ticked_is_added(client, who):
    before = kpis_of(who)
    file = SimpleUploadedFile("slo.yaml", TEXT.encode())
    page = client.post(who.place, {"file": file, "look": "1"})
    said = page.content.decode()
    assert page.status_code == 200 and "Priority 3 closed in time" in said and "document 3: spec.objectives[0]" in said
    assert kpis_of(who) == before
    # A browser sends the text back with its own ends of lines.
    again = {"text": TEXT.replace("\n", "\r\n"), "take": ["0", "2"], "seen": seen(said), "add": "1"}
    answer = client.post(who.place, again, follow=True)
    assert "2 KPIs were added" in answer.content.decode()
    added = kpis_of(who)[len(before) :]
    assert [each.name for each in added] == ["Availability", "Time to resolve, 95th percentile"]
    assert AuditEntry.objects.get(verb="version.kpis_added").data["origin"] == "OpenSLO"


def test_what_is_not_understood_stands_beside_what_is(client, who):
    said = client.post(who.place, {"text": BROKEN, "look": "1"}).content.decode()
    assert "What is not understood" in said and "spec.objectives[0].target" in said and "below all" in said
    assert "Availability" in said


def test_another_text_than_was_seen_is_looked_at_first(client, who):
    first = seen(client.post(who.place, {"text": TEXT, "look": "1"}).content.decode())
    before = kpis_of(who)
    answer = client.post(who.place, {"text": BROKEN, "take": ["0"], "seen": first, "add": "1"})
    assert answer.status_code == 200 and "What is not understood" in answer.content.decode()
    assert kpis_of(who) == before


def test_what_the_draft_has_already_is_not_ticked(client, who):
    page = client.post(who.place, {"text": TEXT, "look": "1"})
    first = seen(page.content.decode())
    assert [row["ticked"] for row in page.context["rows"]] == [False, True, False]  # the template promises two of them
    client.post(who.place, {"text": TEXT, "take": ["0", "1", "2"], "seen": first, "add": "1"})
    again = client.post(who.place, {"text": TEXT, "look": "1"})
    assert [row["ticked"] for row in again.context["rows"]] == [False, False, False]
    assert "has a KPI of this name already" in again.content.decode()


def test_nothing_ticked_is_said(client, who):
    first = seen(client.post(who.place, {"text": TEXT, "look": "1"}).content.decode())
    answer = client.post(who.place, {"text": TEXT, "seen": first, "add": "1"})
    assert answer.status_code == 422 and "Tick at least one KPI" in answer.content.decode()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Choose a file, or paste its text"),
        ({"text": "a: [1"}, "Line 1"),
        ({"text": "a: &x 1\nb: *x"}, "aliases are not read"),
        ({"file": SimpleUploadedFile("a.yaml", b"a: \xff")}, "not UTF-8"),
        ({"file": SimpleUploadedFile("a.yaml", b"#" * 300_000)}, "larger than 256"),
        ({"text": "#" * 300_000}, "at most 262144"),
        ({"text": BROKEN.partition("kind: SLO")[0]}, "no KPI in it"),
        ({"text": "- 1"}, "names and values belong here"),
    ],
)
def test_bad_documents_are_a_clear_error(client, who, data, words):
    answer = client.post(who.place, data)
    assert answer.status_code == 422 and words in answer.content.decode()


def test_who_is_too_late_is_told(client, who):
    Version.objects.filter(pk=who.version.pk).update(state="abandoned")
    assert "Somebody was faster" in client.get(who.place, follow=True).content.decode()


def test_a_text_with_its_reviewers_becomes_the_next_draft(client):
    who = in_review()
    client.force_login(who.manager)
    place = f"/agreements/{who.agreement.reference}/v1.0/openslo/"
    said = client.post(place, {"text": TEXT, "look": "1"}).content.decode()
    assert "Change draft 1?" in said
    client.post(place, {"text": TEXT, "take": ["1"], "seen": seen(said), "add": "1"})
    version = Version.objects.get(pk=who.version.pk)
    assert (version.state, version.draft_number) == ("draft", 2)


def test_the_way_out_is_a_file(client, who):
    answer = client.get(f"/agreements/{who.agreement.reference}/v1.0/openslo.yaml")
    assert answer["Content-Type"].startswith("application/yaml") and "attachment" in answer["Content-Disposition"]
    assert "apiVersion: openslo/v1" in answer.content.decode()


# For machines


def send(client, person, who, text, *, query="", scopes=("read", "prepare")):
    _token, secret = people.create_token(
        user=person, name="test", scopes=scopes, expires_at=None, actor=person, at=NOON
    )
    url = reverse("api:openslo", args=[who.agreement.reference, "v1.0"]) + query
    return client.post(
        url, text, content_type="application/yaml", headers={"authorization": f"Bearer {secret}"}
    )  # fmt: skip


def test_a_machine_tries_then_adds(client, who):
    before = kpis_of(who)
    tried = send(client, who.manager, who, TEXT, query="?dry_run=1")
    assert tried.status_code == 200 and [each["kpi"]["name"] for each in tried.json()["found"]][0] == "Availability"
    assert kpis_of(who) == before
    assert send(client, who.manager, who, TEXT).status_code == 201
    assert len(kpis_of(who)) == len(before) + 3


def test_all_of_it_or_nothing_unless_asked(client, who):
    before = kpis_of(who)
    refused = send(client, who.manager, who, BROKEN)
    assert refused.status_code == 422 and refused.json()["problems"][0]["path"].endswith("spec.objectives[0].target")
    assert kpis_of(who) == before
    assert send(client, who.manager, who, BROKEN, query="?partly=true").status_code == 201
    assert len(kpis_of(who)) == len(before) + 2


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("", 422, "no document"), ("a: &x 1\nb: *x", 422, "aliases"), ("#" * 300_000, 413, "256 KB"),
        (b"a: \xff", 422, "not UTF-8"),
    ],
)  # fmt: skip
def test_what_a_machine_gets_for_nonsense(client, who, text, status, words):
    answer = send(client, who.manager, who, text)
    assert answer.status_code == status and words in answer.content.decode()


def test_who_may_send_and_who_is_too_late(client, who):
    assert send(client, who.manager, who, TEXT, scopes=("read",)).status_code == 403
    assert send(client, who.engineer, who, TEXT).status_code == 403
    assert send(client, who.head, who, TEXT).status_code == 404
    Version.objects.filter(pk=who.version.pk).update(state="abandoned")
    assert send(client, who.manager, who, TEXT).status_code == 409
