"""Judge a sealed PDF as a stranger would: unchanged, complete, by whom, carrying which terms.

"Intact" is not enough: a white box appended over a signed page leaves every signature intact, valid and
trusted, so content and modification level are judged too; and a file cut back to its first signature is a
valid file with one signature, so the signatures that must be there are counted.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.utils.translation import gettext as _
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from records.sealing import PLATFORM

TERMS = "sla-terms.json"


@dataclass(frozen=True)
class Signature:
    """One signature found in the file; `version` is the hash of the terms its certificate was made for."""

    field: str
    person: str
    organisation: str
    capacity: str
    email: str
    version: str
    signed_at: datetime | None
    reason: str
    unchanged: bool
    trusted: bool


@dataclass(frozen=True)
class Problem:
    """What does not hold: a code for programs and plain words."""

    code: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """`ok` only when nothing at all is wrong."""

    signatures: list[Signature] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    attachments: dict[str, bytes] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def people(self) -> list[Signature]:
        return [each for each in self.signatures if each.field != PLATFORM]


def check(
    pdf: bytes,
    *,
    roots: Sequence[x509.Certificate],
    at: datetime,
    required: Sequence[str] | None = None,
    attachment: tuple[str, bytes] | None = None,
) -> Verdict:
    """Verify every signature at the moment `at`. Never raises for a bad file.

    `required` are the fields that must be signed, beside the platform's; None: those that the attached terms
    name as signatories. `attachment` is a name and the bytes that it must have.
    """
    try:
        return _check(pdf, roots, at, required, attachment)
    except (PdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, OSError):
        # Whatever a broken file makes the parser stumble over, it is not a sealed document of ours.
        return Verdict(problems=[Problem("unreadable", _("This is not a PDF that can be read."))])


def attachments(pdf: bytes) -> dict[str, bytes]:
    """The files inside a PDF, by name."""
    return _enclosed(PdfFileReader(io.BytesIO(pdf)))


def _check(pdf, roots, at, required, attachment) -> Verdict:
    reader = PdfFileReader(io.BytesIO(pdf))
    if reader.encrypted:
        return Verdict(problems=[Problem("encrypted", _("This file is encrypted; ours never are."))])
    enclosed = _enclosed(reader)
    problems: list[Problem] = []
    signatures = []
    for embedded in reader.embedded_signatures:
        signature, found = _judge(embedded, roots, at)
        signatures.append(signature)
        problems += found
    problems += _missing({each.field for each in signatures}, required, enclosed)
    if attachment is not None and enclosed.get(attachment[0]) != attachment[1]:
        problems.append(
            Problem("attachment", _("The attached %(name)s is not the one on record.") % {"name": attachment[0]})
        )
    return Verdict(signatures, problems, enclosed)


def _judge(embedded, roots, at) -> tuple[Signature, list[Problem]]:
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(root.public_bytes(Encoding.DER)) for root in roots],
        moment=at,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    status = validate_pdf_signature(embedded, signer_validation_context=context)
    level = status.modification_level
    # Other people's signatures fill form fields; anything beyond that is a change.
    quiet = level is not None and level <= ModificationLevel.FORM_FILLING
    unchanged = status.intact and status.valid and bool(status.docmdp_ok) and quiet
    name = status.signing_cert.subject.native
    signature = Signature(
        field=embedded.field_name,
        person=name.get("common_name", ""),
        organisation=name.get("organization_name", ""),
        capacity=name.get("title", ""),
        email=name.get("email_address", ""),
        version=name.get("serial_number", ""),
        signed_at=status.signer_reported_dt,
        reason=str(embedded.sig_object["/Reason"]) if "/Reason" in embedded.sig_object else "",
        unchanged=unchanged,
        trusted=status.trusted,
    )
    problems = []
    if not unchanged:
        text = _("The file was changed after the signature in the field %(field)s.")
        problems.append(Problem("changed", text % {"field": embedded.field_name}))
    if not status.trusted:
        text = _("The certificate in the field %(field)s is not from this portal.")
        problems.append(Problem("untrusted", text % {"field": embedded.field_name}))
    if not problems and not status.bottom_line:
        text = _("The signature in the field %(field)s does not hold.")
        problems.append(Problem("invalid", text % {"field": embedded.field_name}))
    return signature, problems


def _missing(found: set[str], required, enclosed) -> list[Problem]:
    if required is None:
        required = _named_in_terms(enclosed)
    return [
        Problem("missing", _("The signature %(field)s is missing.") % {"field": name})
        for name in [PLATFORM, *required]
        if name not in found
    ]


def _named_in_terms(enclosed: dict[str, bytes]) -> list[str]:
    """The slots that the terms inside the file require; so a cut-back file is found even offline."""
    if TERMS not in enclosed:
        return []
    try:
        return [slot["slot"] for slot in json.loads(enclosed[TERMS])["signatories"]]
    except (ValueError, KeyError, TypeError):
        return []


def _enclosed(reader: PdfFileReader) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    node = reader.root
    # Not `.get`: pyHanko's gives the reference, its [] follows it.
    for key in ("/Names", "/EmbeddedFiles", "/Names"):
        if key not in node:
            return found
        node = node[key]
    for index in range(1, len(node), 2):
        spec = node[index]
        found[str(spec["/UF"] if "/UF" in spec else spec["/F"])] = spec["/EF"]["/F"].data
    return found
