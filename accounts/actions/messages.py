"""How people and systems are told: quiet hours and the daily mail, webhooks, and messages in doubt."""

import secrets
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import nudge, outbox, posting, webhooks
from accounts.actions.people import Refused
from accounts.models import Message, Notice, Organisation, User, Webhook
from records import audit

BOTH_SECRETS = timedelta(days=1)  # the old secret signs beside the new one


@transaction.atomic
def choose_telling(
    user: User, *, quiet_from: time | None, quiet_until: time | None, digest_at: time | None, actor: User, at: datetime
) -> User:
    """Choose quiet hours and the hour of the daily mail, in the person's own time zone; None: none of them.

    What already waits keeps its time, but who gives the daily mail up gets the last one now. Raises Refused when
    the hours have only one end, or none between them.
    """
    if (quiet_from is None) != (quiet_until is None):
        place = "quiet_from" if quiet_from is None else "quiet_until"
        raise Refused(_("Say when the quiet hours begin and when they end, or neither."), place)
    if quiet_from is not None and quiet_from == quiet_until:
        raise Refused(_("Quiet hours must end at another time than they begin."), "quiet_until")
    user = User.objects.select_for_update().get(pk=user.pk)
    user.quiet_from, user.quiet_until, user.digest_at = quiet_from, quiet_until, digest_at
    user.save(update_fields=["quiet_from", "quiet_until", "digest_at"])
    if digest_at is None:
        Notice.objects.filter(recipient=user, digest_at__isnull=False).update(digest_at=at)
    audit.record("person.telling_chosen", user, actor=actor, at=at, quiet_from=_said(quiet_from),
                 quiet_until=_said(quiet_until), digest_at=_said(digest_at))
    return user


@transaction.atomic
def add_webhook(*, organisation: Organisation, url: str, actor: User, at: datetime) -> tuple[Webhook, str]:
    """Tell an organisation's own system of its escalations; returns the webhook and its secret, shown only now.

    Raises Refused for an address in a private network.
    """
    try:
        posting.refuse_private(url)
    except posting.Forbidden as error:
        raise Refused(_("The portal does not post into private networks."), "url") from error
    hook = Webhook.objects.create(organisation=organisation, url=url, nonce=secrets.token_hex(16), created_at=at)
    audit.record("webhook.added", hook, actor=actor, at=at, url=url, organisation=organisation.name)
    return hook, posting.secret(hook, hook.nonce)


@transaction.atomic
def renew_webhook_secret(hook: Webhook, *, actor: User, at: datetime) -> str:
    """Make a new secret, shown only now; the old one signs beside it for a day. Raises Refused after its end."""
    hook = _lock(hook)
    hook.previous_nonce, hook.previous_until = hook.nonce, at + BOTH_SECRETS
    hook.nonce = secrets.token_hex(16)
    hook.save(update_fields=["nonce", "previous_nonce", "previous_until"])
    audit.record("webhook.secret_renewed", hook, actor=actor, at=at, url=hook.url)
    return posting.secret(hook, hook.nonce)


@transaction.atomic
def end_webhook(hook: Webhook, *, actor: User, at: datetime) -> Webhook:
    """Tell it no more; what waits for it is not sent. Raises Refused when it has ended already."""
    hook = _lock(hook)
    hook.ended_at = at
    hook.save(update_fields=["ended_at"])
    outbox.cancel_all(Message.objects.filter(webhook=hook))
    audit.record("webhook.ended", hook, actor=actor, at=at, url=hook.url)
    return hook


@transaction.atomic
def try_webhook(hook: Webhook, *, actor: User, at: datetime) -> None:
    """Send it a message of type "test", by the outbox like all others. Raises Refused after its end."""
    hook = _lock(hook)
    event = webhooks.Event("test", f"test:{hook.pk}:{at.isoformat()}", [hook.organisation_id], {}, "/setup/webhooks/",
                           critical=False)
    webhooks.announce([event], at=at, only=hook)
    audit.record("webhook.tried", hook, actor=actor, at=at, url=hook.url)
    nudge.engine("accounts.deliver")


@transaction.atomic
def send_again(message: Message, *, actor: User, at: datetime) -> Message:
    """Send a message of which nobody knows whether it arrived. Raises TransitionNotAllowed when it is not one."""
    message = Message.objects.select_for_update().get(pk=message.pk)
    message.send_again(at=at)
    message.save(update_fields=["state", "repeated", "next_try_at", "attempts", "settled_at", "stopped"])
    audit.record("message.sent_again", message, actor=actor, at=at, key=message.key, scope=message.scope)
    nudge.engine("accounts.deliver")
    return message


@transaction.atomic
def let_rest(message: Message, *, actor: User, at: datetime) -> Message:
    """Say that a message in doubt needs nothing more. Raises Refused when it is not in doubt any more."""
    message = Message.objects.select_for_update().get(pk=message.pk)
    if not Message.objects.in_doubt().filter(pk=message.pk).exists():
        raise Refused(_("Somebody was faster: this message is not in doubt any more."))
    message.settled_at = at
    message.save(update_fields=["settled_at"])
    audit.record("message.let_rest", message, actor=actor, at=at, key=message.key, scope=message.scope)
    return message


def _lock(hook: Webhook) -> Webhook:
    hook = Webhook.objects.select_for_update().get(pk=hook.pk)
    if hook.ended_at:
        raise Refused(_("This webhook has ended."))
    return hook


def _said(clock: time | None) -> str:
    return clock.isoformat("minutes") if clock else ""
