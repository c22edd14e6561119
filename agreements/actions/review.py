"""The review of a draft: send it, comment, settle, ask for changes, take it back, approve."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from agreements import approval, checks, lint, people, review_notices, reviewing, terms
from agreements.actions.writing import Stale
from agreements.locking import lock
from agreements.models import Agreement, Approval, Comment, Draft, Involvement, Reviewer, Version
from agreements.signing import Refused
from records import audit


class Unready(Refused):
    """Lint found errors; `findings` lists them."""

    def __init__(self, findings: list[lint.Finding]):
        super().__init__(findings[0].message)
        self.findings = findings


@transaction.atomic
def submit(
    version: Version,
    *,
    reviewers: Sequence[tuple[User, str, bool]],
    actor: User,
    at: datetime,
    message: str = "",
) -> Version:
    """Send a draft to review: (person, party, required) for each reviewer, of both parties.

    Keeps the text as it is sent, shares the agreement with the client, tells those whose word is missing.
    What they approved before still counts where the text did not change. Raises Unready, Refused
    ("reviewers"), TransitionNotAllowed.
    """
    version, at = _locked(version, at)
    version.submit()
    if found := lint.errors(checks.findings(version, at)):
        raise Unready(found)
    _check_reviewers(version, reviewers, at)
    version.save(update_fields=["state"])
    _seat(version, reviewers, at)
    # A draft that was taken back unchanged is sent again under its number.
    Draft.objects.update_or_create(
        version=version,
        number=version.draft_number,
        defaults={"terms": version.terms, "message": message, "sent_by": actor, "sent_at": at},
    )
    _share(version.agreement, at)
    audit.record(
        "version.submitted",
        version,
        actor=actor,
        at=at,
        scope=version.agreement.reference,
        version=version.label,
        draft=version.draft_number,
        terms_sha256=terms.digest(version.read_terms()),
        reviewers=[person.email for person, _party, _required in reviewers],
    )
    review_notices.sent(version, reviewing.missing(version), actor=actor, at=at)
    return _advance(version, actor=actor, at=at)


@transaction.atomic
def comment(
    version: Version,
    *,
    part: str,
    text: str,
    blocking: bool,
    actor: User,
    at: datetime,
    thread: Comment | None = None,
) -> Comment:
    """Say something about a part of a draft that was sent to review; a reply goes to the start of its thread.

    A blocking comment holds the approval until it is settled. Raises Refused ("text", "part"),
    TransitionNotAllowed when the text can't be discussed any more.
    """
    if not text.strip():
        raise Refused(_("Write what you want to say."), "text")
    version, at = _locked(version, at)
    _require_discussion(version)
    thread = _start_of(version, thread)
    part = thread.part if thread else part
    if part not in terms.parts(version.read_terms()):
        raise Refused(_("This part of the text is not there any more."), "part")
    if thread and thread.settled_at:
        raise TransitionNotAllowed("the thread is settled")
    said = Comment.objects.create(
        version=version,
        part=part,
        thread=thread,
        author=actor,
        text=text,
        at=at,
        blocking=blocking and thread is None,
    )
    audit.record(
        "comment.added",
        said,
        actor=actor,
        at=at,
        scope=version.agreement.reference,
        version=version.label,
        part=part,
        blocking=said.blocking,
        text=text,
    )
    review_notices.said(said, at=at)
    return said


@transaction.atomic
def settle(comment: Comment, *, actor: User, at: datetime) -> Comment:
    """Close a thread. The last blocking one may complete the review.

    A blocking one is closed by whoever began it alone, also when a reply is named. Raises Refused,
    TransitionNotAllowed if closed.
    """
    version, at = _locked(comment.version, at)
    comment = Comment.objects.select_for_update().get(pk=comment.thread_id or comment.pk)
    if comment.settled_at is not None:
        raise TransitionNotAllowed("the thread is settled already")
    if comment.blocking and comment.author_id != actor.pk:
        raise Refused(_("Only %s may settle this comment.") % comment.author)
    _require_discussion(version)
    comment.settled_by, comment.settled_at = actor, at
    comment.save(update_fields=["settled_by", "settled_at"])
    audit.record(
        "comment.settled",
        comment,
        actor=actor,
        at=at,
        scope=version.agreement.reference,
        version=version.label,
        part=comment.part,
        text=comment.text,
    )
    if version.state == Version.State.IN_REVIEW:
        _advance(version, actor=actor, at=at)
    return comment


@transaction.atomic
def request_changes(version: Version, *, reason: str, actor: User, at: datetime) -> Version:
    """Send a draft back to its author with a reason. Raises Refused ("reason"), TransitionNotAllowed."""
    if not reason.strip():
        raise Refused(_("Say what must change."), "reason")
    version = _reopen(version, "version.changes_requested", actor, at, reason=reason)
    review_notices.returned(version, reason, actor=actor, at=at)
    return version


@transaction.atomic
def recall(version: Version, *, actor: User, at: datetime) -> Version:
    """Take a draft back from review, to work on it. Raises TransitionNotAllowed."""
    return _reopen(version, "version.recalled", actor, at)


@transaction.atomic
def approve(version: Version, *, actor: User, at: datetime, remark: str = "", revision: int | None = None) -> Version:
    """Approve every part as it stands; the last word that was missing makes the version READY.

    `revision` is that of the text that was read. Raises Refused for somebody who is not a reviewer, Stale
    when the text is another one by now, TransitionNotAllowed when it is not in review.
    """
    version, at = _locked(version, at)
    if version.state != Version.State.IN_REVIEW:
        raise TransitionNotAllowed("only a version in review can be approved")
    if not version.reviewers.filter(user=actor).exists():
        raise Refused(_("You are not a reviewer of this version."))
    if revision is not None and revision != version.revision:
        raise Stale(version)
    said = Approval.objects.create(
        version=version, user=actor, parts=terms.parts(version.read_terms()), remark=remark, at=at
    )
    audit.record(
        "version.approved",
        version,
        actor=actor,
        at=at,
        scope=version.agreement.reference,
        version=version.label,
        draft=version.draft_number,
        parts=said.parts,
        remark=remark,
    )
    return _advance(version, actor=actor, at=at)


def _advance(version: Version, *, actor: User, at: datetime) -> Version:
    """To READY when everybody required has approved what stands there. The caller holds the version's lock."""
    blocking = version.comments.filter(blocking=True, settled_at=None).count()
    parts = terms.parts(version.read_terms())
    if not approval.agreed(parts, reviewing.seats(version), authors=reviewing.authors(version), blocking=blocking):
        return version
    version.approve()
    version.save(update_fields=["state"])
    audit.record("version.ready", version, actor=actor, at=at, scope=version.agreement.reference, version=version.label)
    review_notices.ready(version, at=at)
    return version


def _reopen(version: Version, verb: str, actor: User, at: datetime, **data) -> Version:
    version, at = _locked(version, at)
    version.reopen()
    version.save(update_fields=["state", "draft_number"])
    _touch(version.agreement, at)
    audit.record(verb, version, actor=actor, at=at, scope=version.agreement.reference, version=version.label, **data)
    return version


def _locked(version: Version, at: datetime) -> tuple[Version, datetime]:
    rows = Version.objects.select_related("base", "agreement__provider", "agreement__client", "agreement__owner")
    return lock(rows, version.pk, at)


def _require_discussion(version: Version) -> None:
    open_ = (Version.State.DRAFT, Version.State.IN_REVIEW)
    if version.state not in open_ or not version.drafts.exists():
        raise TransitionNotAllowed("this version is not under discussion")


def _start_of(version: Version, thread: Comment | None) -> Comment | None:
    if thread is None:
        return None
    if thread.version_id != version.pk:
        raise Refused(_("This comment belongs to another version."), "thread")
    return Comment.objects.select_for_update().get(pk=thread.thread_id or thread.pk)


def _check_reviewers(version: Version, reviewers: Sequence[tuple[User, str, bool]], at: datetime) -> None:
    chosen = [person.pk for person, _party, _required in reviewers]
    if len(set(chosen)) != len(chosen):
        raise Refused(_("A person reviews once, for one party."), "reviewers")
    for person, party, _required in reviewers:
        organisation = version.agreement.organisation_of(party)
        if person not in people.members(organisation, at=at):
            words = {"person": person, "organisation": organisation}
            raise Refused(_("%(person)s does not belong to %(organisation)s.") % words, "reviewers")
    seats = [approval.Seat(person.pk, party, required) for person, party, required in reviewers]
    wrong = approval.wrong_seats(seats, authors=reviewing.authors(version))
    if wrong == "both":
        raise Refused(_("Each party needs at least one reviewer whose approval is required."), "reviewers")
    if wrong == "author":
        raise Refused(_("Somebody who did not write it must approve it, too."), "reviewers")


def _seat(version: Version, reviewers: Sequence[tuple[User, str, bool]], at: datetime) -> None:
    """The reviewers are exactly these; who was one and is not any more keeps what they said."""
    agreement = version.agreement
    version.reviewers.exclude(user__in=[person for person, _party, _required in reviewers]).delete()
    for person, party, required in reviewers:
        Reviewer.objects.update_or_create(
            version=version,
            user=person,
            defaults={"party": party, "required": required},
            create_defaults={"party": party, "required": required, "invited_at": at},
        )
        Involvement.objects.get_or_create(agreement=agreement, user=person, capacity=Involvement.Capacity.REVIEWER)
    seated = Reviewer.objects.filter(version__agreement=agreement).values("user")
    agreement.involvements.filter(capacity=Involvement.Capacity.REVIEWER).exclude(user__in=seated).delete()


def _share(agreement: Agreement, at: datetime) -> None:
    agreement.shared_at = agreement.shared_at or at
    agreement.changed_at = at
    agreement.save(update_fields=["shared_at", "changed_at"])


def _touch(agreement: Agreement, at: datetime) -> None:
    agreement.changed_at = at
    agreement.save(update_fields=["changed_at"])
