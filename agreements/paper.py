"""The paper side of signing: print, certify, sign, check. Bytes in, bytes out; the vault keeps them."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from agreements import facts, printing, signing_notices, terms
from agreements.models import Round, Slot, Version
from records import pdf, pki, sealing, vault, verification
from records.models import Document

# The elements of the signature page whose places become signature fields, by slot.
FIELD = "field-"


class NotSound(Exception):
    """A signed file does not hold what it must; the message names each thing."""


def prepared(round_: Round) -> tuple[bytes, str]:
    """The document of a round, with the terms attached and a field for each slot, certified; and its bare words.

    Printed as of the moment the round was opened, so that printing again gives the same bytes.
    """
    version = round_.version
    document = version.read_terms()
    content = terms.canonical(document)
    if terms.digest(document) != version.terms_sha256:
        raise NotSound("the terms are not those that were frozen")
    typeset = pdf.typeset(
        printing.html(document, facts.of_round(round_)),
        title=title(version),
        language=document.agreement.language,
        at=round_.opened_at,
        attachments=[pdf.Attachment(verification.TERMS, content, _("The terms of this agreement as data"), "Data")],
        places=FIELD,
    )
    places = {name.removeprefix(FIELD): place for name, place in typeset.places.items()}
    if places.keys() != {seat.slot for seat in document.signatories}:
        raise NotSound("the signature page has not one field for each slot")
    reason = _("Certified by the portal: only signatures may be added")
    return sealing.prepare(typeset.pdf, places, reason=reason, at=round_.opened_at), typeset.words


def signed(round_: Round, slot: Slot, organisation: str, at: datetime) -> bytes:
    """The newest bytes of a round with one more signature."""
    signer = sealing.Signer(slot.person.name, slot.person.email, organisation, slot.capacity)
    return sealing.sign(
        vault.read(round_.document.sha256),
        slot.key,
        signer,
        version_sha256=round_.version.terms_sha256,
        reason=_("I sign this agreement for %(organisation)s as %(capacity)s")
        % {"organisation": organisation, "capacity": slot.capacity},
        at=at,
    )


def sealed(
    round_: Round, version: Version, slots: Sequence[Slot], at: datetime
) -> tuple[bytes, verification.Timestamp | None]:
    """The signed file as it goes into the vault for good, and its time stamp; None where none was ever awaited.

    Asks the time stamp authority over the network. Raises NotSound, sealing.NoTimestamp.
    """
    content = vault.read(round_.document.sha256)
    check(content, version, slots, at)
    if round_.document.kind == Document.Kind.SIGNED:
        return content, None
    if not settings.TSA_URL:
        raise NotSound("a time stamp was promised at the last signature, and TSA_URL names no authority now")
    stamped = sealing.timestamp(content, authority=settings.TSA_URL, roots=pki.time_roots(), at=at)
    stamps = check(stamped, version, slots, at).timestamps
    if not stamps or not stamps[-1].trusted:
        raise NotSound("the time stamp does not lead to a root in TSA_CA")
    return stamped, stamps[-1]


def check(content: bytes, version: Version, slots: Sequence[Slot], at: datetime) -> verification.Verdict:
    """Judge a signed file as a stranger would, and against the rows. Raises NotSound."""
    document = version.read_terms()
    verdict = verification.check(
        content,
        roots=pki.roots(),
        at=at,
        required=[seat.slot for seat in document.signatories],
        attachment=(verification.TERMS, terms.canonical(document)),
        time_roots=pki.time_roots(),
    )
    problems = [problem.text for problem in verdict.problems]
    found = {(each.field, each.email, each.version) for each in verdict.people}
    expected = {(slot.key, slot.person.email, version.terms_sha256) for slot in slots}
    if found != expected:
        problems.append("the signatures in the file are not those on record")
    if problems:
        raise NotSound("; ".join(problems))
    return verdict


def certificate(
    version: Version,
    round_: Round,
    slots: Sequence[Slot],
    at: datetime,
    *,
    content: bytes,
    stamp: verification.Timestamp | None,
) -> bytes:
    """The certificate of completion: who signed what, when and how it was proved, sealed by the portal.

    `content` is the signed file it speaks of, `stamp` that file's time stamp.
    """
    html = certificate_html(version, round_, slots, content=content, stamp=stamp)
    printed = pdf.render(
        html,
        title=_("Certificate of completion, %s") % version,
        language=version.read_terms().agreement.language,
        at=at,
    )
    return sealing.seal(printed, reason=_("Certificate of completion"), at=at)


def certificate_html(
    version: Version, round_: Round, slots: Sequence[Slot], *, content: bytes, stamp: verification.Timestamp | None
) -> str:
    return render_to_string(
        "agreements/print/certificate.html",
        {
            "version": version,
            "agreement": version.agreement,
            "terms": version.read_terms(),
            "round": round_,
            "signed_sha256": hashlib.sha256(content).hexdigest(),
            "stamp": stamp,
            "stamped": stamp and f"{date_format(stamp.at.astimezone(UTC), 'j F Y, H:i:s')} UTC",
            "rows": [_evidence_row(slot, version) for slot in slots],
            "concluded": signing_notices.moment(version.concluded_at, version),
            "holds_from": signing_notices.moment(version.effective_from, version),
            "late": version.is_retroactive,
            "verify_url": facts.verify_url(),
        },
    )


def _evidence_row(slot: Slot, version: Version) -> dict:
    return {"slot": slot, "evidence": slot.evidence, "at": signing_notices.moment(slot.closed_at, version)}


def keep(content: bytes, version: Version, *, kind: str, actor, at: datetime, text: str, note: str = "") -> Document:
    """Put bytes of a version's document into the vault."""
    reference = version.agreement.reference
    return vault.store(
        content,
        kind=kind,
        title=(f"{title(version)}, {note}" if note else title(version))[:200],
        filename=f"{reference}-{version.label}{'-signed' if kind == Document.Kind.SIGNED else ''}.pdf",
        actor=actor,
        at=at,
        scope=reference,
        number=f"{reference} {version.label}",
        text=text,
    )


def keep_certificate(content: bytes, version: Version, *, at: datetime) -> Document:
    reference = version.agreement.reference
    return vault.store(
        content,
        kind=Document.Kind.EVIDENCE,
        title=(_("Certificate of completion, %s") % version)[:200],
        filename=f"{reference}-{version.label}-certificate.pdf",
        actor=None,
        at=at,
        scope=reference,
        number=f"{reference} {version.label}",
    )


def title(version: Version) -> str:
    return f"{version.agreement.title}, {version}"
