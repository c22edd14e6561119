"""The history of an agreement as lines of a timeline: audit entries with an icon and the details worth saying.

The words of a verb are the portal's (`{% act verb %}`); no queries here.
"""

from collections.abc import Iterable

from records.models import AuditEntry

LOOKS = {
    "version.submitted": ("message", "info"),
    "version.approved": ("thumb-up", "ok"),
    "version.changes_requested": ("arrow-back-up", "warn"),
    "version.amendment_started": ("git-branch", "info"),
    "version.concluded": ("circle-check", "ok"),
    "version.executed": ("rubber-stamp", "ok"),
    "version.superseded": ("archive", "mute"),
    "version.seal_failed": ("alert-octagon", "bad"),
    "agreement.ended": ("calendar-x", "mute"),
    "agreement.renewed": ("check", "ok"),
    "version.imported": ("archive", "ok"),
    "agreement.activated": ("circle-check", "ok"),
    "round.opened": ("lock", "info"),
    "round.prepared": ("file-certificate", "mute"),
    "round.withdrawn": ("arrow-back-up", "warn"),
    "round.lapsed": ("clock-x", "warn"),
    "slot.invited": ("mail", "info"),
    "slot.reminded": ("mail", "mute"),
    "slot.opened": ("eye", "mute"),
    "slot.signed": ("signature", "ok"),
    "slot.declined": ("circle-x", "bad"),
    "slot.reassigned": ("user-share", "mute"),
    "comment.added": ("message-plus", "mute"),
    "comment.settled": ("checks", "ok"),
    "suggestion.applied": ("check", "ok"),
    "suggestion.declined": ("x", "mute"),
    "position.held": ("user-check", "mute"),
    "breach.logged": ("alert-circle", "bad"),
    "breach.closed": ("circle-check", "ok"),
    "report.shared": ("send", "info"),
    "document.downloaded": ("download", "mute"),
}
# The first word of a verb where the verb itself has no look.
KINDS = {
    "ending": ("calendar-x", "warn"),
    "term": ("calendar-due", "mute"),
    "paper": ("archive", "info"),
    "version": ("pencil", "mute"),
    "agreement": ("file-text", "mute"),
    "breach": ("alert-circle", "mute"),
    "escalation": ("stairs-up", "warn"),
    "report": ("report", "mute"),
    "minutes": ("clipboard-list", "mute"),
    "meeting": ("calendar-event", "mute"),
    "document": ("archive", "mute"),
    "data": ("database", "mute"),
    "feedback": ("star", "mute"),
}
PLAIN = ("circle-dot", "mute")
DETAILS = ("version", "person", "after", "reason", "reason_text", "number")


def entries(rows: Iterable[AuditEntry]) -> list[dict]:
    return [_entry(row) for row in rows]


def _entry(row: AuditEntry) -> dict:
    icon, tone = LOOKS.get(row.verb) or KINDS.get(row.verb.split(".")[0], PLAIN)
    # A bare count ("1") says nothing here; numbers that people quote have letters ("BR-0147").
    details = [str(row.data[name]) for name in DETAILS if not str(row.data.get(name) or "1").isdigit()]
    who = row.actor.name if row.actor else ""
    return {"at": row.at, "icon": icon, "tone": tone, "who": who, "verb": row.verb, "note": " · ".join(details)}
