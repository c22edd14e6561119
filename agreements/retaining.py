"""How the files of an agreement stand: from when they may go, and who must agree. Acts are in actions/retaining.py."""

from datetime import datetime

from django.conf import settings

from accounts.models import User
from agreements import ending_notices, lives
from agreements.models import Agreement, Party
from records import retention
from records.models import Disposal


def timezone_of(agreement: Agreement) -> str:
    last = agreement.versions.executed().order_by("effective_from").last()
    return lives.life_of(last).timezone if last else "UTC"


def kept_until(agreement: Agreement) -> datetime | None:
    """The first moment at which its files may go; None while it has not ended."""
    if agreement.state != Agreement.State.ENDED:
        return None
    last = retention.last_event(agreement.reference, agreement.ends_at)
    return retention.kept_until(last, years=settings.RETENTION_YEARS, timezone=timezone_of(agreement))


def other(party: str) -> str:
    return Party.CLIENT if party == Party.PROVIDER else Party.PROVIDER


def second_persons(agreement: Agreement, disposal: Disposal, at: datetime) -> list[User]:
    """Who may agree: the other party's officers; where it has none left, the proposer's colleagues."""
    found = ending_notices.side(agreement, other(disposal.party), at)
    found = found or ending_notices.side(agreement, disposal.party, at)
    return [person for person in found if person.pk != disposal.proposed_by_id]
