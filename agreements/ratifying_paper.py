"""The paper by which a party ratifies a signature whose authority was contested: printed, certified, signed."""

import hashlib
from datetime import datetime
from typing import Any

import rfc8785
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from agreements import facts, signing_notices
from agreements.models import Contest
from records import pdf, sealing, vault
from records.models import Document

STATEMENT = "sla-ratification.json"
FIELD = "field-"
SIGNS = "party"


def statement(contest: Contest) -> dict[str, Any]:
    """What is ratified, as data: the signature is made for the hash of exactly this."""
    slot, version = contest.slot, contest.slot.round.version
    return {
        "schema": 1, "agreement": version.agreement.reference, "version": version.label,
        "terms_sha256": version.terms_sha256, "slot": slot.key, "party": slot.party, "signed_by": slot.person.email,
        "signed_at": slot.closed_at.isoformat(), "document": slot.document.sha256, "contested": contest.reason,
    }


def digest(contest: Contest) -> str:
    return hashlib.sha256(rfc8785.dumps(statement(contest))).hexdigest()


def signed(contest: Contest, *, person: User, at: datetime) -> bytes:
    """The paper with the signature of somebody who may sign for the party."""
    version = contest.slot.round.version
    organisation = version.agreement.organisation_of(contest.slot.party).name
    language = version.terms["agreement"]["language"]
    with override(language):
        html = render_to_string("agreements/print/ratification.html", {
            "contest": contest, "slot": contest.slot, "version": version, "agreement": version.agreement,
            "organisation": organisation, "language": language, "sha256": digest(contest),
            "signed": signing_notices.moment(contest.slot.closed_at, version),
            "declared": signing_notices.moment(at, version), "verify_url": facts.verify_url(),
        })  # fmt: skip
        data = pdf.Attachment(STATEMENT, rfc8785.dumps(statement(contest)), _("This declaration as data"), "Data")
        typeset = pdf.typeset(
            html, title=_("Ratification, %s") % version, language=language, at=at, attachments=[data], places=FIELD
        )
        places = {name.removeprefix(FIELD): place for name, place in typeset.places.items()}
        reason = _("Certified by the portal: only signatures may be added")
        content = sealing.prepare(typeset.pdf, places, reason=reason, at=at)
        signer = sealing.Signer(person.name, person.email, organisation, _("with authority to sign"))
        meaning = _("I ratify this signature for %s") % organisation
        return sealing.sign(content, SIGNS, signer, version_sha256=digest(contest), reason=meaning, at=at)


def keep(content: bytes, contest: Contest, *, actor: User, at: datetime) -> Document:
    version = contest.slot.round.version
    reference = version.agreement.reference
    return vault.store(
        content, kind=Document.Kind.EVIDENCE, title=(_("Ratification, %s") % version)[:200],
        filename=f"{reference}-{version.label}-ratification-{contest.pk}.pdf", actor=actor, at=at, scope=reference,
        number=f"{reference} {version.label}",
    )
