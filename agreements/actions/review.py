"""The review of a draft: send it, approve it, ask for changes, take it back. What is said is in talk.py."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts import outbox
from accounts.models import User
from agreements import approval, checks, lint, people, review_notices, reviewing, terms
from agreements.actions.writing import Stale
from agreements.models import Agreement, Approval, Draft, Involvement, Reviewer, Version
from agreements.signing import Refused


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
    due_at: datetime | None = None,
) -> Version:
    """Send a draft to review: (person, party, required) for each reviewer, of both parties.

    Keeps the text as it is sent, shares the agreement with the client, tells those whose word is missing;
    `due_at` is until when their word is asked for. What they approved before still counts where the text did
    not change. Raises Unready, Refused ("reviewers", "due_at"), TransitionNotAllowed.
    """
    version, at = reviewing.locked(version, at)
    version.submit()
    if found := lint.errors(checks.findings(version, at)):
        raise Unready(found)
    _check_reviewers(version, reviewers, at)
    if due_at is not None and due_at <= at:
        raise Refused(_("The day by which you need their word must be in the future."), "due_at")
    version.save(update_fields=["state"])
    _seat(version, reviewers, at)
    # A draft that was taken back unchanged is sent again under its number.
    draft, _created = Draft.objects.update_or_create(
        version=version,
        number=version.draft_number,
        defaults={
            "terms": version.terms,
            "message": message,
            "sent_by": actor,
            "sent_at": at,
            "due_at": due_at,
            "reminded_at": None,
        },
    )
    _share(version.agreement, at)
    reviewing.record(
        "version.submitted",
        version,
        version,
        actor=actor,
        at=at,
        draft=version.draft_number,
        terms_sha256=terms.digest(version.read_terms()),
        reviewers=[person.email for person, _party, _required in reviewers],
    )
    review_notices.sent(draft, version, reviewing.open_parts(version), actor=actor, at=at)
    return reviewing.advance(version, actor=actor, at=at)


@transaction.atomic
def seat_reviewers(
    version: Version, *, reviewers: Sequence[tuple[User, str, bool]], actor: User, at: datetime
) -> Version:
    """Change who reviews a draft that is in review; who is new is asked, who stays keeps what they approved.

    Raises Refused ("reviewers"), TransitionNotAllowed when it is not in review.
    """
    version, at = reviewing.locked(version, at)
    if version.state != Version.State.IN_REVIEW:
        raise TransitionNotAllowed("reviewers change only while it is in review")
    _check_reviewers(version, reviewers, at)
    before = {seat.user_id: seat.user.email for seat in version.reviewers.select_related("user")}
    _seat(version, reviewers, at)
    after = {person.pk: person.email for person, _party, _required in reviewers}
    reviewing.record(
        "version.reviewers_changed",
        version,
        version,
        actor=actor,
        at=at,
        added=sorted(after[pk] for pk in after.keys() - before.keys()),
        removed=sorted(before[pk] for pk in before.keys() - after.keys()),
        required=sorted(person.email for person, _party, required in reviewers if required),
    )
    asked = {pk: parts for pk, parts in reviewing.open_parts(version).items() if pk not in before}
    review_notices.sent(reviewing.last_sent(version), version, asked, actor=actor, at=at)
    return reviewing.advance(version, actor=actor, at=at)


@transaction.atomic
def remind_reviewer(reviewer: Reviewer, *, actor: User, at: datetime) -> Reviewer:
    """Ask a reviewer again whose word is missing; once a day at most. Raises Refused, TransitionNotAllowed."""
    version, at = reviewing.locked(reviewer.version, at)
    if version.state != Version.State.IN_REVIEW:
        raise TransitionNotAllowed("nobody is asked for a word now")
    if reviewer.user_id not in reviewing.open_parts(version):
        raise Refused(_("%s has approved already.") % reviewer.user)
    if not reviewer.user.is_active:
        raise Refused(_("The account of %s is closed. Name somebody else.") % reviewer.user)
    if not review_notices.remind(reviewing.last_sent(version), version, [reviewer.user], at=at):
        raise Refused(_("%s was reminded today already.") % reviewer.user)
    reviewing.record("reviewer.reminded", version, version, actor=actor, at=at, person=reviewer.user.email)
    return reviewer


def remind_reviewers(*, now: datetime) -> int:
    """Remind, once a draft, those whose word is missing when a day is left or none; returns how many drafts.

    Safe to run twice, or twice at once; after a stop of any length each draft is reminded of once.
    """
    due = Draft.objects.to_remind(now).values_list("pk", flat=True)
    return sum(_remind(pk, now) for pk in list(due))


@transaction.atomic
def _remind(pk: int, now: datetime) -> bool:
    draft = Draft.objects.select_related("version").get(pk=pk)
    version, _at = reviewing.locked(draft.version, now)
    if not Draft.objects.to_remind(now).filter(pk=pk).update(reminded_at=now):
        return False
    missing = User.objects.filter(pk__in=reviewing.open_parts(version, required=True))
    review_notices.remind(draft, version, missing, at=now)
    emails = [person.email for person in missing]
    reviewing.record("reviewer.reminded", version, version, actor=None, at=now, people=emails)
    return True


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
def approve(
    version: Version,
    *,
    actor: User,
    at: datetime,
    remark: str = "",
    revision: int | None = None,
    parts: Collection[str] | None = None,
) -> Version:
    """Approve parts as they stand (none named: all); the last word that was missing makes the version READY.

    `revision` is that of the text that was read, if another one than `version` holds. Raises Refused ("parts")
    for somebody who is not a reviewer and for parts that are not there, Stale when the text is another one by
    now, TransitionNotAllowed when it is not in review.
    """
    read = version.revision if revision is None else revision
    version, at = reviewing.locked(version, at)
    if version.state != Version.State.IN_REVIEW:
        raise TransitionNotAllowed("only a version in review can be approved")
    if not version.reviewers.filter(user=actor).exists():
        raise Refused(_("You are not a reviewer of this version."))
    if read != version.revision:
        raise Stale(version)
    approved = _chosen(terms.parts(version.read_terms()), parts)
    Approval.objects.create(
        version=version, user=actor, parts=approved, remark=remark, draft_number=version.draft_number, at=at
    )
    reviewing.record(
        "version.approved",
        version,
        version,
        actor=actor,
        at=at,
        draft=version.draft_number,
        parts=approved,
        remark=remark,
    )
    return reviewing.advance(version, actor=actor, at=at)


def _chosen(digests: Mapping[str, str], parts: Collection[str] | None) -> dict[str, str]:
    if parts is None:
        return dict(digests)
    if not parts or not set(parts) <= digests.keys():
        raise Refused(_("Choose the parts that you approve."), "parts")
    return {part: digest for part, digest in digests.items() if part in parts}


def _reopen(version: Version, verb: str, actor: User, at: datetime, **data) -> Version:
    version, at = reviewing.locked(version, at)
    draft = version.draft_number
    version.reopen()
    version.save(update_fields=["state", "draft_number"])
    outbox.cancel(review_notices.asking(version.pk, draft))
    _touch(version.agreement, at)
    reviewing.record(verb, version, version, actor=actor, at=at, draft=draft, **data)
    return version


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
