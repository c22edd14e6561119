"""What comes to the desk in the demo: incidents of both parties, complaints, what followed a breach."""

from datetime import datetime, time, timedelta

import agreements.actions as agreeing
import incidents.actions as handling
import reviews.actions as reviewing
from incidents.models import Breach, Incident

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def solve_one(story, at: datetime) -> None:
    """The client's incident, solved within the hour; one remark stays among the provider's people."""
    cast = story.cast
    text = "Since nine o'clock every upload ends with an error page. Two courses have their hand-in today."
    logged = _log(story, cast.platform_lead, "Assignments cannot be uploaded", text, at - 10 * MINUTE, at)
    who = {"actor": cast.desk}
    handling.acknowledge_incident(logged, at=at + 12 * MINUTE, **who)
    handling.begin_incident(logged, at=at + 14 * MINUTE, **who)
    internal = "The supplier confirms a full disk. The same as in March."
    handling.remark_on(logged, text=internal, side="provider", at=at + 20 * MINUTE, **who)
    said = "The supplier is making room; half an hour."
    handling.remark_on(logged, text=said, side="", at=at + 22 * MINUTE, **who)
    done = "The supplier made room; uploads work again since 9:50."
    handling.resolve_incident(logged, resolution=done, at=at + 55 * MINUTE, **who)
    handling.close_incident(logged, actor=cast.platform_lead, at=at + 90 * MINUTE)


def leave_loose_ends(story, at: datetime) -> None:
    """What waits for somebody on the day you look."""
    leave_two(story, at)
    complain(story, at - 3 * HOUR)
    look_whether_it_helped(story, at)
    take_turns(story, at)


def leave_two(story, at: datetime) -> None:
    """One that is worked on, and one that nobody has answered yet."""
    cast = story.cast
    text = "The supplier's queue is long; mails come up to two hours late."
    slow = _log(story, cast.desk, "Mails about grades come late", text, at - 3 * HOUR, at - 2 * HOUR)
    handling.acknowledge_incident(slow, actor=cast.desk, at=at - 2 * HOUR)
    handling.begin_incident(slow, actor=cast.desk, at=at - HOUR)
    _log(story, cast.it_head, "The calendar shows no lectures", "Nothing is shown for next week.", at - HOUR, at)


def _log(story, person, title: str, text: str, began_at: datetime, at: datetime) -> Incident:
    party = "client" if person in (story.cast.it_head, story.cast.platform_lead) else "provider"
    return handling.log_incident(
        story.agreement, title=title, text=text, priority=3, began_at=began_at, party=party, door="portal",
        actor=person, at=at,
    )


def take_turns(story, at: datetime) -> None:
    """The desk's position is held by a roster from now on: Daniel has this week, Priya the next, less a day."""
    cast, who = story.cast, {"actor": story.cast.manager, "at": at}
    roster = agreeing.create_roster(cast.provider, name="Service desk, on call", timezone="Europe/London", **who)
    agreeing.add_rotation(
        roster, people_in_order=[cast.desk, cast.head], days=7, starts_on=at.date() - timedelta(days=at.weekday()),
        handover=time(9), schedule={}, replaces=None, **who,
    )
    agreeing.hold_position(story.agreement, position="p-desk", roster=roster, **who)
    day = at.replace(hour=8, minute=0) + 5 * DAY
    agreeing.take_over(
        roster, user=cast.manager, starts_at=day, ends_at=day + DAY, note="Priya is at the supplier's", **who
    )


def look_whether_it_helped(story, at: datetime) -> None:
    """The breach of May a month later: the manager, who did not own it, looks; a promise is kept, one is open."""
    cast = story.cast
    breach = Breach.objects.get(agreement=story.agreement, period__target__key="K1", period__label="2026-05")
    promised = [
        ("corrective", "Ask the supplier for the report of 7 May", cast.desk, at.date()),
        ("preventive", "Announce large hand-ins two weeks ahead", cast.manager, (at + 20 * DAY).date()),
    ]
    done, _open = [
        handling.add_breach_action(breach, kind=kind, text=text, owner=owner, due_on=day, actor=cast.head, at=at)
        for kind, text, owner, day in promised
    ]
    handling.finish_breach_action(done, actor=cast.desk, at=at)
    note = "Nothing like it was logged since."
    handling.record_check(breach, effective=True, note=note, actor=cast.manager, at=at)


def complain(story, at: datetime) -> None:
    """One complaint is answered and agreed to, one waits."""
    cast = story.cast
    texts = [
        ("Nobody called back on 12 June", "We asked three times for the cause of the slow pages."),
        ("Bills do not name the agreement", "Our accounts cannot match them."),
    ]
    first, _second = [
        reviewing.complain(story.agreement, title=title, text=text, actor=cast.it_head, at=at) for title, text in texts
    ]
    answer = "You are right. From now on the desk calls within the day, also without news."
    reviewing.answer_complaint(first, answer=answer, actor=cast.manager, at=at + HOUR)
    reviewing.agree_to_answer(first, actor=cast.it_head, at=at + 2 * HOUR)
