from accounts.models.messages import Message, Notice, Webhook
from accounts.models.people import (
    ApiToken,
    CalendarFeed,
    Invitation,
    Membership,
    Organisation,
    Role,
    SigningAuthority,
    User,
)

__all__ = [
    "ApiToken",
    "CalendarFeed",
    "Invitation",
    "Membership",
    "Message",
    "Notice",
    "Organisation",
    "Role",
    "SigningAuthority",
    "User",
    "Webhook",
]
