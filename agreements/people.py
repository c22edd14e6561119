"""Who stands behind a position or a role at a moment. People whose account is closed are left out."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from accounts.models import Membership, Organisation, User
from agreements.models import Agreement, PositionHolder


def holders(agreement: Agreement, position_keys: Iterable[str], at: datetime) -> list[User]:
    """The people who hold these positions of the matrix at a moment, in the order of the keys, each once."""
    keys = list(position_keys)
    held = PositionHolder.objects.filter(
        Q(until=None) | Q(until__gt=at),
        agreement=agreement,
        position__in=keys,
        since__lte=at,
        user__is_active=True,
    ).select_related("user")
    ordered = sorted(held, key=lambda each: keys.index(each.position))
    return list({each.user_id: each.user for each in ordered}.values())


def members(organisation: Organisation, *roles: str, at: datetime) -> list[User]:
    """The people with one of these roles in an organisation at a moment (no role named: any), by name."""
    current = Membership.objects.current(at).filter(organisation=organisation)
    if roles:
        current = current.filter(role__in=roles)
    return list(User.objects.filter(is_active=True, pk__in=current.values("user")).order_by("name", "pk"))
