"""The daily mail: what a person who asked for one was told since the last, and has not read yet."""

from datetime import datetime
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts.models import Message, Notice
from accounts.notifications import mail_body

MOST = 50  # lines of one mail; the inbox has them all


@transaction.atomic
def gather(*, now: datetime) -> int:
    """Write each daily mail that is due at `now`; returns how many. Safe to run twice, or twice at once."""
    due = Notice.objects.select_for_update(of=("self",)).filter(digest_at__lte=now)
    found = list(due.select_related("recipient").order_by("recipient", "created_at", "pk"))
    Notice.objects.filter(pk__in=[each.pk for each in found]).update(digest_at=None)
    unread = [each for each in found if each.read_at is None and each.recipient.is_active]
    mails = [_mail(person, list(theirs), now) for person, theirs in groupby(unread, key=lambda each: each.recipient)]
    Message.objects.bulk_create(mails)
    return len(mails)


def _mail(person, notices: list[Notice], now: datetime) -> Message:
    with override(person.language):
        lines = [f"- {each.title}\n  {settings.SITE_URL}{each.url}" for each in notices[:MOST]]
        more = len(notices) - MOST
        if more > 0:
            lines.append(ngettext("- %d more in your inbox", "- %d more in your inbox", more) % more)
        count = len(notices)
        subject = ngettext("%d message of SLA Portal", "%d messages of SLA Portal", count) % count
        text = _("What you were told since your last daily mail:\n\n%s") % "\n".join(lines)
        body = mail_body(person.name, text, "/inbox/")
    return Message(
        key=f"digest:{person.pk}:{notices[-1].pk}", recipient=person, address=person.email, subject=subject, body=body,
        next_try_at=now, created_at=now,
    )
