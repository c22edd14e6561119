"""Signing, against poppler and a real time stamping server."""

import asyncio
import io
import subprocess
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pikepdf
import pytest
from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper, TimestampRequestError

from records import sealing
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


def time_authority():
    """Its own root, as a foreign authority is to us. RSA: the stand-in of pyHanko knows nothing else."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Time authority")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOON - timedelta(days=1))
        .not_valid_after(NOON + timedelta(days=9000))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return DummyTimeStamper(
        asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
        keys.PrivateKeyInfo.load(private),
        fixed_dt=NOON + timedelta(hours=2),
    )


@pytest.fixture
def authority():
    """A time stamping authority that answers over HTTP, two hours after the signatures."""
    stamper = time_authority()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            request = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            answer = asyncio.run(stamper.async_request_tsa_response(request)).dump()
            self.send_response(self.server.status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.status = 200
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_time_stamp_is_appended_and_read(steps, authority):
    stamped = sealing.timestamp(steps.both, authority=authority.url)
    verdict = judge(stamped)
    assert stamped.startswith(steps.both)
    assert verdict.problems == []
    assert [(each.at, each.unchanged) for each in verdict.timestamps] == [(NOON + timedelta(hours=2), True)]
    assert "Time authority" in verdict.timestamps[0].authority
    assert len(verdict.people) == 2
    assert codes(judge(appended(stamped, enclose))) == ["changed"]


def test_an_authority_that_fails_is_an_error_and_not_a_missing_stamp(steps, authority):
    authority.status = 503
    with pytest.raises(TimestampRequestError):
        sealing.timestamp(steps.both, authority=authority.url)
    with pytest.raises(TimestampRequestError):
        sealing.timestamp(steps.both, authority="http://127.0.0.1:9/")
