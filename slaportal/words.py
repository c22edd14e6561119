"""The status vocabulary: which word, icon and tone a state has on every screen (no ORM).

Templates never spell a state themselves; they say `{% status "breach" breach.state %}`.
"""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _


class Word(NamedTuple):
    """How one state looks. Tone is ok, warn, bad, info or mute; colour never stands without icon and text."""

    tone: str
    icon: str
    text: str


MET = Word("ok", "circle-check!", _("Met"))
MISSED = Word("bad", "square-rounded-x!", _("Missed"))
AT_RISK = Word("warn", "alert-triangle!", _("At risk"))
NO_DATA = Word("mute", "circle-dashed", _("No data yet"))
ABANDONED = Word("mute", "archive", _("Abandoned"))
OPEN = Word("info", "circle-dot", _("Open"))
PROPOSED = Word("info", "message-2", _("Proposed"))
REFUSED = Word("bad", "circle-x", _("Refused"))
DISPUTED = Word("warn", "scale", _("Disputed"))
WITHDRAWN = Word("mute", "arrow-back-up", _("Withdrawn"))
DECLINED = Word("bad", "circle-x", _("Declined"))
CANCELLED = Word("mute", "ban", _("Cancelled"))

ACTION = {  # of a review or a breach: one kind of promise
    "open": OPEN,
    "overdue": Word("bad", "calendar-x", _("Late")),
    "done": Word("ok", "circle-check", _("Done")),
    "dropped": Word("mute", "ban", _("Dropped")),
}

VERSION = {
    "draft": Word("mute", "pencil", _("Draft")),
    "in_review": Word("info", "message", _("In review")),
    "ready": Word("info", "checks", _("Ready to sign")),
    "signing": Word("info", "signature", _("Out for signature")),
    "sealing": Word("info", "rubber-stamp", _("Being sealed")),
    "executed": Word("ok", "circle-check", _("Signed by all")),
    "declined": DECLINED,
    "abandoned": ABANDONED,
    "scheduled": Word("info", "calendar-event", _("Starts later")),
    "in_force": Word("ok", "circle-check", _("In force")),
    "review_due": Word("warn", "calendar-due", _("Review due")),
    "expiring": Word("warn", "calendar-due", _("Expires soon")),
    "terminating": Word("warn", "calendar-x", _("Terminating")),
    "superseded": Word("mute", "archive", _("Superseded")),
    "expired": Word("mute", "archive", _("Expired")),
    "terminated": Word("mute", "archive", _("Terminated")),
    "replaced": Word("mute", "archive", _("Replaced")),
    "rescinded": Word("mute", "archive", _("Rescinded")),
}

STATUS: dict[str, dict[str, Word]] = {
    "kpi": {  # while the period runs
        "met": Word("ok", "circle-check!", _("On track")),
        "at_risk": AT_RISK,
        "breached": MISSED,
        "insufficient_data": NO_DATA,
        "no_data": NO_DATA,
        "not_due": Word("mute", "minus", _("Not due")),
        "waived": Word("mute", "ban", _("Waived")),
    },
    "period": {  # when it is over
        "met": MET,
        "at_risk": AT_RISK,
        "breached": MISSED,
        "insufficient_data": Word("mute", "circle-dashed", _("Not enough data")),
        "not_due": Word("mute", "minus", _("Not due")),
        "waived": Word("mute", "ban", _("Waived")),
        "provisional": Word("info", "clock!", _("Provisional")),
        "open": Word("info", "progress", _("Running")),
        "grace": Word("info", "clock!", _("Provisional")),
        "closed": Word("ok", "lock", _("Closed")),
    },
    "version": VERSION,
    "agreement": VERSION
    | {
        "preparing": Word("mute", "pencil", _("Being agreed")),
        "active": Word("ok", "circle-check", _("In force")),
        "ended": Word("mute", "archive", _("Ended")),
    },
    "round": {
        "open": Word("info", "signature", _("Out for signature")),
        "complete": Word("ok", "circle-check", _("Complete")),
        "declined": DECLINED,
        "withdrawn": WITHDRAWN,
        "lapsed": Word("warn", "clock-x", _("Lapsed")),
        "invalidated": Word("bad", "circle-x", _("Invalidated")),
    },
    "ending": {
        "proposed": PROPOSED,
        "standing": Word("warn", "calendar-x", _("Stands")),
        "refused": REFUSED,
        "withdrawn": WITHDRAWN,
        "overtaken": Word("mute", "archive", _("Overtaken")),
    },
    "contest": {
        "open": Word("bad", "alert-octagon", _("Contested")),
        "ratified": Word("ok", "circle-check", _("Ratified")),
        "withdrawn": WITHDRAWN,
    },
    "hold": {
        "asked": Word("warn", "hourglass", _("Asked for")),
        "standing": Word("warn", "lock", _("Stands")),
        "refused": REFUSED,
        "lifted": Word("mute", "archive", _("Lifted")),
    },
    "disposal": {
        "proposed": PROPOSED,
        "agreed": Word("info", "trash", _("Being removed")),
        "done": Word("mute", "trash", _("Disposed of")),
        "refused": REFUSED,
    },
    "slot": {
        "waiting": Word("mute", "circle-dashed", _("Not asked yet")),
        "invited": Word("info", "mail", _("Asked")),
        "opened": Word("info", "eye", _("Read")),
        "signed": Word("ok", "signature", _("Signed")),
        "declined": DECLINED,
        "reassigned": Word("mute", "user-share", _("Handed over")),
        "cancelled": CANCELLED,
        "lapsed": Word("warn", "clock-x", _("Link lapsed")),
    },
    "suggestion": {
        "open": OPEN,
        "applied": Word("ok", "check", _("Taken over")),
        "declined": DECLINED,
    },
    "requirement": {
        "asked": Word("info", "mail", _("Asked")),
        "stated": Word("info", "message-2", _("Stated")),
        "accepted": Word("ok", "check", _("Accepted")),
        "declined": DECLINED,
        "covered": Word("ok", "circle-check", _("Covered")),
        "withdrawn": WITHDRAWN,
    },
    "exclusion": {
        "proposed": PROPOSED,
        "approved": Word("info", "check", _("Approved")),
        "acknowledged": Word("ok", "checks", _("Acknowledged by the client")),
        "disputed": DISPUTED,
        "withdrawn": WITHDRAWN,
        "refused": REFUSED,
    },
    "correction": {
        "proposed": PROPOSED,
        "approved": Word("info", "check", _("Approved")),
        "accepted": Word("ok", "checks", _("Accepted")),
        "disputed": DISPUTED,
        "settled": Word("ok", "circle-check", _("Settled")),
        "refused": REFUSED,
    },
    "dispute": {
        "open": Word("warn", "scale", _("Disputed")),
        "answered": Word("info", "message", _("Answered")),
        "settled": Word("ok", "circle-check", _("Settled")),
        "withdrawn": WITHDRAWN,
    },
    "case": {
        "running": Word("info", "player-play", _("Running")),
        "paused": Word("mute", "player-pause", _("Paused")),
        "stopped": Word("ok", "circle-check", _("Stopped")),
    },
    "incident": {
        "open": Word("bad", "bell-ringing", _("Not acknowledged")),
        "acknowledged": Word("info", "check", _("Acknowledged")),
        "in_progress": Word("info", "progress", _("In progress")),
        "resolved": Word("ok", "circle-check", _("Resolved")),
        "closed": Word("ok", "lock", _("Closed")),
    },
    "breach": {
        "open": Word("bad", "bell-ringing", _("Not acknowledged")),
        "acknowledged": Word("info", "check", _("Acknowledged")),
        "escalated": Word("warn", "stairs-up", _("Escalated")),
        "outcome": Word("warn", "hourglass", _("Outcome waits for client")),
        "closed": Word("ok", "circle-check", _("Resolved")),
        "not_a_breach": Word("mute", "ban", _("Not a breach")),
    },
    "run": {
        "active": Word("bad", "stairs-up", _("Escalating")),
        "acknowledged": Word("info", "check", _("Acknowledged")),
        "resolved": Word("ok", "circle-check", _("Resolved")),
        "suspended": Word("mute", "player-pause", _("Suspended")),
    },
    "step": {
        "pending": Word("mute", "circle-dashed", _("To come")),
        "fired": Word("info", "bell-ringing", _("Told")),
        "coalesced": Word("mute", "stairs-up", _("Passed during a stop")),
        "cancelled": CANCELLED,
    },
    "message": {
        "pending": Word("mute", "clock", _("To be sent")),
        "claimed": Word("mute", "clock", _("To be sent")),
        "sending": Word("info", "send", _("Being sent")),
        "sent": Word("ok", "check", _("Sent")),
        "failed": Word("bad", "mail-x", _("Failed")),
        "unknown": Word("warn", "help", _("Not known whether it arrived")),
        "held": Word("mute", "clock-pause", _("Held for quiet hours")),
        "cancelled": CANCELLED,
    },
    "credit": {
        "proposed": PROPOSED,
        "agreed": Word("ok", "check", _("Agreed")),
        "refused": REFUSED,
        "lapsed": Word("mute", "clock-x", _("Lapsed")),
        "settled": Word("ok", "circle-check", _("Settled")),
    },
    "report": {
        "due": Word("warn", "calendar-due", _("Due")),
        "compiled": Word("info", "file-text", _("Compiled")),
        "approved": Word("info", "check", _("Approved")),
        "shared": Word("info", "send", _("Shared")),
        "acknowledged": Word("ok", "circle-check", _("Acknowledged")),
        "disputed": DISPUTED,
        "deemed": Word("ok", "clock", _("Accepted by silence")),
        "superseded": Word("mute", "archive", _("Superseded")),
    },
    "meeting": {  # of a review
        "scheduled": Word("info", "calendar-event", _("Planned")),
        "held": Word("info", "users", _("Held")),
        "minutes_shared": Word("info", "send", _("Minutes shared")),
        "approved": Word("ok", "circle-check", _("Minutes approved")),
        "postponed": Word("warn", "calendar-due", _("Postponed")),
        "overdue": Word("bad", "calendar-x", _("Overdue")),
    },
    "action": ACTION,
    "breachaction": ACTION,
    "service": {
        "covered": Word("ok", "circle-check", _("Has an SLA")),
        "prepared": Word("info", "pencil", _("Being prepared")),
        "lacking": Word("warn", "alert-triangle!", _("Lacks an SLA")),
        "not_needed": Word("mute", "circle-minus", _("Needs none")),
        "retired": Word("mute", "archive", _("Retired")),
    },
    "complaint": {
        "received": Word("warn", "inbox", _("Received")),
        "answered": Word("info", "message", _("Answered")),
        "closed": Word("ok", "circle-check", _("Closed")),
    },
    "light": {  # the first page of a report
        "green": Word("ok", "circle-check!", _("All met")),
        "amber": Word("warn", "alert-triangle!", _("Some missed")),
        "red": Word("bad", "square-rounded-x!", _("Missed badly")),
        "grey": Word("mute", "circle-dashed", _("Not all measured")),
    },
}

# These two stand alone in dense tables; every other kind wears a pill.
PLAIN = {"kpi", "period"}


def word(kind: str, value: str) -> Word:
    """The word for a state. An unknown kind raises KeyError; an unknown state says itself in grey.

    A test holds every state of the models against this table, so readers should never meet the grey one.
    """
    state = str(value).lower()
    return STATUS[kind].get(state) or Word("mute", "help", state.replace("_", " ").capitalize())
