"""What waits for a person here: feedback, minutes to write or approve, actions, reviews to plan."""

from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.needs import Need
from accounts.rules import Grants
from agreements.keeping import kept_by
from agreements.models import Agreement
from incidents.models import BreachAction, Incident
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
        *_answers(grants),
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
    """What this person promised, in a review or after a breach: one query."""
    columns = ("pk", "text", "due_on")
    reviewed = Action.objects.filter(owner=user, state=Action.State.OPEN).order_by()
    after_breach = BreachAction.objects.filter(owner=user, state=BreachAction.State.OPEN).order_by()
    rows = reviewed.values_list(*columns, "meeting__number", "meeting__agreement__title").union(
        after_breach.values_list(*columns, "breach__number", "breach__agreement__title"), all=True
    )
    return [_promise(*row, now=now) for row in sorted(rows, key=lambda row: (row[2], row[3], row[0]))]


def _promise(pk: int, text: str, due_on: date, number: str, title: str, *, now: datetime) -> Need:
    in_review = number.startswith("REV-")
    due = agenda.deadline(due_on, "UTC")
    return Need(
        key=f"action:{pk}" if in_review else f"breach-action:{pk}",
        title=text,
        text=_("Promised in %(number)s, %(title)s") % {"number": number, "title": title},
        url=reverse("reviews:meeting" if in_review else "incidents:breach", args=[number]) + "#actions",
        verb=_("Report it done"),
        due=due,
        tone="bad" if due <= now else "info",
        icon="circle-check",
    )


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


def _answers(grants: Grants) -> list[Need]:
    """What waits for the client's word: resolved incidents and answered complaints, in one query."""
    mine = {"agreement__client__in": grants.organisations(Role.CLIENT)}
    columns = ("pk", "number", "title", "agreement__title")
    resolved = Incident.objects.filter(state=Incident.State.RESOLVED, **mine).order_by()
    answered = Complaint.objects.filter(state=Complaint.State.ANSWERED, **mine).order_by()
    rows = resolved.values_list(*columns, "resolved_at").union(answered.values_list(*columns, "answered_at"), all=True)
    return [_answer(*row) for row in sorted(rows, key=lambda row: row[1])]


def _answer(pk: int, number: str, title: str, agreement: str, at: datetime) -> Need:
    resolved = number.startswith("INC-")
    return Need(
        key=f"incident:{pk}:resolved" if resolved else f"complaint:{pk}:answered",
        title=(_("Is it over? %s") if resolved else _("Do you agree? %s")) % title,
        text=f"{number} · {agreement}",
        url=reverse("incidents:incident" if resolved else "reviews:complaint", args=[number]),
        verb=_("Read and confirm") if resolved else _("Read the answer"),
        due=at + SILENCE,
        tone="warn",
        icon="hourglass",
        lead=_("May be closed without you"),
    )
