"""A breach that no sweep can see: somebody of either party logs it, with what shows it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from agreements.locking import locked
from agreements.models import Agreement, Version
from incidents.acting import Refused, open_breach
from incidents.models import Breach
from records import numbers, vault
from records.models import Document

LARGEST = 10_000_000


@transaction.atomic
def log_breach(
    agreement: Agreement,
    *,
    title: str,
    text: str,
    kpi: str,
    evidence: tuple[str, bytes, str] | None,
    actor: User,
    at: datetime,
    external_id: str = "",
) -> Breach:
    """Log a promise missed by hand; `evidence` is (filename, content, media type). Its ladder begins.

    The same `external_id` again returns the breach of the first time. Raises Refused: no title, nothing that shows
    it (words or a file), no version in force, no such KPI.
    """
    cause = f"hand:{agreement.pk}:{external_id}" if external_id else ""
    if cause and (known := _known(agreement, cause)) is not None:
        return known
    _check(title, text, evidence)
    version = Version.objects.in_force(at).filter(agreement=agreement).first()
    if version is None:
        raise Refused("", _("No signed version of this agreement is in force."))
    if kpi and kpi not in {each.key for each in version.read_terms().kpis}:
        raise Refused("kpi", _("Choose a KPI of the signed version."))
    figures = {
        "version": version.label, "terms_sha256": version.terms_sha256, "edition": None, "result_sha256": "",
    }
    return open_breach(
        version, cause=cause or f"hand:{numbers.following('breach by hand')}", title=title.strip(), figures=figures,
        actor=actor, at=at, text=text.strip(), kpi=kpi, confirmed=True, evidence=_keep(agreement, evidence, actor, at),
    )


def _known(agreement: Agreement, cause: str) -> Breach | None:
    locked(Agreement.objects.all(), agreement.pk)  # the same machine may ask twice at once
    return Breach.objects.filter(cause=cause).select_related("agreement", "period", "owner").first()


def _check(title: str, text: str, evidence: tuple[str, bytes, str] | None) -> None:
    if not title.strip():
        raise Refused("title", _("Say in a few words what was missed."))
    if not text.strip() and evidence is None:
        raise Refused("text", _("Say what shows it, or attach a file."))
    if evidence is not None and len(evidence[1]) > LARGEST:
        raise Refused("evidence", _("Take a file of at most 10 MB."))


def _keep(
    agreement: Agreement, evidence: tuple[str, bytes, str] | None, actor: User, at: datetime
) -> Document | None:
    if evidence is None:
        return None
    filename, content, media_type = evidence
    return vault.store(
        content, kind=Document.Kind.EVIDENCE, title=filename[:200], filename=filename[:200], actor=actor, at=at,
        media_type=media_type[:100], scope=agreement.reference,
    )
