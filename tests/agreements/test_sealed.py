"""A sealed file, made once: what a stranger finds in it today, years on, and after somebody was at it."""

import json
import subprocess
from copy import deepcopy
from datetime import timedelta

import pytest
import rfc8785

from agreements import actions, terms
from agreements.models import Round
from records import pki, vault, verification
from records.models import AuditEntry, Document
from tests.agreements.rounds import executed
from tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sealed")]
TWO_YEARS = timedelta(days=731)


@pytest.fixture(scope="module")
def sealed_once(module_db):
    who = executed()
    who.pdf = vault.read(who.version.signed.sha256)
    return who


@pytest.fixture
def sealed(sealed_once, db):
    return deepcopy(sealed_once)


def judge(content, at=NOON, **kwargs):
    return verification.check(content, roots=[pki.root_certificate()], at=at, **kwargs)


def test_a_second_sweep_finds_nothing_to_do(sealed):
    before = AuditEntry.objects.count()
    assert actions.seal_due(now=NOON) == 0
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("later", [timedelta(0), TWO_YEARS])
def test_the_sealed_file_verifies_today_and_years_on(sealed, later):
    content = terms.canonical(sealed.version.read_terms())
    verdict = judge(sealed.pdf, NOON + later, attachment=(verification.TERMS, content))
    assert verdict.problems == []
    assert [(each.person, each.organisation, each.capacity, each.version) for each in verdict.people] == [
        ("Helen Marsh", sealed.provider.name, "Managing director", sealed.version.terms_sha256),
        ("Amara Lindqvist", sealed.client.name, "Head of IT", sealed.version.terms_sha256),
    ]


def test_the_attachment_is_the_stored_terms(sealed):
    enclosed = verification.attachments(sealed.pdf)
    assert enclosed.keys() == {"sla-terms.json"}
    assert json.loads(enclosed["sla-terms.json"]) == sealed.version.terms
    assert enclosed["sla-terms.json"] == rfc8785.dumps(sealed.version.terms)


def test_a_file_cut_back_to_fewer_signatures_is_incomplete(sealed):
    first = next(slot for slot in Round.objects.get().slots.all() if slot.key == "provider-1").document
    cut = sealed.pdf[: first.size]
    assert [problem.code for problem in judge(cut).problems] == ["missing"]


def test_a_byte_changed_is_found(sealed):
    place = sealed.pdf.index(b"/Contents <")
    spoiled = sealed.pdf[: place - 40] + b"X" + sealed.pdf[place - 39 :]
    assert not judge(spoiled).ok


def test_pdfsig_finds_every_signature_valid(sealed, tmp_path):
    """An independent reader. Its verdict on certificates is left out: it trusts no private authority."""
    file = tmp_path / "sealed.pdf"
    file.write_bytes(sealed.pdf)
    said = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=True).stdout
    assert said.count("Signature Validation: Signature is Valid.") == 3
    # Only the newest signature covers the whole file; the ones before cover what was there then.
    assert said.count("  - Total document signed") == 1


def pdf_words(content):
    """The text of a PDF, by poppler."""
    command = ["pdftotext", "-raw", "-", "-"]
    said = subprocess.run(command, input=content, capture_output=True, check=True).stdout
    return " ".join(said.decode().split())


def test_the_certificate_says_that_there_is_none(sealed):
    said = pdf_words(vault.read(Document.objects.get(kind="evidence").sha256))
    assert "no time stamp authority was set up" in said
    assert sealed.version.signed.sha256 in said.replace(" ", "")
