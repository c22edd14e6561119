"""What a reader, a verifier and a machine are told of files that were disposed of or are held."""

import pytest
from django.urls import reverse

from accounts import actions as people
from agreements import actions
from records import actions as records
from records import vault
from records.models import Disposal, Tombstone
from slaportal import proof, verifying
from tests.agreements.retaining import FREE, agreed, disposed, ended_world, proposed
from tests.factories import NOON

pytestmark = pytest.mark.django_db
SAID = "Disposed of on 1 January 2025 by Ines Sommer and Amara Lindqvist under the rule: 10 years"


@pytest.fixture
def who():
    return ended_world()


def test_the_verify_page_says_so_for_hash_and_file(client, who):
    content = vault.read(who.files[0].sha256)
    disposed(who)
    finding = verifying.known(who.files[0].sha256, now=NOON)
    assert (finding.tone, SAID in finding.text) == ("warn", True)
    assert SAID in client.get(reverse("verify"), {"sha256": who.files[0].sha256}).content.decode()
    # These files are no sealed PDFs; their hash is what is known of them.
    assert verifying.judge(content, now=NOON).recorded


def test_the_document_page_and_its_download_say_so(client, who):
    disposed(who)
    client.force_login(who.client)
    page = client.get(who.files[0].get_absolute_url())
    assert page.status_code == 200 and SAID in page.content.decode()
    assert "/download/" not in page.content.decode()
    gone = client.get(reverse("records:download", args=[who.files[0].sha256]))
    assert gone.status_code == 410 and SAID in gone.content.decode()
    assert "Disposed of" in client.get(reverse("records:index")).content.decode()


def test_holds_and_disposals_of_all_agreements_on_one_page(client, who):
    other = ended_world()
    proposed(who)
    actions.set_hold(other.agreement, reason="Elsewhere", actor=other.manager, at=FREE)
    client.force_login(who.manager)
    page = client.get(reverse("records:holds")).content.decode()
    assert who.agreement.reference in page and "Elsewhere" not in page
    client.force_login(other.manager)
    assert "Elsewhere" in client.get(reverse("records:holds")).content.decode()


def test_the_proof_takes_a_tombstone_and_names_what_lacks_one(who):
    other = ended_world()
    vault.path(other.files[0].sha256).unlink()
    disposed(who)
    assert proof.documents(now=NOON) == (4, [f"document {other.files[0].sha256} is missing"])


def test_the_proof_finds_a_file_that_should_be_gone(who):
    content = vault.read(who.files[0].sha256)
    agreed(who)
    assert proof.documents(now=NOON)[1] == []  # the sweep is still to come
    disposed_file = vault.path(who.files[0].sha256)
    records.remove_disposed(now=FREE)
    disposed_file.write_bytes(content)
    assert proof.documents(now=NOON)[1] == [f"document {who.files[0].sha256} was disposed of, but its file is there"]


def test_the_proof_finds_a_tombstone_that_no_entry_names(who):
    """Whoever writes rows past the acts still cannot write the chain."""
    disposal = proposed(who)
    Disposal.objects.filter(pk=disposal.pk).update(
        **{"state": "agreed", "answered_by": who.client, "answered_at": FREE}
    )
    Tombstone.objects.create(document=who.files[0], disposal=disposal)
    vault.remove(who.files[0])
    found = proof.documents(now=NOON)[1]
    assert [line.split(" but ")[1] for line in found] == ["no entry of the chain says that its disposal was agreed"]


def test_the_api_lists_holds_and_tombstones(client, who):
    other = ended_world()
    disposed(who)
    disposed(other)
    actions.set_hold(who.agreement, reason="Case 1", actor=who.manager, at=FREE)
    _token, secret = people.create_token(
        user=who.client, name="archive", scopes=["read"], expires_at=None, actor=who.client, at=FREE
    )
    token = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    stones = client.get(reverse("api:tombstones"), **token).json()["results"]
    assert [each["sha256"] for each in stones] == [file.sha256 for file in who.files]
    assert (stones[0]["proposed_by"], stones[0]["agreed_by"], stones[0]["agreed_at"]) == (
        "Ines Sommer", "Amara Lindqvist", "2025-01-01T00:00:00Z",
    )
    holds = client.get(reverse("api:holds"), **token).json()["results"]
    assert [(each["agreement"], each["state"]) for each in holds] == [(who.agreement.reference, "standing")]
