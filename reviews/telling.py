"""Who is told of a review: the people of both sides who manage the agreement."""

from datetime import datetime

from accounts import nudge
from accounts.models import Role, User
from accounts.notifications import notify
from agreements.models import Agreement
from agreements.people import members
from reviews.models import Meeting


def both_sides(agreement: Agreement, at: datetime) -> list[User]:
    """The owner, the provider's managers, the client's managers and contacts."""
    provider = members(agreement.provider, Role.MANAGER, at=at)
    client = members(agreement.client, Role.MANAGER, Role.CLIENT, at=at)
    return [agreement.owner, *provider, *client]


def tell(meeting: Meeting, what: str, *, title: str, text: str, actor: User | None, at: datetime) -> None:
    """Tell both sides of an act on a meeting, but not who did it. `what` names the act for good."""
    people = [each for each in both_sides(meeting.agreement, at) if each != actor]
    notify(
        people, key=f"meeting:{meeting.pk}:{what}", title=title[:200], text=text,
        url=meeting.get_absolute_url(), at=at, scope=meeting.agreement.reference,
    )
    nudge.engine("accounts.deliver")
