"""What waits for a person in the making of agreements."""

from datetime import datetime

from accounts.models import User
from accounts.needs import Need
from accounts.rules import Grants
from agreements import signing_needs


def for_user(user: User, grants: Grants, now: datetime) -> list[Need]:
    """Signatures and sealing now; review and requirements follow."""
    return signing_needs.for_user(user, grants, now)
