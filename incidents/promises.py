"""What every promise needs, in a review or after a breach: words, a day that can be kept, a person of the parties."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import User
from agreements.models import Agreement
from agreements.people import members

FURTHEST = timedelta(days=731)


def people(agreement: Agreement, at: datetime) -> list[User]:
    """Everybody of the two parties, each once."""
    both = [*members(agreement.provider, at=at), *members(agreement.client, at=at)]
    return list({user.pk: user for user in both}.values())


def check(
    agreement: Agreement,
    *,
    text: str,
    owner: User,
    due_on: date,
    at: datetime,
    refuse: Callable[[str, str], Exception],
) -> None:
    """Raises what `refuse(place, message)` makes: no words, a day not within two years, somebody else's person."""
    if not text.strip():
        raise refuse("text", _("Say what shall be done."))
    if not at.date() <= due_on <= at.date() + FURTHEST:
        raise refuse("due_on", _("Take a day within the next two years."))
    if owner not in people(agreement, at):
        raise refuse("owner", _("Choose somebody of one of the two parties."))
