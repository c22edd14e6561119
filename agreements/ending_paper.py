"""The paper of an end: a notice or an agreement to end, printed, certified, signed, checked again."""

import hashlib
from datetime import datetime
from typing import Any

import rfc8785
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from agreements import facts, signing_notices
from agreements.models import Agreement, Ending, Version
from records import pdf, sealing, vault
from records.models import Document

STATEMENT = "sla-end.json"
FIELD = "field-"


def statement(agreement: Agreement, version: Version, *, kind: str, party: str, last_day: str, reason: str) -> dict:
    """What is declared, as data: the signatures are made for the hash of exactly this."""
    return {
        "schema": 1,
        "agreement": agreement.reference,
        "version": version.label,
        "terms_sha256": version.terms_sha256,
        "provider": agreement.provider.name,
        "client": agreement.client.name,
        "kind": kind,
        "party": party,
        "last_day": last_day,
        "reason": reason,
    }


def digest(said: dict[str, Any]) -> str:
    """SHA-256 of the canonical statement, as hexadecimal digits."""
    return hashlib.sha256(canonical(said)).hexdigest()


def canonical(said: dict[str, Any]) -> bytes:
    return rfc8785.dumps(said)


def fields_of(ending: Ending) -> list[str]:
    """Which parties' signatures the paper of an end must carry."""
    return [ending.party, ending.other] if ending.is_mutual else [ending.party]


def prepared(ending: Ending, version: Version) -> bytes:
    """The paper with a field for each party that signs it, certified."""
    language = version.terms["agreement"]["language"]
    with override(language):
        html = render_to_string("agreements/print/ending.html", context(ending, version))
        typeset = pdf.typeset(
            html,
            title=str(ending),
            language=language,
            at=ending.given_at,
            attachments=[pdf.Attachment(STATEMENT, canonical(ending.statement), _("This declaration as data"), "Data")],
            places=FIELD,
        )
        places = {name.removeprefix(FIELD): place for name, place in typeset.places.items()}
        reason = _("Certified by the portal: only signatures may be added")
        return sealing.prepare(typeset.pdf, places, reason=reason, at=ending.given_at)


def context(ending: Ending, version: Version) -> dict[str, Any]:
    agreement = ending.agreement
    return {
        "ending": ending,
        "agreement": agreement,
        "version": version,
        "language": version.terms["agreement"]["language"],
        "giver": agreement.organisation_of(ending.party),
        "receiver": agreement.organisation_of(ending.other),
        "last_day": date_format(ending.last_day, "j F Y"),
        "given": signing_notices.moment(ending.given_at, version),
        "parties": [(party, agreement.organisation_of(party)) for party in fields_of(ending)],
        "verify_url": facts.verify_url(),
    }


def signed(content: bytes, ending: Ending, *, party: str, person: User, at: datetime) -> bytes:
    organisation = ending.agreement.organisation_of(party).name
    signer = sealing.Signer(person.name, person.email, organisation, _("with authority to sign"))
    reason = _("I declare this for %s") % organisation
    return sealing.sign(content, party, signer, version_sha256=ending.sha256, reason=reason, at=at)


def keep(content: bytes, ending: Ending, *, actor: User, at: datetime) -> Document:
    reference = ending.agreement.reference
    return vault.store(
        content,
        kind=Document.Kind.EVIDENCE,
        title=str(ending)[:200],
        filename=f"{reference}-{ending.kind}-{ending.last_day.isoformat()}.pdf",
        actor=actor,
        at=at,
        scope=reference,
        number=reference,
        text=ending.reason,
    )
