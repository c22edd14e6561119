"""Signing, against poppler and a real time stamping server."""

import io
import subprocess
from datetime import timedelta

import pikepdf
import pytest
from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader

from records import sealing
from tests import tsa
from tests.factories import NOON
from tests.records.papers import HASH, PAGE, PEOPLE, appended, codes, enclose, judge, prepared, sign, typeset


def text_of(pdf, tmp_path, page):
    file = tmp_path / "text.pdf"
    file.write_bytes(pdf)
    command = ["pdftotext", "-raw", "-f", str(page), "-l", str(page), file, "-"]
    return " ".join(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_poppler_agrees(steps, tmp_path):
    file = tmp_path / "both.pdf"
    file.write_bytes(steps.both)
    said = subprocess.run(["pdfsig", file], capture_output=True, text=True).stdout
    assert said.count("Signature is Valid") == 3
    assert "Digest Mismatch" not in said
    assert "Signer Certificate Common Name: Amara Lindqvist" in said
    assert said.count("- Total document signed") == 1


def test_signatures_stand_in_their_fields_from_the_page_on(steps):
    with pikepdf.open(io.BytesIO(steps.both)) as document:
        places = typeset().places
        found = {
            str(field.T): [int(each) for each in field.Rect]
            for field in document.Root.AcroForm.Fields
            if str(field.T) != sealing.PLATFORM
        }
        assert found == {
            name.removeprefix("field-"): [place.left, place.bottom, place.right, place.top]
            for name, place in places.items()
        }


def test_the_stamp_says_who_for_whom_and_when(steps, tmp_path):
    said = text_of(steps.both, tmp_path, 2)
    for person in PEOPLE.values():
        assert f"{person.name} {person.capacity}, {person.organisation}" in said
    assert said.count(f"Signed electronically 6 May 2026, 12:00:00 UTC Terms {HASH[:8]} {HASH[8:16]}") == 2


def test_a_very_long_name_is_not_cut_from_the_stamp(steps, tmp_path):
    who = sealing.Signer(
        "Maximiliane Alexandra von Hohenlohe-Schillingsfürst-Waldenburg",
        "m@example.org",
        "Landesbetrieb für Informationstechnik und digitale Verwaltung Nordrhein-Westfalen",
        "Head of Information Technology, Security and Digital Services",
    )
    pdf = sealing.sign(steps.first, "client-1", who, version_sha256=HASH, reason="I agree", at=NOON)
    assert codes(judge(pdf)) == []
    said = text_of(pdf, tmp_path, 2).replace("- ", "-")
    assert all(each in said for each in (who.name, who.organisation, who.capacity))


def test_the_machines_clock_leaves_no_trace(steps):
    with pikepdf.open(io.BytesIO(steps.both)) as document:
        assert str(document.docinfo.ModDate) == "D:20260506120000Z"
        signed = [each.V.M for each in document.Root.AcroForm.Fields]
        assert {str(each)[:16] for each in signed} == {"D:20260506120000"}


def test_a_time_zone_of_the_caller_changes_no_instant(steps):
    later = sign(steps.first, "client-1", at=NOON + timedelta(hours=3))
    assert [each.signed_at - NOON for each in judge(later).people] == [timedelta(0), timedelta(hours=3)]


def test_a_field_is_signed_once(steps):
    with pytest.raises(sealing.AlreadySigned):
        sign(steps.first, "provider-1")


def test_any_order_will_do(steps):
    assert codes(judge(sign(sign(steps.prepared, "client-1"), "provider-1"))) == []


def test_a_prepared_file_allows_form_filling_and_a_sealed_one_nothing(steps):
    allowed = []
    for pdf in (steps.prepared, steps.both, sealing.seal(typeset().pdf, reason="Report", at=NOON)):
        with pikepdf.open(io.BytesIO(pdf)) as document:
            allowed.append(int(document.Root.Perms.DocMDP.Reference[0].TransformParams.P))
    assert allowed == [2, 2, 1]


def test_a_sealed_report_takes_nothing_more():
    pdf = sealing.seal(typeset(PAGE.replace("field-", "x-")).pdf, reason="Report", at=NOON)
    assert codes(judge(pdf, required=[])) == []
    assert codes(judge(appended(pdf, enclose), required=[])) == ["changed"]


def test_preparing_again_makes_another_file_that_holds_too():
    one, two = prepared(), prepared()
    assert one != two  # a signature is never the same twice; the text under it is
    assert codes(judge(one, required=[])) == codes(judge(two, required=[])) == []


def stamp(pdf, server, **changes):
    fields = {"authority": server.url, "roots": roots_of(server), "at": NOON} | changes
    return sealing.timestamp(pdf, **fields)


def roots_of(server):
    return x509.load_pem_x509_certificates(server.ca.read_bytes())


def test_a_time_stamp_is_appended_and_read(steps, time_authority):
    stamped = stamp(steps.both, time_authority)
    verdict = judge(stamped, time_roots=roots_of(time_authority))
    assert stamped.startswith(steps.both)
    assert verdict.problems == []
    (found,) = verdict.timestamps
    assert (found.at, found.unchanged, found.trusted) == (NOON + timedelta(hours=2), True, True)
    assert ("Time authority" in found.authority, found.policy, found.serial) == (True, tsa.POLICY, "2")
    assert len(verdict.people) == 2
    assert codes(judge(appended(stamped, enclose))) == ["changed"]


def test_a_stamp_of_somebody_unknown_is_shown_and_not_believed(steps, time_authority):
    (found,) = judge(stamp(steps.both, time_authority)).timestamps
    assert (found.unchanged, found.trusted) == (True, False)


def test_openssl_agrees_with_the_time_stamp(steps, time_authority, tmp_path):
    """The very bytes before the stamp, judged by another program."""
    stamped = stamp(steps.both, time_authority)
    embedded = PdfFileReader(io.BytesIO(stamped)).embedded_timestamp_signatures[0]
    begin, first, second, last = embedded.byte_range
    (tmp_path / "data").write_bytes(stamped[begin:first] + stamped[second : second + last])
    (tmp_path / "token").write_bytes(embedded.pkcs7_content)
    command = ["openssl", "ts", "-verify", "-data", "data", "-in", "token", "-token_in", "-CAfile", time_authority.ca]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "Verification: OK" in said.stdout, said.stderr


def test_every_certificate_that_a_later_check_needs_is_in_the_file(steps, time_authority):
    with pikepdf.open(io.BytesIO(stamp(steps.both, time_authority))) as document:
        inside = {
            x509.load_der_x509_certificate(bytes(each.read_bytes())).subject.rfc4514_string()
            for each in document.Root.DSS.Certs
        }
    names = {name.split("CN=")[-1].split(",")[0] for name in inside}
    assert names == {
        "SLA Portal root", "SLA Portal seal", "Ines Sommer", "Amara Lindqvist", "Time authority", "Time root",
    }


@pytest.mark.parametrize("mood", ["down", "slack"])
def test_an_authority_that_fails_is_an_error_and_not_a_missing_stamp(steps, time_authority, mood):
    time_authority.mood = mood
    with pytest.raises(sealing.NoTimestamp, match=time_authority.url):
        stamp(steps.both, time_authority)


def test_nobody_at_the_address_is_an_error_too(steps, time_authority):
    with pytest.raises(sealing.NoTimestamp, match="contacting"):
        stamp(steps.both, time_authority, authority="http://127.0.0.1:9/")


def test_an_authority_that_leads_to_another_root_gives_no_stamp(steps, time_authority):
    with pytest.raises(sealing.NoTimestamp):
        stamp(steps.both, time_authority, roots=[])


def test_a_stamp_for_another_file_is_found(steps, time_authority):
    time_authority.mood = "wrong"
    assert codes(judge(stamp(steps.both, time_authority))) == ["changed"]
