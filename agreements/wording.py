"""The history of an agreement in words: audit entries -> lines of a timeline. No queries."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.models import AuditEntry

# verb -> icon, tone, words; the verbs of the apps above say themselves.
VERBS = {
    "agreement.drafted": ("pencil", "mute", gettext_lazy("drafted the agreement")),
    "version.saved": ("pencil", "mute", gettext_lazy("changed the draft")),
    "version.submitted": ("message", "info", gettext_lazy("sent it to review")),
    "version.approved": ("thumb-up", "ok", gettext_lazy("approved")),
    "version.recalled": ("arrow-back-up", "mute", gettext_lazy("took it back from review")),
    "version.changes_requested": ("arrow-back-up", "warn", gettext_lazy("asked for changes")),
    "version.amendment_started": ("git-branch", "info", gettext_lazy("started a change")),
    "version.concluded": ("circle-check", "ok", gettext_lazy("everybody has signed")),
    "version.executed": ("rubber-stamp", "ok", gettext_lazy("sealed the signed document")),
    "version.abandoned": ("archive", "mute", gettext_lazy("gave the draft up")),
    "version.superseded": ("archive", "mute", gettext_lazy("the version before ends with this one")),
    "round.opened": ("lock", "info", gettext_lazy("locked the text and sent it for signature")),
    "round.prepared": ("file-certificate", "mute", gettext_lazy("made the document to sign")),
    "round.withdrawn": ("arrow-back-up", "warn", gettext_lazy("withdrew it from signing")),
    "round.lapsed": ("clock-x", "warn", gettext_lazy("the time to sign is over")),
    "slot.invited": ("mail", "info", gettext_lazy("asked to sign")),
    "slot.opened": ("eye", "mute", gettext_lazy("read the document to sign")),
    "slot.signed": ("signature", "ok", gettext_lazy("signed")),
    "slot.declined": ("circle-x", "bad", gettext_lazy("declined to sign")),
    "slot.reminded": ("mail", "mute", gettext_lazy("reminded")),
    "slot.reassigned": ("user-share", "mute", gettext_lazy("gave a signature to another person")),
    "comment.added": ("message-plus", "mute", gettext_lazy("commented")),
    "comment.settled": ("checks", "ok", gettext_lazy("settled a comment")),
    "position.held": ("user-check", "mute", gettext_lazy("named who holds a position")),
    "document.stored": ("archive", "mute", gettext_lazy("put a document into the vault")),
    "document.opened": ("eye", "mute", gettext_lazy("opened a document")),
    "document.downloaded": ("download", "mute", gettext_lazy("downloaded a document")),
    "authority.recorded": ("shield-check", "mute", gettext_lazy("recorded a signing authority")),
}
# What an entry says beyond its verb, in this order.
DETAILS = ("version", "person", "after", "reason", "reason_text", "number", "title")


def entries(rows: Iterable[AuditEntry]) -> list[dict]:
    return [_entry(row) for row in rows]


def _entry(row: AuditEntry) -> dict:
    icon, tone, words = VERBS.get(row.verb, ("circle-dot", "mute", row.verb.replace(".", " ").replace("_", " ")))
    details = [str(row.data[name]) for name in DETAILS if row.data.get(name)]
    who = row.actor.name if row.actor else _("The portal")
    return {"at": row.at, "icon": icon, "tone": tone, "text": f"{who}: {words}", "note": " · ".join(details)}
