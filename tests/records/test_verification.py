"""Judging files, with what an attacker would do to them."""

import io
import random
from datetime import timedelta

import pikepdf
import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields

from records import pki, sealing, verification
from tests.factories import NOON
from tests.records.papers import (
    HASH,
    PEOPLE,
    TERMS,
    appended,
    codes,
    enclose,
    judge,
    sign,
    typeset,
    white_box,
)

ON_RECORD = (verification.TERMS, TERMS)


def said(verdict):
    return " ".join(problem.text for problem in verdict.problems)


@pytest.mark.parametrize("years", [0, 2, 10])
def test_a_signed_file_holds_now_and_years_later(steps, years):
    verdict = judge(steps.both, NOON + years * timedelta(days=365), attachment=ON_RECORD)

    assert verdict.problems == [] and verdict.ok
    assert [(each.field, each.person, each.organisation, each.capacity) for each in verdict.people] == [
        (field, who.name, who.organisation, who.capacity) for field, who in PEOPLE.items()
    ]
    assert {(each.version, each.signed_at, each.reason) for each in verdict.people} == {(HASH, NOON, "I agree")}


def test_before_it_was_signed_no_certificate_is_valid(steps):
    assert "untrusted" in codes(judge(steps.both, NOON - timedelta(days=1)))


def test_a_certified_file_lacks_its_signatures_by_name(steps):
    verdict = judge(steps.prepared)
    assert codes(verdict) == ["missing"]
    assert "provider-1" in said(verdict) and "client-1" in said(verdict)
    assert codes(judge(steps.prepared, required=[])) == []


def test_a_file_cut_back_to_the_first_signature_is_incomplete(steps):
    cut = steps.both[: len(steps.first)]
    assert cut == steps.first
    assert codes(judge(cut)) == ["missing"]
    assert "client-1" in said(judge(cut)) and "provider-1" not in said(judge(cut))


def test_one_bit_of_the_text_is_found(steps):
    with pikepdf.open(io.BytesIO(typeset().pdf)) as document:
        text = document.pages[0].Contents.read_raw_bytes()
    position = steps.both.index(text) + len(text) // 2
    bad = steps.both[:position] + bytes([steps.both[position] ^ 1]) + steps.both[position + 1 :]
    assert "changed" in codes(judge(bad))


def test_one_bit_anywhere_is_found_and_never_an_exception(steps):
    chance = random.Random(4)
    both = steps.both
    # The last signature can't cover itself: its own bytes are judged by the file's hash on record.
    own = both.rindex(b"/Contents <")
    positions = [each for each in (chance.randrange(len(both)) for _ in range(60)) if each < own]
    assert len(positions) > 30
    passed = []
    for position in positions:
        bad = both[:position] + bytes([both[position] ^ (1 << chance.randrange(8))]) + both[position + 1 :]
        if judge(bad).ok:
            passed.append(position)
    assert passed == []


@pytest.mark.parametrize("change", [white_box, enclose])
def test_an_update_appended_to_a_signed_file_is_found(steps, change):
    assert "changed" in codes(judge(appended(steps.both, change)))


@pytest.mark.parametrize("change", [white_box, enclose])
def test_an_update_between_two_signatures_is_found(steps, change):
    # The second signer's own signature is over the changed file; the certification still tells.
    verdict = judge(sign(appended(steps.first, change), "client-1"))
    assert codes(verdict) == ["changed"]
    assert [each.unchanged for each in verdict.signatures] == [False, False, True]


def test_an_added_attachment_is_named(steps):
    assert "The attachment more.txt was added" in said(judge(appended(steps.both, enclose)))
    assert "more.txt" not in said(judge(appended(steps.both, white_box)))


def one_more_field(writer):
    fields.append_signature_field(writer, fields.SigFieldSpec("client-9"))


@pytest.mark.parametrize(
    "add",
    [
        lambda pdf: appended(pdf, one_more_field),
        lambda pdf: appended(pdf, lambda writer: writer.update_root()),
        lambda pdf: pdf + b"% \n",
    ],
    ids=["field", "nothing", "comment"],
)
def test_even_a_harmless_addition_is_found(steps, add):
    verdict = judge(add(steps.both))
    assert codes(verdict) == ["changed"]
    assert "after its last signature" in said(verdict)


def test_other_terms_than_those_on_record_are_found(steps):
    assert codes(judge(steps.both, attachment=(verification.TERMS, TERMS + b" "))) == ["attachment"]
    assert codes(judge(steps.both, attachment=("facts.json", TERMS))) == ["attachment"]


def test_a_signature_made_for_other_terms_is_found(steps):
    verdict = judge(sign(steps.first, "client-1", version_sha256="cd" * 32))
    assert codes(verdict) == ["attachment"]
    assert "client-1 was made for other terms" in said(verdict)


def test_somebody_elses_authority_is_not_trusted(steps, settings, tmp_path):
    settings.PKI_DIR = tmp_path
    assert codes(judge(steps.both)) == ["untrusted"]


def test_a_person_can_not_stand_in_for_the_platform():
    writer = IncrementalPdfFileWriter(io.BytesIO(typeset().pdf))
    fields.append_signature_field(writer, fields.SigFieldSpec(sealing.PLATFORM))
    out = io.BytesIO()
    writer.write(out)
    pdf = sealing.sign(
        out.getvalue(), sealing.PLATFORM, PEOPLE["client-1"], version_sha256=HASH, reason="I agree", at=NOON
    )
    assert codes(judge(pdf, required=[])) == ["untrusted"]


def test_a_plain_pdf_is_missing_its_seal():
    assert codes(judge(typeset().pdf)) == ["missing"]
    assert "platform" in said(judge(typeset().pdf))


@pytest.mark.parametrize(
    "junk",
    [b"", b"%PDF-1.7", b"hello", b"%PDF-1.7\n" + b"\x00" * 5000, b"PK\x03\x04zip", b"\xff" * 1_000_000],
    ids=["empty", "header", "text", "zeros", "zip", "noise"],
)
def test_junk_gets_a_verdict(junk):
    assert codes(judge(junk)) == ["unreadable"]


@pytest.mark.parametrize("share", range(5, 100, 5))
def test_a_torn_file_gets_a_verdict(steps, share):
    assert not judge(steps.both[: len(steps.both) * share // 100]).ok


def test_a_huge_file_gets_a_verdict_unread():
    verdict = judge(b"%PDF-1.7\n" + b" " * verification.MAX_BYTES)
    assert codes(verdict) == ["unreadable"] and "larger than 25 MB" in said(verdict)


def test_an_encrypted_file_gets_a_verdict():
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(typeset().pdf)) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    assert codes(judge(out.getvalue())) == ["encrypted"]


def test_attachments_come_out_as_they_went_in(steps):
    assert verification.attachments(steps.both) == {verification.TERMS: TERMS}
    assert judge(steps.both).attachments == {verification.TERMS: TERMS}


def test_the_portals_root_is_the_one_that_is_trusted(steps):
    strangers = verification.check(steps.both, roots=[], at=NOON)
    assert codes(strangers) == ["untrusted"]
    assert verification.check(steps.both, roots=[pki.root_certificate()], at=NOON).ok
