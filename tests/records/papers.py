"""A short agreement in every state of signing, and what an attacker would do to it."""

import hashlib
import io
import json

from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from records import pdf as printing
from records import pki, sealing, verification
from tests.factories import NOON

TERMS = json.dumps({"signatories": [{"slot": "provider-1"}, {"slot": "client-1"}], "target": "99.5"}).encode()
HASH = hashlib.sha256(TERMS).hexdigest()
PAGE = """<!doctype html><html lang="en"><head><title>Agreement</title></head><body>
<h2>Service levels</h2><p>Availability of at least 99.5 % in each month.</p>
<section class="sp-own-page"><h2>Signatures</h2><div class="sp-sig">
<div><div class="sp-nm" id="field-provider-1"></div><p>Managing director</p></div>
<div><div class="sp-nm" id="field-client-1"></div><p>Head of IT</p></div></div></section></body></html>"""
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


def sign(pdf, field, at=NOON, version_sha256=HASH):
    return sealing.sign(pdf, field, PEOPLE[field], version_sha256=version_sha256, reason="I agree", at=at)


def judge(pdf, at=NOON, **kwargs):
    return verification.check(pdf, roots=[pki.root_certificate()], at=at, **kwargs)


def codes(verdict):
    return sorted({problem.code for problem in verdict.problems})


def appended(pdf, change):
    """The file with one more incremental update, as any PDF tool writes it."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def white_box(writer):
    """Cover the first page."""
    page = writer.prev.root["/Pages"]["/Kids"][0]
    contents = generic.StreamObject(stream_data=b"1 1 1 rg 0 0 600 900 re f")
    page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), writer.add_object(contents)])
    writer.update_container(page)


def enclose(writer):
    """Attach one more file."""
    file = embed.EmbeddedFileObject.from_file_data(writer, data=b"more", compress=False, mime_type="text/plain")
    embed.embed_file(writer, embed.FileSpec(file_spec_string="more.txt", embedded_data=file))
