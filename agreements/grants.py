"""What a person holds at a moment: two queries, once a request."""

from datetime import datetime

from accounts.models import Membership
from accounts.rules import Grants
from agreements.models import Involvement


def load(user, at: datetime) -> Grants:
    """The person's current memberships and the agreements that name them; nothing for a stranger."""
    if not user.is_authenticated or not user.is_active:
        return Grants(user_id=0)
    roles = Membership.objects.current(at).filter(user=user).values_list("organisation_id", "role")
    named = Involvement.objects.filter(user=user).values_list("agreement_id", "capacity")
    return Grants(user.pk, frozenset(roles), frozenset(named))
