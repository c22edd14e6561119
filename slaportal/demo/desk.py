"""What comes to the escalation point's desk in the demo: incidents of both parties."""

from datetime import datetime, timedelta

import incidents.actions as handling
from incidents.models import Incident

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


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
