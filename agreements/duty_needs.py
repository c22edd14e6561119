"""What waits for who plans duty rosters: times when nobody is on duty."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.needs import Need
from accounts.rules import Grants
from agreements import rosters, rules
from agreements.models import PositionHolder, Turn


def for_user(grants: Grants, now: datetime) -> list[Need]:
    """The next gap of each roster that one plans and that holds a position, if it is near: one query."""
    houses = [pk for pk in grants.organisations() if rules.can_plan_duty(grants, pk)]
    held = PositionHolder.objects.filter(until=None, roster__organisation__in=houses).values("roster")
    near = Turn.objects.filter(user=None, roster__in=held, ends_at__gt=now, starts_at__lt=now + rosters.SOON)
    found = near.select_related("roster").order_by("roster", "-starts_at") if houses else ()
    # The last one written of each roster is its first.
    return [_gap(turn) for turn in {turn.roster_id: turn for turn in found}.values()]


def _gap(turn: Turn) -> Need:
    return Need(
        key=f"roster:{turn.roster_id}:gap:{turn.ends_at.isoformat()}",
        title=_("Nobody is on duty: %s") % turn.roster,
        text=_("A level that would tell this roster tells nobody then, and goes on to the next."),
        url=turn.roster.get_absolute_url(),
        verb=_("Fill the gap"),
        due=turn.starts_at,
        tone="warn",
        icon="user-check",
        lead=_("From"),
    )
