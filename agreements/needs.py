"""What waits for a person in the making of agreements. Twelve queries at most."""

from datetime import datetime, timedelta

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Role, User
from accounts.needs import Need
from accounts.rules import Grants
from agreements import approval, duty_needs, ending_needs, questions, reviewing, signing_needs, terms
from agreements.models import Approval, Comment, Draft, Requirement, Reviewer, Version


def for_user(user: User, grants: Grants, now: datetime) -> list[Need]:
    return [
        *_requirements(user, grants, now),
        *_to_review(user, grants),
        *_talked_about(user),
        *(_own_drafts(user, now) if grants.has_anywhere(Role.MANAGER) else ()),
        *signing_needs.for_user(user, grants, now),
        *ending_needs.for_user(user, grants, now),
        *duty_needs.for_user(grants, now),
    ]


def _requirements(user: User, grants: Grants, now: datetime) -> list[Need]:
    """Those this person is asked for, those their house must decide on, those nobody answered: one query."""
    asked = Q(asked_of=user, state=Requirement.State.ASKED)
    stated = Q(service__organisation__in=grants.organisations(Role.MANAGER), state=Requirement.State.STATED)
    # A day is over everywhere after the next one began; the exact moment is judged below.
    late = Q(
        asked_by=user,
        state=Requirement.State.ASKED,
        question__due_on__lte=now.date() + timedelta(days=1),
        question__revoked_at=None,
    )
    found = Requirement.objects.filter(asked | stated | late).select_related(
        "service__organisation", "asked_by", "asked_of", "question"
    )
    return [need for each in found if (need := _requirement(each, user, now))]


def _requirement(each: Requirement, user: User, now: datetime) -> Need | None:
    if each.state == Requirement.State.STATED:
        return _stated(each)
    if each.asked_of_id == user.pk:
        return _asked(each)
    return _late(each) if questions.is_overdue(each.question, each.service.organisation.timezone, now) else None


def _late(each: Requirement) -> Need:
    return Need(
        key=f"requirement:{each.pk}:late",
        title=_("%(person)s has not said what they need of %(service)s")
        % {"person": each.person, "service": each.service},
        text=_("The day you named is over. Remind them, or ask somebody else."),
        url=reverse("agreements:requirement", args=[each.number]),
        verb=_("Look"),
        tone="warn",
        icon="message-2",
    )


def _asked(each: Requirement) -> Need:
    return Need(
        key=f"requirement:{each.pk}",
        title=_("Say what you need of %s") % each.service,
        text=_("%(person)s prepares an agreement and asks what matters to you.") % {"person": each.asked_by},
        url=reverse("agreements:requirement", args=[each.number]),
        due=questions.due_end(each.question.due_on, each.service.organisation.timezone)
        if each.question and each.question.due_on
        else None,
        verb=_("Answer"),
        icon="message-2",
    )


def _stated(each: Requirement) -> Need:
    return Need(
        key=f"requirement:{each.pk}",
        title=_("Decide on requirement %s") % each.number,
        text=_("%(person)s needs of %(service)s: %(text)s")
        % {"person": each.person, "service": each.service, "text": each.text},
        url=reverse("agreements:requirement", args=[each.number]),
        verb=_("Decide"),
        icon="message-2",
    )


def _to_review(user: User, grants: Grants) -> list[Need]:
    """Drafts in review with a part that this person has not approved as it stands."""
    if not grants.is_named_anywhere("reviewer"):
        return []
    mine = Prefetch("version__approvals", Approval.objects.filter(user=user))
    seats = (
        Reviewer.objects.filter(user=user, version__state=Version.State.IN_REVIEW)
        .select_related("version__agreement__owner")
        .prefetch_related(mine)
        .annotate(due_at=Subquery(_due(OuterRef("version"), OuterRef("version__draft_number"))))
    )
    return [_review(seat) for seat in seats if _is_missing(seat)]


def _is_missing(seat: Reviewer) -> bool:
    said = tuple(each.parts for each in seat.version.approvals.all())
    parts = terms.parts(seat.version.read_terms())
    return not approval.covers(parts, approval.Seat(seat.user_id, seat.party, seat.required, said))


def _review(seat: Reviewer) -> Need:
    version = seat.version
    words = {"owner": version.agreement.owner, "number": version.draft_number, "version": version}
    return Need(
        key=f"review:{version.pk}:{version.draft_number}",
        title=_("Review %s") % version.agreement.title,
        text=_("%(owner)s asks for your word on draft %(number)s of %(version)s.") % words,
        url=reverse("agreements:review", args=[version.agreement.reference, version.label]),
        verb=_("Read and comment"),
        due=seat.due_at,
        tone="warn",
        icon="message",
    )


def _talked_about(user: User) -> list[Need]:
    """Open threads of others in the drafts that this person owns."""
    waiting = Comment.objects.for_keepers().filter(
        version__agreement__owner=user,
        version__state__in=[Version.State.DRAFT, Version.State.IN_REVIEW],
        thread=None,
        settled_at=None,
    )
    by_version: dict[Version, int] = {}
    for comment in waiting.exclude(author=user).select_related("version__agreement"):
        by_version[comment.version] = by_version.get(comment.version, 0) + 1
    return [
        Need(
            key=f"comments:{version.pk}",
            title=_("Answer the comments on %s") % version.agreement.title,
            text=ngettext(
                "%(count)d thread of %(version)s is open.", "%(count)d threads of %(version)s are open.", count
            )
            % {"count": count, "version": version},
            url=reverse("agreements:review", args=[version.agreement.reference, version.label]),
            verb=_("Read and answer"),
            icon="message-2",
        )
        for version, count in by_version.items()
    ]


def _own_drafts(user: User, now: datetime) -> list[Need]:
    """This person's drafts that came back from review, and those whose review is late: one query."""
    versions = (
        Version.objects.filter(agreement__owner=user, state__in=reviewing.TALK, drafts__isnull=False)
        .annotate(due_at=Subquery(_due(OuterRef("pk"), OuterRef("draft_number"))))
        .distinct()
        .select_related("agreement")
        .defer("terms")
    )
    late = [each for each in versions if each.state == Version.State.IN_REVIEW and each.due_at and each.due_at <= now]
    return [
        *(_review_late(each) for each in late),
        *(_returned(each) for each in versions if each.state == Version.State.DRAFT),
    ]


def _due(version: OuterRef, number: OuterRef) -> QuerySet:
    """Until when the word is asked for on a draft."""
    return Draft.objects.filter(version=version, number=number).values("due_at")[:1]


def _review_late(version: Version) -> Need:
    words = {"number": version.draft_number, "version": version}
    return Need(
        key=f"review-late:{version.pk}:{version.draft_number}",
        title=_("The review of %s is late") % version.agreement.title,
        text=_("Not everybody has given their word on draft %(number)d of %(version)s.") % words,
        url=reverse("agreements:reviewers", args=[version.agreement.reference, version.label]),
        verb=_("Remind or replace"),
        due=version.due_at,
        tone="bad",
        icon="clock-x",
    )


def _returned(version: Version) -> Need:
    words = {"number": version.draft_number, "title": version.agreement.title}
    return Need(
        key=f"draft:{version.pk}:{version.draft_number}",
        title=_("Finish draft %(number)d of %(title)s") % words,
        text=_("%s came back from review.") % version,
        url=reverse("agreements:edit", args=[version.agreement.reference, version.label, "parties"]),
        verb=_("Go on writing"),
        icon="pencil",
    )
