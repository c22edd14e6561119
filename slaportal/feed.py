"""A person's days as an iCalendar file: what each app knows of the agreements that they see."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from agreements import dutylist, lives
from agreements.models import Agreement, Round, Slot
from reviews import schedule
from reviews.models import Meeting

DAY = timedelta(days=1)
# Calendars are for what comes; what is older than this has left them.
KEPT = timedelta(days=400)
MEETING_LASTS = timedelta(hours=1)


@dataclass(frozen=True)
class Entry:
    """One event: a whole local day, or an instant with its end. `key` stays when the date moves."""

    key: str
    title: str
    start: date | datetime
    end: datetime | None
    url: str
    text: str = ""


def entries(user, now: datetime) -> list[Entry]:
    """What happens to the agreements that this person sees now, from 400 days ago on, in order."""
    agreements = Agreement.objects.visible_to(user, now)
    found = [*_milestones(agreements, now), *_signatures(user, now), *_meetings(agreements, now), *_duties(user, now)]
    kept = (each for each in found if _day(each.start) >= (now - KEPT).date())
    return sorted(kept, key=lambda each: (_day(each.start), each.key))


def render(found: Iterable[Entry], *, name: str) -> bytes:
    """The file. The same entries give the same bytes: an event's stamp is its beginning, not the clock."""
    calendar = Calendar()
    calendar.add("prodid", "-//SLA Portal//Days//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(hours=6), parameters={"VALUE": "DURATION"})
    for each in found:
        calendar.add_component(_event(each))
    return calendar.to_ical()


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", f"{entry.key}@{settings.SITE_URL.split('//')[-1].split(':')[0]}")
    start = entry.start
    timed = isinstance(start, datetime)
    event.add("dtstamp", start.astimezone(UTC) if timed else datetime.combine(start, datetime.min.time(), UTC))
    event.add("dtstart", start.astimezone(UTC) if timed else start)
    event.add("dtend", entry.end.astimezone(UTC) if timed else start + DAY)
    event.add("summary", entry.title)
    event.add("url", entry.url)
    if entry.text:
        event.add("description", entry.text)
    # A day that matters does not make a person busy; a meeting does.
    event.add("transp", "OPAQUE" if timed else "TRANSPARENT")
    return event


def _milestones(agreements, now: datetime) -> Iterator[Entry]:
    due = {each.agreement.pk: each for each in schedule.all_due(agreements, now)}
    words = {
        "start": _("%s begins"), "notice_by": _("Last day for notice: %s"), "renewal": _("%s renews itself"),
        "end": _("Last day of %s"), "review": _("Review of %s is due"),
    }  # fmt: skip
    for agreement in lives.with_lives(agreements).order_by("pk"):
        review = due.get(agreement.pk)
        found = lives.milestones(agreement, now, review_by=review.day if review else None)
        for each in found:
            # A renewal moves its day by a term: each has its own key. The other days are moved, not added.
            key = f"{agreement.reference}-{each.kind}-{each.label or ''}".rstrip("-")
            if each.kind in ("notice_by", "renewal"):
                key = f"{key}-{each.on.year}"
            title = f"{agreement.title} {each.label}".rstrip()
            url = _link(agreement.get_absolute_url())
            yield Entry(key, words[each.kind] % title, each.on, None, url, str(agreement))


def _signatures(user, now: datetime) -> Iterator[Entry]:
    """The deadlines of the signatures that wait for this person."""
    asked = Slot.objects.filter(
        person=user, round__state=Round.State.OPEN, state__in=[Slot.State.INVITED, Slot.State.OPENED],
        round__version__agreement__in=Agreement.objects.visible_to(user, now),
    ).select_related("round__version__agreement")  # fmt: skip
    for slot in asked:
        title = _("Sign %s before") % slot.round.version
        start = slot.round.deadline - MEETING_LASTS
        yield Entry(f"slot-{slot.pk}", title, start, slot.round.deadline, _link(slot.get_absolute_url()))


def _meetings(agreements, now: datetime) -> Iterator[Entry]:
    planned = Meeting.objects.filter(agreement__in=agreements, planned_for__gte=now - KEPT).exclude(
        state=Meeting.State.POSTPONED
    )
    for meeting in planned.select_related("agreement"):
        title = _("Review of %s") % meeting.agreement.title
        end = meeting.planned_for + MEETING_LASTS
        url = _link(reverse("reviews:agreement", args=[meeting.agreement.reference]))
        yield Entry(meeting.number, title, meeting.planned_for, end, url, meeting.place)


def _duties(user, now: datetime) -> Iterator[Entry]:
    """The duties that rosters give this person, from the one that runs on."""
    for turn in dutylist.mine(user, now):
        key = f"duty-{turn.roster_id}-{turn.starts_at:%Y%m%dT%H%M}"
        url = _link(turn.roster.get_absolute_url())
        yield Entry(key, _("On duty: %s") % turn.roster, turn.starts_at, turn.ends_at, url)


def _link(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def _day(start: date | datetime) -> date:
    return start.date() if isinstance(start, datetime) else start
