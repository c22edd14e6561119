"""Bring in a contract that was signed on paper before: its scan, its terms as typed here, and a second person's word.

Segregation: who brings it in is a manager of the provider; who confirms that paper and terms say the same is
another manager of the provider or somebody of the client's side, never the same person.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts import nudge
from accounts.models import User
from agreements import checks, ending_notices, ends, importing_notices, lint, rounds, signing, terms
from agreements.actions.review import Unready
from agreements.locking import lock
from agreements.models import Agreement, Paper, Version
from agreements.signing import Refused, first_moment
from records import audit, vault, verification
from records.models import Document


@transaction.atomic
def bring_in(
    version: Version, *, content: bytes, signed_by: str, concluded_on: date, statement: str, actor: User, at: datetime
) -> Paper:
    """Put the scan of a signed paper beside the first draft that says the same; again until it is confirmed.

    The draft's terms must pass lint. The client sees the agreement from now on. Raises Unready, Refused
    ("file", "signed_by", "concluded_on", "statement"), TransitionNotAllowed when it is no first draft.
    """
    if problem := verification.why_not_a_pdf(content):
        raise Refused(problem, "file")
    for name, value in (("signed_by", signed_by), ("statement", statement)):
        if not value.strip():
            raise Refused(_("This is needed."), name)
    version, at = lock(Version.objects.select_related("agreement"), version.pk, at)
    if version.state != Version.State.DRAFT or version.base_id is not None:
        raise TransitionNotAllowed("only a first draft can be imported from paper")
    if found := lint.errors(checks.findings(version, at)):
        raise Unready(found)
    document = version.read_terms()
    if concluded_on > at.astimezone(ZoneInfo(document.agreement.timezone)).date():
        raise Refused(_("It cannot have been signed in the future."), "concluded_on")
    paper, _created = Paper.objects.update_or_create(
        version=version,
        defaults={
            "document": _keep(content, version, actor, at), "terms_sha256": _digest(version), "signed_by": signed_by,
            "concluded_on": concluded_on, "statement": statement, "brought_by": actor, "brought_at": at,
        },
    )
    agreement = version.agreement
    agreement.shared_at, agreement.changed_at = agreement.shared_at or at, at
    agreement.save(update_fields=["shared_at", "changed_at"])
    audit.record(
        "paper.brought_in", paper, actor=actor, at=at, scope=agreement.reference, version=version.label,
        document=paper.document.sha256, signed_by=signed_by, concluded_on=concluded_on.isoformat(),
        statement=statement,
    )
    importing_notices.to_confirm(paper, at=at)
    nudge.engine("accounts.deliver")
    return paper


@transaction.atomic
def confirm_paper(paper: Paper, *, actor: User, at: datetime) -> Version:
    """The second person found that paper and terms say the same: the version is executed, as imported.

    Its terms are frozen and hashed like any; monitoring begins with the month of the import. Raises Refused
    for the person who brought it in or a stranger to both sides, TransitionNotAllowed when the text was
    changed meanwhile or it was confirmed already.
    """
    version, at = lock(Version.objects.select_related("agreement__provider", "agreement__client"), paper.version_id, at)
    paper = Paper.objects.select_related("brought_by", "document").get(pk=paper.pk)
    agreement = version.agreement
    if paper.confirmed_at is not None or version.state != Version.State.DRAFT:
        raise TransitionNotAllowed("it was dealt with already")
    if paper.terms_sha256 != _digest(version):
        raise TransitionNotAllowed("the terms were changed since the paper was brought in")
    if actor == paper.brought_by or actor not in ending_notices.sides(agreement, at):
        raise Refused(_("Another manager, or somebody of the client, confirms it: not who brought it in."))
    paper.confirmed_by, paper.confirmed_at = actor, at
    paper.save(update_fields=["confirmed_by", "confirmed_at"])
    _execute(version, paper, at)
    audit.record(
        "version.imported", version, actor=actor, at=at, scope=agreement.reference, version=version.label,
        document=paper.document.sha256, terms_sha256=version.terms_sha256,
        effective_from=version.effective_from.isoformat(),
    )
    importing_notices.imported(paper, at=at)
    nudge.engine("kpis.bind")
    nudge.engine("accounts.deliver")
    return version


def _execute(version: Version, paper: Paper, at: datetime) -> None:
    document = version.read_terms()
    signing.labelled(document, reference=version.agreement.reference, label=version.label)
    version.terms = terms.dump(document)
    version.place_in_time(document)
    concluded = first_moment(paper.concluded_on.isoformat(), document.agreement.timezone)
    version.take_in(at=at, concluded_at=concluded, document=paper.document, sha256=terms.digest(document))
    version.save()
    agreement = Agreement.objects.select_for_update().get(pk=version.agreement_id)
    agreement.activate()
    agreement.save(update_fields=["state"])
    rounds.touch(agreement, at)
    ends.give_way(version, at=at)


def _digest(version: Version) -> str:
    return terms.digest(version.read_terms())


def _keep(content: bytes, version: Version, actor: User, at: datetime) -> Document:
    reference = version.agreement.reference
    return vault.store(
        content,
        kind=Document.Kind.EVIDENCE,
        title=(_("Signed paper, %s") % version)[:200],
        filename=f"{reference}-{version.label}-paper.pdf",
        actor=actor,
        at=at,
        scope=reference,
        number=f"{reference} {version.label}",
    )
