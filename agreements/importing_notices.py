"""Who is told what about a contract that is brought in from paper. Call these in the act's transaction."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.notifications import notify
from agreements import ending_notices
from agreements.models import Paper


def to_confirm(paper: Paper, *, at: datetime) -> None:
    """Everybody who may confirm is asked; whoever does it first settles it."""
    agreement = paper.version.agreement
    words = {"person": paper.brought_by, "title": agreement.title}
    people = [each for each in ending_notices.both(agreement, at) if each != paper.brought_by]
    notify(
        people, key=f"paper:{paper.version_id}:{at.isoformat()}",
        title=_("Compare and confirm the imported paper of %(title)s") % words,
        text=_("%(person)s brought in a contract signed on paper. Compare it with the terms typed here.") % words,
        url=reverse("agreements:paper", args=[agreement.reference, paper.version.label]), at=at,
        scope=agreement.reference,
    )


def imported(paper: Paper, *, at: datetime) -> None:
    agreement = paper.version.agreement
    words = {"person": paper.confirmed_by, "title": agreement.title}
    notify(
        ending_notices.both(agreement, at), key=f"paper:{paper.version_id}:imported",
        title=_("%(title)s is imported from paper") % words,
        text=_("%(person)s confirmed that paper and terms say the same. It is measured from this month on.") % words,
        url=agreement.get_absolute_url(), at=at, scope=agreement.reference,
    )
