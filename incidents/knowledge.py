"""Who knew what when: for each person what the portal put before them, and what it knows of their reading it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from accounts.models import Message, Notice, User
from incidents import telling
from incidents.models import Breach


@dataclass
class Known:
    """One person: when first told and why, whether the mail went out, when they opened the entry."""

    person: User
    told_at: datetime
    what: str
    mailed_at: datetime | None = None
    mail_state: str = ""
    opened_at: datetime | None = None
    acknowledged_at: datetime | None = None


def of_breach(breach: Breach) -> list[Known]:
    """In the order in which they were told. Two queries."""
    run = breach.run
    mine = Q(key__startswith=f"{telling.group(run)}:") | Q(key__startswith=f"breach:{breach.pk}:")
    notices = Notice.objects.filter(mine).select_related("recipient").order_by("created_at", "pk")
    mails = Message.objects.filter(group__in=[telling.group(run), telling.breach_group(breach)]).order_by("-created_at")
    first = {mail.recipient_id: mail for mail in mails}  # the oldest comes last
    found: dict[int, Known] = {}
    for notice in notices:
        known = found.setdefault(
            notice.recipient_id, Known(notice.recipient, notice.created_at, notice.title)
        )
        if notice.read_at and (known.opened_at is None or notice.read_at < known.opened_at):
            known.opened_at = notice.read_at
    for pk, known in found.items():
        if mail := first.get(pk):
            known.mailed_at, known.mail_state = mail.sent_at, mail.state
        if pk == breach.acknowledged_by_id:
            known.acknowledged_at = breach.acknowledged_at
    return list(found.values())
