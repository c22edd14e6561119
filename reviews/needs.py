"""What waits for a person here: feedback, minutes to write or approve, actions, reviews to plan."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.needs import Need
from accounts.rules import Grants
from agreements.keeping import kept_by
from agreements.models import Agreement
from kpis.models import Period
from kpis.text import period_name
from reviews import agenda, rules, satisfaction, schedule
from reviews.actions.complaining import SILENCE
from reviews.models import Action, Complaint, Feedback, Meeting, MinutesApproval

# A review that nobody planned is asked for so long before it is due.
PLAN_AHEAD = timedelta(days=30)


def for_user(user: User, grants: Grants, now: datetime) -> list[Need]:
    """Each is gone after its act; at most five queries, whatever their number."""
    return [
        *_feedback(user, grants, now),
        *_meetings(user, grants, now),
        *_actions(user, now),
        *_to_plan(grants, now),
        *_complaints(grants),
    ]


def _feedback(user: User, grants: Grants, now: datetime) -> list[Need]:
    """The last period that ended and is still open, of each agreement whose figures count the score."""
    mine = grants.organisations(*rules.CLIENT_ROLES)
    given = Feedback.objects.filter(
        agreement=OuterRef("target__agreement"), period=OuterRef("label"), by=user
    )
    ended = (
        satisfaction.score_periods(now)
        .filter(target__agreement__client__in=mine, hi__lte=now)
        .exclude(state=Period.State.CLOSED)
        .exclude(Exists(given))
        .select_related("target__agreement")
    )
    newest: dict[int, Period] = {}
    for period in ended:
        newest.setdefault(period.target.agreement_id, period)
    return [
        Need(
            key=f"feedback:{period.target.agreement_id}:{period.label}",
            title=_("How was %(title)s in %(period)s?")
            % {"title": period.target.agreement.title, "period": period_name(period.label)},
            text=_("Your answer from 1 to 5 counts for the KPI %s.") % period.target.name,
            url=f"{reverse('reviews:feedback')}?about={period.target.agreement.reference}:{period.label}",
            verb=_("Give feedback"),
            due=period.grace_until,
            icon="message-2",
        )
        for period in newest.values()
    ]


def _meetings(user: User, grants: Grants, now: datetime) -> list[Need]:
    managed = kept_by(grants.organisations(Role.MANAGER), "agreement__")
    received = Q(agreement__client__in=grants.organisations(*rules.CLIENT_ROLES))
    waiting = (
        Q(state=Meeting.State.MINUTES_SHARED) & (managed | received)
        | Q(state=Meeting.State.HELD) & managed
        | Q(state=Meeting.State.SCHEDULED, planned_for__lte=now) & managed
    )
    approved = MinutesApproval.objects.filter(meeting=OuterRef("pk"), sha256=OuterRef("minutes_sha256"))
    meetings = Meeting.objects.filter(waiting).select_related("agreement").annotate(
        provider_approved=Exists(approved.filter(party="provider")),
        client_approved=Exists(approved.filter(party="client")),
    )
    return [need for meeting in meetings.order_by("pk") for need in _of(meeting, grants)]


def _of(meeting: Meeting, grants: Grants) -> list[Need]:
    if meeting.state != Meeting.State.MINUTES_SHARED:
        return [_write(meeting)]
    party = rules.party_of(grants, meeting.agreement)
    return [] if party is None or getattr(meeting, f"{party}_approved") else [_approve(meeting)]


def _write(meeting: Meeting) -> Need:
    planned = meeting.state == Meeting.State.SCHEDULED
    return Need(
        key=f"minutes:{meeting.pk}:{meeting.state}:{meeting.edition}",
        title=_("Hold the review %s") % meeting if planned else _("Write and share the minutes of %s") % meeting,
        text=meeting.agreement.title if planned or not meeting.reason
        else _("Disputed: %s") % meeting.reason[:200],
        url=meeting.get_absolute_url(),
        verb=_("Open the meeting") if planned else _("Write minutes"),
        due=meeting.planned_for if planned else meeting.held_at + timedelta(days=3),
        tone="warn",
        icon="pencil",
    )


def _approve(meeting: Meeting) -> Need:
    return Need(
        key=f"approve:{meeting.pk}:{meeting.edition}",
        title=_("Approve the minutes of %s") % meeting,
        text=_("%s: both sides approve what was said and agreed.") % meeting.agreement.title,
        url=meeting.get_absolute_url(),
        verb=_("Read and approve"),
        due=meeting.shared_at + timedelta(days=7),
        tone="warn",
        icon="checks",
    )


def _actions(user: User, now: datetime) -> list[Need]:
    mine = Action.objects.filter(owner=user, state=Action.State.OPEN).select_related("meeting__agreement")
    return [
        Need(
            key=f"action:{action.pk}",
            title=action.text,
            text=_("Promised in %(number)s, %(title)s")
            % {"number": action.meeting, "title": action.meeting.agreement.title},
            url=f"{action.meeting.get_absolute_url()}#actions",
            verb=_("Report it done"),
            due=agenda.deadline(action.due_on, "UTC"),
            tone="bad" if agenda.deadline(action.due_on, "UTC") <= now else "info",
            icon="circle-check",
        )
        for action in mine
    ]


def _to_plan(grants: Grants, now: datetime) -> list[Need]:
    managed = Agreement.objects.filter(kept_by(grants.organisations(Role.MANAGER)))
    return [
        Need(
            key=f"review:{due.agreement.pk}:{due.day.isoformat()}",
            title=_("Plan the review of %s") % due.agreement.title,
            text=_("%s: no meeting is planned.") % due.agreement.reference,
            url=reverse("reviews:agreement", args=[due.agreement.reference]),
            verb=_("Plan it"),
            due=due.at,
            tone="bad" if due.is_overdue(now) else "warn",
            icon="calendar-event",
        )
        for due in schedule.all_due(managed, now)
        if due.planned_for is None and due.at <= now + PLAN_AHEAD
    ]


def _complaints(grants: Grants) -> list[Need]:
    """To answer for the manager, to agree to for the client."""
    received = Q(state=Complaint.State.RECEIVED, agreement__provider__in=grants.organisations(Role.MANAGER))
    answered = Q(state=Complaint.State.ANSWERED, agreement__client__in=grants.organisations(*rules.CLIENT_ROLES))
    found = Complaint.objects.filter(received | answered).select_related("agreement").order_by("pk")
    return [_complaint(complaint) for complaint in found]


def _complaint(complaint: Complaint) -> Need:
    fresh = complaint.state == Complaint.State.RECEIVED
    return Need(
        key=f"complaint:{complaint.pk}:{complaint.state}",
        title=(_("Answer the complaint: %s") if fresh else _("Do you agree? %s")) % complaint.title,
        text=f"{complaint.number} · {complaint.agreement.title}",
        url=complaint.get_absolute_url(),
        verb=_("Answer") if fresh else _("Read the answer"),
        due=complaint.received_at if fresh else complaint.answered_at + SILENCE,
        tone="bad" if fresh else "warn",
        icon="message",
        lead=_("Received") if fresh else _("Counts as agreed"),
    )
