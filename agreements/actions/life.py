"""What happens to an agreement after it was signed."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from agreements import rounds, signing, terms
from agreements.locking import lock
from agreements.models import Agreement, Version
from agreements.signing import Refused
from records import audit


@transaction.atomic
def amend(
    agreement: Agreement, *, reason: str, reason_text: str, reason_source: str = "", actor: User, at: datetime
) -> Version:
    """Start a change: a DRAFT with the terms of the newest executed version, under the next minor number.

    `reason` is a value of Version.Reason, `reason_source` what asked for it ("REV-2026-01, change 1"). The old
    version stays in force to the last second. Raises Refused ("reason", "reason_text", or the agreement has
    ended) and TransitionNotAllowed when another version is under way already.
    """
    if reason not in Version.Reason.values or reason == Version.Reason.FIRST:
        raise Refused(_("Choose why the agreement changes."), "reason")
    if not reason_text.strip():
        raise Refused(_("Say in a sentence what shall change and why."), "reason_text")
    agreement, at = lock(Agreement.objects.all(), agreement.pk, at)
    base = agreement.versions.executed().order_by("-effective_from").first()
    if agreement.state != Agreement.State.ACTIVE or agreement.ends_at or base is None or base.is_over(at):
        raise Refused(_("Only an agreement that is signed and has not ended can be changed."))
    if agreement.versions.open().exists():
        raise TransitionNotAllowed("another version of this agreement is under way")
    highest = agreement.versions.filter(major=base.major).aggregate(Max("minor"))["minor__max"]
    version = Version(
        agreement=agreement, major=base.major, minor=highest + 1, base=base, template=base.template,
        reason=reason, reason_text=reason_text, reason_source=reason_source, created_by=actor, created_at=at,
    )
    version.terms = terms.dump(_starting_terms(base, version.label, at))
    version.save()
    rounds.touch(agreement, at)
    audit.record(
        "version.amendment_started", version, actor=actor, at=at, scope=agreement.reference,
        version=version.label, base=base.label, reason=reason, reason_text=reason_text, source=reason_source,
    )
    return version


def _starting_terms(base: Version, label: str, at: datetime) -> terms.Terms:
    document = base.read_terms()
    document.agreement.version = label
    earliest = max(at, base.effective_from)
    document.term.effective_from = signing.next_start(earliest, document.agreement.timezone).isoformat()
    return document
