"""The public verify page: what it says of genuine, changed, cut back and foreign files, and that it keeps none."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from agreements.models import Version
from records import audit, pki, vault
from slaportal import verifying
from slaportal.forms import LARGEST
from tests.agreements import rounds
from tests.factories import NOON
from tests.test_nonsense import counts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signed_once")]


@pytest.fixture(scope="module")
def signed_once(module_db):
    """A version that was really drafted, signed by both and sealed."""
    return rounds.executed().version.pk


@pytest.fixture
def signed(signed_once, db):
    return Version.objects.get(pk=signed_once)


def original(version):
    return vault.read(version.signed.sha256)


def upload(client, content, name="agreement.pdf"):
    return client.post(reverse("verify"), {"file": SimpleUploadedFile(name, content)})


def test_the_original_is_genuine_and_in_force(client, signed):
    answer = upload(client, original(signed))
    finding = answer.context["finding"]
    assert (finding.tone, finding.recorded) == ("ok", True)
    assert all(check.holds for check in finding.checks)
    assert len(finding.checks) == 5
    assert [one.person for one in finding.signatures] == ["Helen Marsh", "Amara Lindqvist"]
    assert f"{signed.agreement.reference} {signed.label}" in answer.content.decode()


def test_the_original_is_genuine_two_years_on(signed):
    assert verifying.judge(original(signed), now=NOON + timedelta(days=2 * 366)).tone in ("ok", "warn")
    assert verifying.judge(original(signed), now=NOON + timedelta(days=2 * 366)).recorded


def test_a_changed_byte_is_found(signed):
    content = bytearray(original(signed))
    place = content.index(b"stream") + 20
    content[place] ^= 1
    assert verifying.judge(bytes(content), now=NOON).tone == "bad"


def test_content_behind_the_last_signature_is_found(signed):
    finding = verifying.judge(original(signed) + b"\n% a remark", now=NOON)
    assert finding.tone != "ok"
    assert not finding.recorded


def test_a_file_cut_back_to_an_earlier_signature_lacks_one(signed):
    """Each revision of a PDF ends with %%EOF: cut behind an earlier one, the file is whole, but lacks a signature."""
    content = original(signed)
    ends = [place for place in range(len(content)) if content.startswith(b"%%EOF", place)]
    findings = [verifying.judge(content[: end + 5] + b"\n", now=NOON) for end in ends[:-1]]
    assert findings
    assert {finding.tone for finding in findings} == {"bad"}


def test_a_recorded_document_in_the_middle_of_signing_is_not_complete():
    half = rounds.prepared().round.document
    assert verifying.judge(vault.read(half.sha256), now=NOON).tone == "bad"


def test_a_hash_of_the_middle_of_signing_is_no_original(client):
    half = rounds.prepared().round.document
    finding = client.get(reverse("verify"), {"sha256": half.sha256}).context["finding"]
    assert (finding.tone, finding.recorded) == ("warn", True)
    assert finding.headline == f"This is {half.number} on its way to being signed, not the signed original"


def test_the_time_stamp_is_shown_with_its_authority(client, settings, time_authority):
    settings.TSA_URL, settings.TSA_CA = time_authority.url, time_authority.ca
    signed = rounds.executed()
    answer = upload(client, original(signed.version))
    assert answer.context["finding"].tone == "ok"
    page = answer.content.decode()
    assert "Time authority" in page and "6 May 2026 14:00:00" in page
    assert "does not know this authority" not in page

    unstamped = signed.round.slots.get(key="client-1").document
    before = upload(client, vault.read(unstamped.sha256)).context["finding"]
    assert (before.tone, before.recorded, before.timestamps) == ("warn", True, [])

    settings.TSA_CA = ""
    assert "does not know this authority" in upload(client, original(signed.version)).content.decode()


def test_a_file_without_time_stamp_says_whose_clock_it_was(client, signed):
    assert "times are those of the portal" in upload(client, original(signed)).content.decode()


def test_a_replaced_version_says_so(signed):
    Version.objects.filter(pk=signed.pk).update(effective_to=NOON - timedelta(days=1))
    finding = verifying.known(signed.signed.sha256, now=NOON)
    assert finding.tone == "warn"
    assert "5 May 2026" in finding.text


def test_a_version_that_begins_later_says_so(signed):
    finding = verifying.known(signed.signed.sha256, now=signed.effective_from - timedelta(days=1))
    assert finding.tone == "ok"
    assert "1 May 2026" in finding.text


def test_a_hash_alone_tells_what_is_on_record(client, signed):
    answer = client.get(reverse("verify"), {"sha256": signed.signed.sha256})
    assert answer.context["finding"].tone == "ok"
    assert answer.context["finding"].signatures == []


def test_an_unknown_hash_is_not_ours(client):
    answer = client.get(reverse("verify"), {"sha256": "0" * 64})
    assert answer.context["finding"].tone == "mute"


@pytest.mark.parametrize("sha256", ["", "x", "0" * 63, "0" * 65, "g" * 64, "\x00", "ﷺ" * 5000])
def test_a_hash_that_is_none_is_refused_beside_its_field(client, sha256):
    answer = client.post(reverse("verify"), {"sha256": sha256})
    assert answer.status_code == 422
    assert answer.context["form"].errors


def test_an_empty_post_is_asked_for_something(client):
    assert client.post(reverse("verify")).status_code == 422


def test_another_query_is_no_question(client):
    assert client.get(reverse("verify"), {"next": "/"}).status_code == 200


@pytest.mark.parametrize("content", [b"x", b"%PDF-1.7", b"%PDF-1.7\n%%EOF", b"\x00" * 100_000, b"[" * 50_000])
def test_garbage_is_judged_and_not_kept(client, content):
    before = counts()
    answer = upload(client, content)
    assert answer.status_code == 200
    assert answer.context["finding"].tone == "bad"
    assert counts() == before


def test_nothing_of_an_upload_is_kept(client, signed, settings):
    content = original(signed)
    before, files = counts(), sorted(settings.VAULT_DIR.rglob("*"))
    upload(client, content + b"\n")
    upload(client, content)
    assert counts() == before
    assert sorted(settings.VAULT_DIR.rglob("*")) == files


def test_a_file_too_large_is_refused_beside_its_field(client, monkeypatch):
    monkeypatch.setattr("slaportal.forms.LARGEST", 10)
    answer = upload(client, b"x" * 11)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["file"]
    assert LARGEST == 30 * 1024 * 1024


def test_a_name_of_a_file_is_text(client):
    assert "<script>" not in upload(client, b"x", "<script>.pdf").content.decode().replace("<script src", "")


def test_too_many_checks_at_once_are_asked_to_wait(client, monkeypatch):
    monkeypatch.setattr("slaportal.views.verify.MOST", 2)
    address, elsewhere = reverse("verify"), {"REMOTE_ADDR": "203.0.113.9"}
    assert [client.get(address, {"sha256": "0" * 64}).status_code for _ in range(3)] == [200, 200, 429]
    blocked = upload(client, b"x")
    assert (blocked.status_code, blocked.headers["Retry-After"]) == (429, "300")
    assert "Try again in five minutes" in blocked.content.decode()
    # The page itself stays open, and so does everybody else's.
    assert client.get(address).status_code == 200
    assert client.get(address, {"sha256": "0" * 64}, **elsewhere).status_code == 200


def test_behind_the_proxy_each_has_their_own_address(client, monkeypatch, settings):
    monkeypatch.setattr("slaportal.views.verify.MOST", 1)

    def ask(forwarded):
        headers = {"X-Forwarded-For": forwarded}
        return client.get(reverse("verify"), {"sha256": "0" * 64}, headers=headers).status_code

    assert [ask("198.51.100.1"), ask("198.51.100.2")] == [200, 429]  # without a proxy it is a mere claim
    settings.BEHIND_PROXY = True
    assert [ask("198.51.100.1"), ask("198.51.100.2"), ask("198.51.100.9, 198.51.100.2")] == [200, 200, 429]


def test_the_page_names_the_root_that_readers_must_trust(client):
    [fingerprint] = verifying.fingerprints()
    assert len(fingerprint) == 64
    assert pki.root_certificate()
    assert fingerprint in client.get(reverse("verify")).content.decode()


def test_a_file_of_the_vault_is_known_by_its_hash_and_its_place_in_the_chain():
    document = vault.store(b"x", kind="minutes", title="Minutes", filename="m.pdf", actor=None, at=NOON)
    finding = verifying.known(document.sha256, now=NOON)
    assert (finding.tone, finding.checks[1].holds) == ("ok", None)
    audit.link()
    assert verifying.known(document.sha256, now=NOON).checks[1].holds is True
