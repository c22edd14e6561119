"""Events for the systems of organisations: one message per webhook, sent by the outbox."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.models import Message, Webhook


@dataclass(frozen=True)
class Event:
    """Something that organisations are told; `key` names the cause, `data` must be JSON-able."""

    type: str
    key: str
    organisations: Collection[int]
    data: Mapping[str, Any]
    path: str  # the page of the portal that it is about
    scope: str = ""
    group: str = ""
    critical: bool = True


def announce(events: Collection[Event], *, at: datetime, only: Webhook | None = None) -> None:
    """Queue each event for each webhook of its organisations (or for one), once. Call it in the act's transaction."""
    if not events:
        return
    asked = {pk for event in events for pk in event.organisations}
    hooks: dict[int, list[Webhook]] = defaultdict(list)
    for hook in Webhook.objects.filter(organisation__in=asked, ended_at=None):
        if only is None or hook == only:
            hooks[hook.organisation_id].append(hook)
    messages = [
        _message(event, hook, at) for event in events for pk in set(event.organisations) for hook in hooks.get(pk, ())
    ]
    Message.objects.bulk_create(messages, ignore_conflicts=True)


def _message(event: Event, hook: Webhook, at: datetime) -> Message:
    payload = {
        "type": event.type,
        "timestamp": at.isoformat(),
        "data": dict(event.data) | {"url": f"{settings.SITE_URL}{event.path}"},
    }
    return Message(
        key=f"{event.key}:hook:{hook.pk}",
        channel=Message.Channel.WEBHOOK,
        group=event.group,
        webhook=hook,
        organisation_id=hook.organisation_id,
        address=hook.url,
        subject=event.type,
        body=json.dumps(payload),
        critical=event.critical,
        scope=event.scope,
        next_try_at=at,
        created_at=at,
    )
