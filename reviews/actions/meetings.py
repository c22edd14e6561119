"""Plan, hold and write down a review."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from agreements.models import Agreement, Version
from agreements.signing import Refused
from records import audit, numbers
from reviews import agenda, facts, owing, schedule, telling
from reviews.locking import lock
from reviews.models import Meeting

# A review that is late already may still be planned so many days ahead.
CATCH_UP = timedelta(days=31)
LONGEST = 4000


@transaction.atomic
def plan_meeting(
    agreement: Agreement, *, planned_for: datetime, place: str, actor: User, at: datetime
) -> Meeting:
    """Plan the next review; its agenda is made from the facts since the last one.

    Raises Refused: not in force, another is planned, the day is past or after the day the review is due.
    """
    agreement = Agreement.objects.select_for_update(of=("self",)).select_related(
        "provider", "client", "owner"
    ).get(pk=agreement.pk)
    planned = agreement.meetings.filter(state=Meeting.State.SCHEDULED).first()
    if planned is not None:
        raise Refused(_("%s is planned already. Hold it or postpone it.") % planned, "planned_for")
    return _plan(agreement, planned_for=planned_for, place=place, actor=actor, at=at)


def _plan(
    agreement: Agreement, *, planned_for: datetime, place: str, actor: User, at: datetime
) -> Meeting:
    version = Version.objects.in_force(at).filter(agreement=agreement).first()
    due = schedule.due_of(agreement, at)
    if version is None or due is None:
        raise Refused(_("Only an agreement in force is reviewed."))
    _check_day(planned_for, due, at)
    timezone = version.read_terms().agreement.timezone
    year = at.astimezone(ZoneInfo(timezone)).year
    meeting = Meeting.objects.create(
        number=f"REV-{year}-{numbers.following(f'REV-{year}'):02}",
        agreement=agreement,
        planned_for=planned_for,
        place=place,
        chair=actor,
        agenda=agenda.make(facts.since_last(agreement, timezone, at)),
    )
    owing.end(agreement, why=_("%s is planned.") % meeting, at=at)
    audit.record(
        "meeting.planned", meeting, actor=actor, at=at, scope=agreement.reference, number=meeting.number,
        planned_for=planned_for.isoformat(), place=place,
    )
    local = planned_for.astimezone(ZoneInfo(timezone))
    telling.tell(
        meeting, "planned", actor=actor, at=at,
        title=_("%(number)s: review of %(title)s on %(day)s")
        % {"number": meeting.number, "title": agreement.title, "day": date_format(local, "j F Y, H:i")},
        text=_("Place: %s. The agenda is made from the results, breaches and feedback.") % (place or "–"),
    )
    return meeting


def _check_day(planned_for: datetime, due: schedule.Due, at: datetime) -> None:
    if planned_for < at:
        raise Refused(_("This day is past."), "planned_for")
    if planned_for >= max(due.at, at + CATCH_UP):
        said = _("The review is due by %s; take a day until then.") % date_format(due.day, "j F Y")
        raise Refused(said, "planned_for")


@transaction.atomic
def postpone(meeting: Meeting, *, planned_for: datetime, reason: str, actor: User, at: datetime) -> Meeting:
    """Put a planned meeting off, with a reason and a new day within the limit; returns the new meeting.

    Raises Refused as plan_meeting does, and TransitionNotAllowed when it is not planned any more.
    """
    if not reason.strip():
        raise Refused(_("Say why, so that the other side understands it."), "reason")
    meeting = lock(meeting.pk)
    meeting.postpone(reason=reason)
    meeting.save(update_fields=["state", "reason"])
    later = _plan(meeting.agreement, planned_for=planned_for, place=meeting.place, actor=actor, at=at)
    audit.record(
        "meeting.postponed", meeting, actor=actor, at=at, scope=meeting.agreement.reference, reason=reason,
        successor=later.number,
    )
    return later


@transaction.atomic
def hold(meeting: Meeting, *, attendees: Sequence[str], actor: User, at: datetime) -> Meeting:
    """Open the meeting: who is there (names), and the agenda brought up to date with the facts of now.

    Raises Refused when nobody is there, TransitionNotAllowed when it was held already.
    """
    names = list(dict.fromkeys(name.strip() for name in attendees if name.strip()))
    if not names:
        raise Refused(_("Say who is there."), "attendees")
    meeting = lock(meeting.pk)
    version = Version.objects.in_force(at).filter(agreement=meeting.agreement).first()
    timezone = version.read_terms().agreement.timezone if version else "UTC"
    meeting.hold(
        at=at, attendees=names, agenda=agenda.make(facts.since_last(meeting.agreement, timezone, at))
    )
    meeting.save(update_fields=["state", "held_at", "attendees", "agenda"])
    owing.end(meeting.agreement, why=_("%s is held.") % meeting, at=at)
    due = schedule.due_of(meeting.agreement, at)
    Agreement.objects.filter(pk=meeting.agreement_id).update(review_due_at=due.at if due else None)
    audit.record(
        "meeting.held", meeting, actor=actor, at=at, scope=meeting.agreement.reference, attendees=names
    )
    return meeting


@transaction.atomic
def save_minutes(meeting: Meeting, *, minutes: Sequence[str], actor: User, at: datetime) -> Meeting:
    """Write what was said to each item of the agenda, in its order.

    Raises Refused when the number of texts is not that of the items, TransitionNotAllowed unless HELD.
    """
    meeting = lock(meeting.pk, Meeting.State.HELD)
    if len(minutes) != len(meeting.agenda):
        raise Refused(_("The agenda has changed. Reload the page."))
    if any(len(text) > LONGEST for text in minutes):
        raise Refused(_("Say each item in at most %d characters.") % LONGEST)
    meeting.agenda = [
        item | {"minutes": text.strip()} for item, text in zip(meeting.agenda, minutes, strict=True)
    ]
    meeting.save(update_fields=["agenda"])
    audit.record(
        "minutes.saved", meeting, actor=actor, at=at, scope=meeting.agreement.reference,
        minutes=[item["minutes"] for item in meeting.agenda],
    )
    return meeting
