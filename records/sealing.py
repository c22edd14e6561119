"""PAdES signatures: the platform certifies a document, each person signs it. The only signing import of pyHanko.

All fields exist before the first signature, and nothing but signatures may be added after the certification.
"""

import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from django.template.loader import render_to_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from records import pdf as printing
from records import pki

PLATFORM = "platform"


class AlreadySigned(Exception):
    """This field of the document carries a signature already."""


@dataclass(frozen=True)
class Signer:
    """Who signs, for whom, in which capacity: what the certificate names."""

    name: str
    email: str
    organisation: str
    capacity: str


def prepare(pdf: bytes, places: Mapping[str, printing.Place], *, reason: str, at: datetime) -> bytes:
    """Add a signature field at each place (by name) and certify: from here on only signatures may be added."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    for name, place in places.items():
        box = (place.left, place.bottom, place.right, place.top)
        fields.append_signature_field(writer, SigFieldSpec(name, on_page=place.page, box=box))
    return _certify(writer, reason=reason, at=at, permissions=MDPPerm.FILL_FORMS)


def seal(pdf: bytes, *, reason: str, at: datetime) -> bytes:
    """The platform's signature on a finished document: nothing may be added any more."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    return _certify(writer, reason=reason, at=at, permissions=MDPPerm.NO_CHANGES)


def sign(pdf: bytes, field: str, signer: Signer, *, version_sha256: str, reason: str, at: datetime) -> bytes:
    """One person's signature with a key made for it. Raises AlreadySigned.

    `reason` is the meaning of the signature, shown by PDF readers; the stamp shows name, capacity and time.
    """
    if field in signed_fields(pdf):
        raise AlreadySigned(field)
    identity = pki.one_shot(
        person=signer.name,
        email=signer.email,
        organisation=signer.organisation,
        capacity=signer.capacity,
        version=version_sha256,
        at=at,
    )
    metadata = signers.PdfSignatureMetadata(
        field_name=field, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256", reason=reason, name=signer.name
    )
    # pyHanko opens the stamp by its file name when it draws it.
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(_stamp(signer, at))
        file.flush()
        stamp = StaticStampStyle.from_pdf_file(file.name, border_width=0)
        out = _Signer(metadata, _simple(identity), at=at, stamp_style=stamp).sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(pdf)), existing_fields_only=True
        )
    return out.getvalue()


def signed_fields(pdf: bytes) -> set[str]:
    """The names of the fields that carry a signature."""
    reader = IncrementalPdfFileWriter(io.BytesIO(pdf)).prev
    return {each.field_name for each in reader.embedded_signatures}


class _Signer(signers.PdfSigner):
    """Signs at the portal's time instead of the machine's."""

    def __init__(self, *args, at: datetime, **kwargs):
        super().__init__(*args, **kwargs)
        self.at = at

    def init_signing_session(self, *args, **kwargs):
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self.at
        return session


def _certify(writer, *, reason: str, at: datetime, permissions: MDPPerm) -> bytes:
    metadata = signers.PdfSignatureMetadata(
        field_name=PLATFORM,
        certify=True,
        docmdp_permissions=permissions,
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha256",
        reason=reason,
        name="SLA Portal",
    )
    # Invisible: what it means stands in the text.
    spec = SigFieldSpec(PLATFORM)
    out = _Signer(metadata, _simple(pki.platform()), at=at, new_field_spec=spec).sign_pdf(writer)
    return out.getvalue()


def _simple(identity: pki.Identity) -> signers.SimpleSigner:
    store = SimpleCertificateStore()
    store.register(_asn1(identity.root))
    private = identity.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return signers.SimpleSigner(
        signing_cert=_asn1(identity.certificate),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=store,
    )


def _asn1(certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _stamp(signer: Signer, at: datetime) -> bytes:
    """The visible stamp. WeasyPrint makes it: pyHanko's own text stamp breaks PDF/A with most fonts."""
    moment = at.astimezone(UTC).strftime("%d %B %Y, %H:%M:%S UTC")
    html = render_to_string("records/stamp.html", {"signer": signer, "moment": moment})
    return printing.render(html, title="Signature", language="en", at=at)
