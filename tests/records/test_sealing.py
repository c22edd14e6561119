"""Rendering, sealing and verifying, against pyHanko and poppler, with what an attacker would do."""

import io
import json
import subprocess
import sys
from datetime import timedelta

import pikepdf
import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from records import pdf as printing
from records import pki, sealing, verification
from tests.factories import NOON

TERMS = json.dumps(
    {"signatories": [{"slot": "provider-1"}, {"slot": "client-1"}], "target": "99.5"}
).encode()
HASH = "ab" * 32
PAGE = """<!doctype html><html lang="en"><head><title>Agreement</title></head><body>
<h2>Service levels</h2><p>Availability of at least 99.5 % in each month.</p>
<section class="own-page"><h2>Signatures</h2><div class="sig">
<div><div class="nm" id="field-provider-1"></div><p>Managing director</p></div>
<div><div class="nm" id="field-client-1"></div><p>Head of IT</p></div></div></section></body></html>"""
PEOPLE = {
    "provider-1": sealing.Signer("Ines Sommer", "ines@example.org", "Northgate Hosting", "Managing director"),
    "client-1": sealing.Signer("Amara Lindqvist", "amara@example.org", "Fennmarket", "Head of IT"),
}


def typeset(html=PAGE):
    return printing.typeset(
        html,
        title="Agreement",
        language="en",
        at=NOON,
        attachments=[printing.Attachment(verification.TERMS, TERMS)],
        places="field-",
    )


def prepared():
    made = typeset()
    places = {name.removeprefix("field-"): place for name, place in made.places.items()}
    return sealing.prepare(made.pdf, places, reason="Issued for signature", at=NOON)


def sign(pdf, field, at=NOON):
    return sealing.sign(pdf, field, PEOPLE[field], version_sha256=HASH, reason="I agree", at=at)


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """The file after each step: prepared, signed by the first, signed by both."""
    from django.test import override_settings

    with override_settings(PKI_DIR=tmp_path_factory.mktemp("pki")):
        first = sign(prepared(), "provider-1")
        yield [first, sign(first, "client-1"), pki.root_certificate()]


def judge(pdf, root, at=NOON, **kwargs):
    return verification.check(pdf, roots=[root], at=at, **kwargs)


def codes(verdict):
    return sorted({problem.code for problem in verdict.problems})


@pytest.mark.parametrize("years", [0, 2, 10])
def test_a_signed_file_holds_now_and_years_later(steps, years):
    _first, both, root = steps

    verdict = judge(both, root, NOON + years * timedelta(days=365), attachment=(verification.TERMS, TERMS))

    assert verdict.problems == []
    assert [(each.field, each.person, each.organisation, each.capacity) for each in verdict.people] == [
        (field, who.name, who.organisation, who.capacity) for field, who in PEOPLE.items()
    ]
    assert {(each.version, each.signed_at, each.reason) for each in verdict.people} == {(HASH, NOON, "I agree")}


def test_poppler_agrees(steps, tmp_path):
    file = tmp_path / "both.pdf"
    file.write_bytes(steps[1])
    said = subprocess.run(["pdfsig", file], capture_output=True, text=True).stdout
    assert said.count("Signature is Valid") == 3
    assert "Digest Mismatch" not in said


def test_a_file_cut_back_to_the_first_signature_is_incomplete(steps):
    first, _both, root = steps
    assert codes(judge(first, root)) == ["missing"]
    assert "client-1" in judge(first, root).problems[0].text


def test_one_bit_is_found(steps):
    _first, both, root = steps
    position = both.index(b"stream") + 20
    bad = both[:position] + bytes([both[position] ^ 1]) + both[position + 1 :]
    assert "changed" in codes(judge(bad, root)) or codes(judge(bad, root)) == ["unreadable"]


def appended(pdf, change):
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def white_box(writer):
    from pyhanko.pdf_utils import generic

    page = writer.prev.root["/Pages"]["/Kids"][0]
    contents = generic.StreamObject(stream_data=b"1 1 1 rg 0 0 600 900 re f")
    old = page.raw_get("/Contents")
    page["/Contents"] = generic.ArrayObject([old, writer.add_object(contents)])
    writer.update_container(page)


def enclose(writer):
    from pyhanko.pdf_utils import embed

    file = embed.EmbeddedFileObject.from_file_data(writer, data=b"more", compress=False, mime_type="text/plain")
    embed.embed_file(writer, embed.FileSpec(file_spec_string="more.txt", embedded_data=file))


@pytest.mark.parametrize("change", [white_box, enclose])
def test_an_update_appended_to_a_signed_file_is_found(steps, change):
    _first, both, root = steps
    assert "changed" in codes(judge(appended(both, change), root))


@pytest.mark.parametrize("change", [white_box, enclose])
def test_an_update_between_two_signatures_is_found(steps, change, settings):
    first, _both, root = steps
    # The second signer's own signature is over the changed file; the certification still tells.
    assert "changed" in codes(judge(sign(appended(first, change), "client-1"), root))


def test_other_terms_than_those_on_record_are_found(steps):
    _first, both, root = steps
    assert codes(judge(both, root, attachment=(verification.TERMS, TERMS + b" "))) == ["attachment"]


def test_somebody_elses_authority_is_not_trusted(steps, settings, tmp_path):
    settings.PKI_DIR = tmp_path
    assert codes(judge(steps[1], pki.root_certificate())) == ["untrusted"]


@pytest.mark.parametrize("junk", [b"", b"%PDF-1.7", b"hello", b"%PDF-1.7\n" + b"\x00" * 5000, b"PK\x03\x04zip"])
def test_junk_gets_a_verdict(steps, junk):
    assert codes(judge(junk, steps[2])) == ["unreadable"]


def test_a_plain_pdf_is_missing_its_seal(steps):
    assert codes(judge(typeset().pdf, steps[2])) == ["missing"]


def test_an_encrypted_file_gets_a_verdict(steps):
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(typeset().pdf)) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    assert codes(judge(out.getvalue(), steps[2])) == ["encrypted"]


def test_a_field_is_signed_once(steps):
    with pytest.raises(sealing.AlreadySigned):
        sign(steps[0], "provider-1")


def test_a_sealed_report_takes_nothing_more(steps, settings):
    pdf = sealing.seal(typeset(PAGE.replace("field-", "x-")).pdf, reason="Report", at=NOON)
    root = pki.root_certificate()
    assert codes(judge(pdf, root, required=[])) == []
    assert codes(judge(appended(pdf, enclose), root, required=[])) == ["changed"]


def test_rendering_twice_gives_the_same_bytes():
    assert typeset().pdf == typeset().pdf


def test_another_process_gives_the_same_bytes(tmp_path):
    script = (
        "import django; django.setup()\n"
        "import hashlib; from tests.records.test_sealing import typeset\n"
        "print(hashlib.sha256(typeset().pdf).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True,
            env={"DJANGO_SETTINGS_MODULE": "slaportal.settings", "PYTHONPATH": ".", "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_the_file_is_pdf_a_3a_with_embedded_fonts():
    with pikepdf.open(io.BytesIO(typeset().pdf)) as document:
        meta = document.open_metadata()
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "A")
        fonts = [each for each in document.objects if isinstance(each, pikepdf.Dictionary)
                 and each.get("/Type") == "/FontDescriptor"]
        assert fonts and all("/FontFile2" in font or "/FontFile3" in font for font in fonts)
        assert bytes(document.attachments[verification.TERMS].get_file().read_bytes()) == TERMS


@pytest.mark.parametrize(
    "attack",
    [
        '<img src="file:///etc/passwd">',
        '<img src="{url}/img">',
        '<link rel="stylesheet" href="{url}/css">',
        "<style>@import url({url}/import);</style>",
        '<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}/svg"/></svg>',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<object data="{url}/object"></object>',
        '<p style="background:url(asset:../../manage.py)">x</p>',
    ],
)
def test_nothing_outside_is_reachable(attack, recorder):
    html = PAGE.replace("<h2>Service", attack.replace("{url}", recorder.url) + "<h2>Service")
    pdf = typeset(html).pdf
    assert recorder.asked == []
    assert b"root:" not in pdf and list(verification.attachments(pdf)) == [verification.TERMS]


@pytest.fixture
def recorder():
    """A real web server that notes who asks it for anything."""
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            self.send_error(404)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.url = [], f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
