"""Judge a sealed PDF as a stranger would: unchanged, complete, by whom, carrying which terms.

"Intact" is not enough: a white box appended over a signed page leaves every signature intact, valid and
trusted, so content and modification level are judged too; and a file cut back to its first signature is a
valid file with one signature, so the signatures that must be there are counted.
"""

import hashlib
import io
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.utils.translation import gettext as _
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from records import collecting
from records.pki import SEAL
from records.sealing import PLATFORM

log = logging.getLogger(__name__)

TERMS = "sla-terms.json"
MAX_BYTES = 25 * 1024 * 1024


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
class Timestamp:
    """A document time stamp (RFC 3161) over all that stands before it. Whose clock to trust is the reader's choice:
    `trusted` says whether its certificate leads to a root that the reader named. `policy` is the authority's own
    (OID), by which it says how its clock is kept."""

    at: datetime
    authority: str
    policy: str
    serial: str
    unchanged: bool
    trusted: bool


@dataclass(frozen=True)
class Problem:
    """What does not hold, in plain words, with a code for programs: unreadable, encrypted, changed, untrusted,
    invalid, missing, attachment."""

    code: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """`ok` only when nothing at all is wrong."""

    signatures: list[Signature] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    attachments: dict[str, bytes] = field(default_factory=dict)
    timestamps: list[Timestamp] = field(default_factory=list)

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
    time_roots: Sequence[x509.Certificate] = (),
) -> Verdict:
    """Verify every signature at the moment `at`. Never raises for a bad file.

    `required` are the fields that must be signed, beside the platform's; None: those that the attached terms
    name as signatories. `attachment` is a name and the bytes that it must have. `time_roots` are those of the
    time stamp authorities one believes.
    """
    if len(pdf) > MAX_BYTES:
        limit = MAX_BYTES // 1024 // 1024
        return _refused("unreadable", _("This file is larger than %(limit)s MB; ours never are.") % {"limit": limit})
    if not pdf:
        return _refused("unreadable", _("This file is empty."))
    try:
        with collecting.put_off():
            return _check(pdf, _context(roots, at), _context(time_roots, at), required, attachment)
    except Exception as error:
        # Whatever a hostile file makes the parser stumble over, it is not a sealed document of ours.
        log.info("unreadable file of %s bytes: %r", len(pdf), error)
        return _refused("unreadable", _("This is not a PDF that can be read."))


def why_not_a_pdf(content: bytes) -> str:
    """Why a file cannot be kept as a PDF that people will read; empty when it can. Never raises."""
    if len(content) > MAX_BYTES:
        return _("This file is larger than %(limit)s MB.") % {"limit": MAX_BYTES // 1024 // 1024}
    try:
        reader = PdfFileReader(io.BytesIO(content))
        if reader.encrypted:
            return _("This PDF is encrypted.")
        pages = int(reader.root["/Pages"]["/Count"])
    except Exception as error:  # whatever a damaged file makes the parser stumble over
        log.info("no pdf, %s bytes: %r", len(content), error)
        return _("This is not a PDF that can be read.")
    return "" if pages > 0 else _("This PDF has no page.")


def attachments(pdf: bytes) -> dict[str, bytes]:
    """The files inside a PDF, by name."""
    return _enclosed(PdfFileReader(io.BytesIO(pdf)).root)


def _refused(code: str, text: str) -> Verdict:
    return Verdict(problems=[Problem(code, text)])


def _check(pdf, context, time_context, required, attachment) -> Verdict:
    reader = PdfFileReader(io.BytesIO(pdf))
    if reader.encrypted:
        return _refused("encrypted", _("This file is encrypted; ours never are."))
    enclosed = _enclosed(reader.root)
    verdict = Verdict(attachments=enclosed)
    found = reader.embedded_signatures
    for embedded in found:
        if embedded.sig_object_type == "/DocTimeStamp":
            _judge_time(embedded, time_context, verdict)
        else:
            _judge(embedded, context, verdict)
    if found:
        verdict.problems.extend(_added(reader, found, enclosed))
    verdict.problems.extend(_missing({each.field for each in verdict.signatures}, required, enclosed))
    verdict.problems.extend(_of_other_terms(verdict.people, enclosed))
    if attachment is not None and enclosed.get(attachment[0]) != attachment[1]:
        text = _("The attached %(name)s is not the one on record.")
        verdict.problems.append(Problem("attachment", text % {"name": attachment[0]}))
    return verdict


def _context(roots, at) -> ValidationContext:
    return ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(root.public_bytes(Encoding.DER)) for root in roots],
        moment=at,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )


def _judge_time(embedded, context, verdict: Verdict) -> None:
    """One time stamp of the file: when, by whose clock."""
    status = validate_pdf_timestamp(embedded, validation_context=context)
    token = embedded.signed_data["encap_content_info"]["content"].parsed
    stamp = Timestamp(
        at=status.timestamp,
        authority=status.signing_cert.subject.human_friendly,
        policy=token["policy"].dotted,
        serial=str(token["serial_number"].native),
        unchanged=_is_unchanged(status, ModificationLevel.LTA_UPDATES),
        trusted=status.trusted,
    )
    verdict.timestamps.append(stamp)
    if not stamp.unchanged:
        verdict.problems.append(Problem("changed", _("The file was changed after its time stamp.")))


def _judge(embedded, context, verdict: Verdict) -> None:
    """One signature of the file: what it says, and what is wrong with it."""
    status = validate_pdf_signature(embedded, signer_validation_context=context)
    signature = _facts(embedded, status)
    verdict.signatures.append(signature)
    verdict.problems.extend(_faults(signature, status))


def _is_unchanged(status, allowed: ModificationLevel) -> bool:
    level = status.modification_level
    # docmdp_ok is None for a time stamp, which allows nothing of its own.
    quiet = level is not None and level <= allowed and status.docmdp_ok is not False
    return status.intact and status.valid and quiet


def _facts(embedded, status) -> Signature:
    name = status.signing_cert.subject.native
    # The platform's field certifies, with the platform's own seal, or it is no certification of ours.
    certifies = embedded.field_name != PLATFORM or (
        embedded.docmdp_level is not None and name.get("common_name") == SEAL
    )
    return Signature(
        field=embedded.field_name,
        person=name.get("common_name", ""),
        organisation=name.get("organization_name", ""),
        capacity=name.get("title", ""),
        email=name.get("email_address", ""),
        version=name.get("serial_number", ""),
        signed_at=status.signer_reported_dt,
        reason=str(embedded.sig_object["/Reason"]) if "/Reason" in embedded.sig_object else "",
        # Other people's signatures fill form fields; anything beyond that is a change.
        unchanged=_is_unchanged(status, ModificationLevel.FORM_FILLING),
        trusted=status.trusted and certifies,
    )


def _faults(signature: Signature, status) -> list[Problem]:
    place = {"field": signature.field}
    problems = []
    if not signature.unchanged:
        text = _("The file was changed after the signature in the field %(field)s.")
        problems.append(Problem("changed", text % place))
    if not signature.trusted:
        text = _("The certificate in the field %(field)s is not from this portal.")
        problems.append(Problem("untrusted", text % place))
    if not problems and not status.bottom_line:
        problems.append(Problem("invalid", _("The signature in the field %(field)s does not hold.") % place))
    return problems


def _added(reader, found, enclosed: dict[str, bytes]) -> list[Problem]:
    """What came into the file after the first signature, by name where it is an attachment, and what stands
    behind the last signature: even a harmless addition is none of ours."""
    problems = []
    certified = _enclosed(reader.get_historical_root(found[0].signed_revision))
    for name in sorted(certified.keys() | enclosed.keys()):
        if certified.get(name) != enclosed.get(name):
            text = _("The attachment %(name)s was added, removed or replaced after the first signature.")
            problems.append(Problem("changed", text % {"name": name}))
    if found[-1].coverage != SignatureCoverageLevel.ENTIRE_FILE:
        problems.append(Problem("changed", _("Something was added to the file after its last signature.")))
    return problems


def _of_other_terms(people: list[Signature], enclosed: dict[str, bytes]) -> list[Problem]:
    """Each person's certificate was made for one text: the terms inside must be that one."""
    if TERMS not in enclosed:
        return []
    inside = hashlib.sha256(enclosed[TERMS]).hexdigest()
    text = _("The signature in the field %(field)s was made for other terms than those attached.")
    return [Problem("attachment", text % {"field": each.field}) for each in people if each.version != inside]


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


def _enclosed(node) -> dict[str, bytes]:
    """The embedded files of a document's catalogue."""
    found: dict[str, bytes] = {}
    # Not `.get`: pyHanko's gives the reference, its [] follows it.
    for key in ("/Names", "/EmbeddedFiles", "/Names"):
        if key not in node:
            return found
        node = node[key]
    for index in range(1, len(node), 2):
        spec = node[index]
        found[str(spec["/UF"] if "/UF" in spec else spec["/F"])] = spec["/EF"]["/F"].data
    return found
