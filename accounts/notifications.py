"""Who is told, through which channel: an inbox entry always, an e-mail beside it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Message, Notice, User


def notify(
    people: Iterable[User],
    *,
    key: str,
    title: str,
    text: str,
    url: str,
    at: datetime,
    scope: str = "",
    group: str = "",
    critical: bool = False,
    mail: bool = True,
    gather: timedelta | None = None,
) -> int:
    """Tell each active person once per key; returns how many inbox entries are new.

    `url` is a path of the portal. `group` lets an act cancel mails not yet claimed. With `gather` the mail
    waits that long and takes in what else the person is told in its group meanwhile, so that a burst is one
    mail. Call it in the act's transaction: rows are written here, the outbox sends them after the commit.
    """
    people = {person.pk: person for person in people if person.is_active}.values()
    fresh = 0
    for person in people:
        _notice, created = Notice.objects.get_or_create(
            recipient=person,
            key=key,
            defaults={"title": title, "text": text, "url": url, "scope": scope, "created_at": at},
        )
        if not created:
            continue
        fresh += 1
        if mail:
            with override(person.language):
                if gather is None or not _added(person, group, title, text, url):
                    due = at + (gather or timedelta())
                    _queue(person, key, title, text, url, at, due, scope, group, critical)
    return fresh


def _added(person, group, title, text, url) -> bool:
    """Whether a mail of the group that nobody claimed yet took this in, before its closing words."""
    waiting = Message.objects.select_for_update().filter(group=group, recipient=person, state=Message.State.PENDING)
    mail = waiting.order_by("-pk").first()
    if mail is None:
        return False
    start, end = mail.body.removesuffix(_closing()), _closing()
    mail.body = f"{start}{title}\n\n{text}\n\n{settings.SITE_URL}{url}\n\n{end}"
    mail.save(update_fields=["body"])
    return True


def _queue(person, key, title, text, url, at, due, scope, group, critical):
    Message.objects.get_or_create(
        key=f"{key}:{person.pk}:email",
        defaults={
            "group": group,
            "recipient": person,
            "address": person.email,
            "subject": title,
            "body": mail_body(person.name, text, url),
            "critical": critical,
            "scope": scope,
            "next_try_at": due,
            "created_at": at,
        },
    )


def mail_body(name: str, text: str, url: str) -> str:
    """One thing and one link, as plain text."""
    greeting = _("Hello %(name)s,") % {"name": name}
    return f"{greeting}\n\n{text}\n\n{settings.SITE_URL}{url}\n\n{_closing()}"


def _closing() -> str:
    return _("You get this mail because SLA Portal names you in this agreement.") + "\n"
