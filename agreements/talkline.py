"""The conversation of a review as one line in time: drafts sent and sent back, approvals, threads."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from agreements.discussion import Thread
from agreements.models import Approval, Draft, Version
from records.models import AuditEntry

BACK = {"version.changes_requested", "version.recalled", "version.ready"}


@dataclass(frozen=True)
class Event:
    """Something that happened, or (with `thread`) was said."""

    at: datetime
    icon: str = "message"
    tone: str = "mute"
    who: User | None = None
    text: str = ""
    note: str = ""
    thread: Thread | None = None
    draft: int | None = None  # a draft with an earlier one to compare it with


def line(events: Iterable[Event], threads: Iterable[Thread]) -> list[Event]:
    """Oldest first; a thread stands where it began."""
    said = [Event(thread.start.at, thread=thread) for thread in threads]
    return sorted([*events, *said], key=lambda event: event.at)


def events(version: Version) -> list[Event]:
    """What happened to the drafts of a version. Three queries."""
    drafts = version.drafts.select_related("sent_by").defer("terms")
    approvals = version.approvals.select_related("user")
    back = AuditEntry.objects.filter(
        target_label=version._meta.label_lower, target_id=version.pk, verb__in=BACK
    ).select_related("actor")
    most = max((len(each.parts) for each in approvals), default=0)
    return [
        *(_sent(draft) for draft in drafts),
        *(_approved(each, most) for each in approvals),
        *(_turned(entry) for entry in back),
    ]


def _sent(draft: Draft) -> Event:
    text = _("shared draft %s") % draft.number
    earlier = draft.number if draft.number > 1 else None
    return Event(draft.sent_at, "send", "info", draft.sent_by, text, _quoted(draft.message), draft=earlier)


def _approved(each: Approval, most: int) -> Event:
    words = {"number": each.draft_number, "count": len(each.parts)}
    text = _("approves draft %(number)s") % words
    if len(each.parts) < most:
        text = ngettext(
            "approves %(count)d part of draft %(number)s",
            "approves %(count)d parts of draft %(number)s",
            len(each.parts),
        ) % words
    return Event(each.at, "thumb-up", "ok", each.user, text, _quoted(each.remark))


def _turned(entry: AuditEntry) -> Event:
    looks: dict[str, tuple[str, str, str]] = {
        "version.changes_requested": ("arrow-back-up", "warn", _("asks for changes")),
        "version.recalled": ("arrow-back-up", "mute", _("took the draft back")),
        "version.ready": ("circle-check", "ok", _("gave the last word that was missing: it is ready to sign")),
    }
    icon, tone, text = looks[entry.verb]
    return Event(entry.at, icon, tone, entry.actor, text, _quoted(entry.data.get("reason", "")))


def _quoted(text: str) -> str:
    return f"“{text}”" if text else ""
