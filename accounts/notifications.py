"""Who is told, through which channel: an inbox entry always, an e-mail beside it.

Quiet hours and the daily mail of routine messages are the person's own choice; a critical message waits for
neither, and what an escalation says is never put off to the daily mail.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts import quiet
from accounts.models import Message, Notice, User

# Where the sender puts the secret of the mail's one-use link, so that the outbox does not hold it.
TOKEN_MARK = "{{token}}"


@dataclass(frozen=True)
class Telling:
    """One thing to tell one person; `key` names the cause. `url` is a path of the portal.

    `group` lets an act cancel mails not yet claimed. `link` is the path of a one-use link with TOKEN_MARK in it,
    `link_words` says what it does; the mail's own key makes the token (`mail_key`). `reply_to` is where an answer
    to the mail goes.
    """

    person: User
    key: str
    title: str
    text: str
    url: str
    scope: str = ""
    group: str = ""
    critical: bool = False
    mail: bool = True
    daily: bool = True  # may wait for the daily mail of a person who asked for one
    link: str = ""
    link_words: str = ""
    reply_to: str = ""

    @property
    def mail_key(self) -> str:
        return f"{self.key}:{self.person.pk}:email"


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
    reply_to: str = "",
) -> int:
    """Tell each active person once per key; returns how many inbox entries are new.

    With `gather` the mail waits that long and takes in what else the person is told in its group meanwhile, so
    that a burst is one mail. Call it in the act's transaction: rows are written here, the outbox sends them
    after the commit.
    """
    tellings = [
        Telling(each, key, title, text, url, scope, group, critical, mail, reply_to=reply_to) for each in people
    ]
    if gather is None:
        return len(tell(tellings, at=at))
    fresh = tell([_without_mail(each) for each in tellings], at=at)
    with_mail = [each for each in fresh if mail and not _added(each)]
    _queue(with_mail, at=at, due=at + gather)
    return len(fresh)


def _without_mail(telling: Telling) -> Telling:
    return replace(telling, mail=False)


def tell(tellings: Sequence[Telling], *, at: datetime) -> list[Telling]:
    """Tell many at once, each active person once per key; returns those that are new. A few statements for all."""
    wanted = {(each.person.pk, each.key): each for each in tellings if each.person.is_active}
    known = Notice.objects.filter(key__in={key for _pk, key in wanted}, recipient__in={pk for pk, _key in wanted})
    for pair in known.values_list("recipient", "key"):
        wanted.pop(pair, None)
    fresh = list(wanted.values())
    # Whoever tells the same at the same moment writes the same rows: the keys let one of them in.
    Notice.objects.bulk_create([_notice(each, at) for each in fresh], ignore_conflicts=True)
    _queue([each for each in fresh if each.mail and not _goes_daily(each)], at=at, due=at)
    return fresh


def _notice(telling: Telling, at: datetime) -> Notice:
    person = telling.person
    digest_at = None
    if telling.mail and _goes_daily(telling):
        digest_at = quiet.following(at, person.timezone, person.digest_at)
    return Notice(recipient=person, key=telling.key, title=telling.title, text=telling.text, url=telling.url,
                  scope=telling.scope, created_at=at, digest_at=digest_at)


def _goes_daily(telling: Telling) -> bool:
    return telling.daily and not telling.critical and telling.person.digest_at is not None


def _queue(tellings: Sequence[Telling], *, at: datetime, due: datetime) -> None:
    Message.objects.bulk_create([_mail(each, at, due) for each in tellings], ignore_conflicts=True)


def _mail(telling: Telling, at: datetime, due: datetime) -> Message:
    person = telling.person
    rest = None
    if not telling.critical:
        rest = quiet.ends(due, person.timezone, person.quiet_from, person.quiet_until)
    with override(person.language):
        body = mail_body(person.name, telling.text, telling.url, link=telling.link, link_words=telling.link_words)
    return Message(
        key=telling.mail_key,
        group=telling.group,
        recipient=person,
        address=person.email,
        reply_to=telling.reply_to,
        subject=telling.title,
        body=body,
        critical=telling.critical,
        scope=telling.scope,
        state=Message.State.HELD if rest else Message.State.PENDING,
        next_try_at=rest or due,
        created_at=at,
    )


def _added(telling: Telling) -> bool:
    """Whether a mail of the group that nobody claimed yet took this in, before its closing words."""
    state = [Message.State.PENDING, Message.State.HELD]
    waiting = Message.objects.select_for_update().filter(
        group=telling.group, recipient=telling.person, state__in=state
    )
    mail = waiting.order_by("-pk").first()
    if mail is None:
        return False
    with override(telling.person.language):
        start, end = mail.body.removesuffix(_closing()), _closing()
    mail.body = f"{start}{telling.title}\n\n{telling.text}\n\n{settings.SITE_URL}{telling.url}\n\n{end}"
    mail.save(update_fields=["body"])
    return True


def mail_body(name: str, text: str, url: str, *, link: str = "", link_words: str = "") -> str:
    """One thing and one link, as plain text; a one-use link stands below, with what it does."""
    said = [_("Hello %(name)s,") % {"name": name}, text, f"{settings.SITE_URL}{url}"]
    if link:
        said.append(f"{link_words}\n{settings.SITE_URL}{link}")
    return "\n\n".join([*said, _closing()])


def _closing() -> str:
    return _("You get this mail because SLA Portal names you in this agreement.") + "\n"
