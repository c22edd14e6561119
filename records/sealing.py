"""PAdES signatures: the platform certifies a document, each person signs it. The only signing import of pyHanko.

All fields exist before the first signature, and nothing but signatures may be added after the certification.
"""

import asyncio
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import get_language
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_signer import TimestampDSSContentSettings
from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError
from pyhanko.sign.validation import collect_validation_info
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from records import pdf as printing
from records import pki

PLATFORM = "platform"
TSA_TIMEOUT = 10
REFUSALS = (TimestampRequestError, PathValidationError, PathBuildingError, SignatureValidationError)


class AlreadySigned(Exception):
    """This field of the document carries a signature already."""


class NoTimestamp(Exception):
    """The time stamp authority gave no stamp that holds; the message says what it did."""


@dataclass(frozen=True)
class Signer:
    """Who signs, for whom, in which capacity: what the certificate names."""

    name: str
    email: str
    organisation: str
    capacity: str


def prepare(pdf: bytes, places: Mapping[str, printing.Place], *, reason: str, at: datetime) -> bytes:
    """Add a signature field at each place (by name) and certify: from here on only signatures may be added."""
    writer = _Revision(io.BytesIO(pdf))
    for name, place in places.items():
        box = (place.left, place.bottom, place.right, place.top)
        fields.append_signature_field(writer, SigFieldSpec(name, on_page=place.page, box=box))
    return _certify(writer, reason=reason, at=at, permissions=MDPPerm.FILL_FORMS)


def seal(pdf: bytes, *, reason: str, at: datetime) -> bytes:
    """The platform's signature on a finished document: nothing may be added any more."""
    writer = _Revision(io.BytesIO(pdf))
    return _certify(writer, reason=reason, at=at, permissions=MDPPerm.NO_CHANGES)


def sign(pdf: bytes, field: str, signer: Signer, *, version_sha256: str, reason: str, at: datetime) -> bytes:
    """One person's signature with a key made for it. Raises AlreadySigned.

    `reason` is the meaning of the signature, shown by PDF readers; the stamp shows name, capacity and time.
    """
    revision = _Revision(io.BytesIO(pdf))
    if field in _signed(revision.prev):
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
    stamp = _stamp(signer, version_sha256, at)
    out = _Signer(metadata, _simple(identity), at=at, stamp_style=_style(stamp)).sign_pdf(
        revision, existing_fields_only=True
    )
    return out.getvalue()


def timestamp(pdf: bytes, *, authority: str, roots: Sequence[x509.Certificate], at: datetime) -> bytes:
    """The same file with a document time stamp (RFC 3161) appended, by the authority at that address.

    Every certificate that a check needs years later goes into the file with it (DSS). Asks over the network: a
    worker's job. Raises NoTimestamp when the authority does not answer, or not as one that leads to `roots`.
    """
    context = ValidationContext(
        trust_roots=[_asn1(root) for root in (*roots, *pki.roots())],
        moment=at,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    revision = _Revision(io.BytesIO(pdf))
    try:
        stamped = signers.PdfTimeStamper(HTTPTimeStamper(authority, timeout=TSA_TIMEOUT)).timestamp_pdf(
            revision, "sha256", context, validation_paths=_paths(pdf, context), dss_settings=_STAMP_IS_LAST
        )
    except (*REFUSALS, ValueError) as error:  # ValueError: an answer that is no RFC 3161 at all
        raise NoTimestamp(f"{authority}: {error}") from error
    return stamped.getvalue()


# The certificates go in before the stamp: nothing of ours ever stands behind the last of the signatures.
_STAMP_IS_LAST = TimestampDSSContentSettings(include_vri=False, update_before_ts=True)


def _paths(pdf: bytes, context: ValidationContext) -> list:
    """The chains of the signatures in a file, from each certificate to its root."""

    async def collect():
        return [path for each in signatures for path in await collect_validation_info(each, context)]

    signatures = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures
    return asyncio.run(collect())


def signed_fields(pdf: bytes) -> set[str]:
    """The names of the fields that carry a signature."""
    return _signed(PdfFileReader(io.BytesIO(pdf)))


def _signed(reader: PdfFileReader) -> set[str]:
    return {name for name, _value, _field in fields.enumerate_sig_fields(reader, filled_status=True)}


class _Revision(IncrementalPdfFileWriter):
    """An addition to a file that leaves its dates alone: pyHanko would write the machine's time into them."""

    def _update_meta(self):
        pass


class _Drawing(PdfContent):
    """The first page of a PDF, to be drawn inside another."""

    def __init__(self, pdf: bytes):
        super().__init__()
        self.pdf = pdf

    def render(self) -> bytes:
        page = self._ensure_writer.import_page_as_xobject(PdfFileReader(io.BytesIO(self.pdf)))
        self.resources.xobject["/Stamp"] = page
        left, bottom, right, top = page.get_object()["/BBox"]
        self.box = BoxConstraints(width=right - left, height=top - bottom)
        return b"/Stamp Do"


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


def _style(stamp: bytes) -> StaticStampStyle:
    """The stamp as large as its field, without a frame."""
    layout = SimpleBoxLayoutRule(AxisAlignment.ALIGN_MIN, AxisAlignment.ALIGN_MID, margins=Margins.uniform(0))
    return StaticStampStyle(background=_Drawing(stamp), background_layout=layout, border_width=0)


def _stamp(signer: Signer, version_sha256: str, at: datetime) -> bytes:
    """The visible stamp. WeasyPrint makes it: pyHanko's own text stamp breaks PDF/A with most fonts."""
    language = get_language() or settings.LANGUAGE_CODE
    html = render_to_string(
        "records/print/stamp.html",
        {
            "signer": signer,
            "language": language,
            "moment": date_format(at.astimezone(UTC), "j F Y, H:i:s") + " UTC",
            "hash": f"{version_sha256[:8]} {version_sha256[8:16]} …",
            "is_long": len(signer.name) > 32 or len(signer.capacity + signer.organisation) > 140,
        },
    )
    return printing.render(html, title=signer.name, language=language, at=at, style="stamp.css")
