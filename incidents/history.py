"""What happened to a breach: its audit entries, and who was told when and whether the mail went out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import Message
from incidents import telling
from incidents.models import Breach, Remark, Run
from incidents.queue import level_name
from incidents.subjects import target
from records.models import AuditEntry


@dataclass(frozen=True)
class Entry:
    """A line of the timeline, in the form that components/timeline.html takes."""

    at: datetime
    icon: str
    tone: str
    text: str
    note: str = ""


def entries(breach: Breach, sides: Sequence[str] = ()) -> list[Entry]:
    """What happened, newest first, with the remarks that these sides may read; three queries."""
    acts = AuditEntry.objects.filter(target_label=breach._meta.label_lower, target_id=breach.pk)
    lines = _lines(breach.run, acts, [telling.group(breach.run), telling.breach_group(breach)])
    said = [remark_entry(each) for each in breach.remarks.for_sides(sides).select_related("by")]
    return sorted([*lines, *said], key=lambda entry: entry.at, reverse=True)


def remark_entry(remark: Remark) -> Entry:
    """A remark in the timeline; one that a side keeps to itself says so."""
    by = _("%(name)s by e-mail") % {"name": remark.by.name} if remark.message_id else remark.by.name
    house = {"provider": _("the provider"), "client": _("the client")}.get(remark.side)
    text = _("%(name)s, for %(house)s only") % {"name": by, "house": house} if house else by
    return Entry(remark.at, "message", "mute", text, remark.text)


def of_run(run: Run) -> list[Entry]:
    """What the ladder of any subject did, newest first; two queries."""
    about = target(run)
    # Late data feed several agreements, and what came back has several runs: only this one's entries.
    acts = AuditEntry.objects.filter(
        target_label=about._meta.label_lower, target_id=about.pk, scope=run.agreement.reference, at__gte=run.started_at
    )
    if run.resolved_at is not None:
        acts = acts.filter(at__lte=run.resolved_at)
    return _lines(run, acts, [telling.group(run)])


def _lines(run: Run, acts: QuerySet[AuditEntry], groups: list[str]) -> list[Entry]:
    mails = Message.objects.filter(Q(group__in=groups), recipient__isnull=False).select_related("recipient")
    lines = [(act.at, 1, act.pk, _act(run, act)) for act in acts.select_related("actor")]
    lines += [(mail.created_at, 2, mail.pk, _told(mail)) for mail in mails]
    return [entry for *_order, entry in sorted(lines, key=lambda line: line[:3], reverse=True) if entry]


def _act(run: Run, act: AuditEntry) -> Entry | None:
    if act.verb not in _ACTS:
        return None
    icon, tone, text, note = _ACTS[act.verb](run, act)
    return Entry(act.at, icon, tone, text, note)


def _by(act: AuditEntry) -> str:
    return act.actor.name if act.actor else _("The portal")


def _logged(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    note = _("Judged by %(version)s of the agreement") % {"version": act.data["version"]}
    if not act.data["confirmed"]:
        note = _("The period still runs, but even a perfect rest cannot meet the target")
    said = _("%(name)s logged the breach") % {"name": act.actor.name} if act.actor else _("Breach logged")
    return "flag", "bad", said, note


def _climbed(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    level, passed = act.data["level"], act.data["passed"]
    names = ", ".join(level_name(run, number) for number in passed)
    note = _("Passed while the portal stood still: %(levels)s") % {"levels": names} if passed else ""
    if not act.data["told"]:
        note = _("Nobody could be told: no active person holds a position of this level")
    return "stairs-up", "bad", _("Went to %(level)s") % {"level": level_name(run, level)}, note


def _lapsed(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    note = _("No outcome in the time that the matrix gives")
    return "clock-x", "warn", _("The acknowledgement lapsed"), note


def _raised(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    said = {"name": _by(act), "level": level_name(run, act.data["level"])}
    return "stairs-up", "warn", _("%(name)s asked for the next level: %(level)s") % said, ""


def _started(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    return "flag", "bad", _("Escalation began"), _("By the matrix of %(version)s") % {"version": act.data["version"]}


def _settled(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    return "circle-check", "ok", _("Settled: the ladder ended"), act.data["why"]


def _suspended(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    return "player-pause", "mute", _("The ladder rests during agreed maintenance"), act.data["why"]


def _rested(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    since, until = (date_format(localtime(datetime.fromisoformat(act.data[name])), "D j M, H:i")
                    for name in ("since", "until"))
    text = _("Agreed maintenance from %(since)s to %(until)s did not count") % {"since": since, "until": until}
    return "player-pause", "mute", text, act.data["why"]


def _went_on(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    return "player-play", "warn", _("The maintenance is over: the ladder goes on"), ""


def _failing(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    note = _("The administrators were told; it is tried again")
    return "alert-triangle", "warn", _("A step could not be fired"), note


def _acknowledged(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    note = _("This stopped the escalation")
    return "check", "info", _("%(name)s acknowledged it") % {"name": _by(act)}, note


def _documented(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    return "pencil", "info", _("%(name)s documented the outcome") % {"name": _by(act)}, act.data["root_cause"]


def _closed(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    return "circle-check", "ok", _("%(name)s confirmed the outcome and closed it") % {"name": _by(act)}, ""


def _reopened(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    return "arrow-back-up", "warn", _("%(name)s took it up again") % {"name": _by(act)}, act.data["reason"]


def _rescued(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    return "ban", "mute", _("%(name)s: not a breach") % {"name": _by(act)}, act.data["reason"]


def _confirmed(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    return "lock", "bad", _("Confirmed: the period closed and the target was missed"), ""


def _handed(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    said = {"name": _by(act), "to": act.data["name"]}
    return "user-share", "mute", _("%(name)s gave it to %(to)s") % said, act.data["note"]


def _promised(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    return "checklist", "mute", _("%(name)s noted what will be done") % {"name": _by(act)}, act.data["text"]


def _kept(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    return "check", "ok", _("%(name)s reported it done") % {"name": _by(act)}, act.data["text"]


def _dropped(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    note = f"{act.data['text']}: {act.data['reason']}"
    return "ban", "warn", _("%(name)s dropped what was promised") % {"name": _by(act)}, note


def _checked(run: Run, act: AuditEntry) -> tuple[str, str, str, str]:
    who, note = {"name": _by(act)}, act.data["note"]
    if act.data["effective"]:
        return "rosette-discount-check", "ok", _("%(name)s: what was done helped") % who, note
    return "arrow-back-up", "bad", _("%(name)s: what was done did not help") % who, note


_ACTS = {
    "breach.handed_on": _handed,
    "breach.action_added": _promised,
    "breach.action_done": _kept,
    "breach.action_dropped": _dropped,
    "breach.checked": _checked,
    "breach.logged": _logged,
    "breach.confirmed": _confirmed,
    "breach.acknowledged": _acknowledged,
    "breach.outcome_documented": _documented,
    "breach.closed": _closed,
    "breach.reopened": _reopened,
    "breach.rescued": _rescued,
    "escalation.told": _climbed,
    "escalation.lapsed": _lapsed,
    "escalation.failing": _failing,
    "escalation.acknowledged": _acknowledged,
    "escalation.raised": _raised,
    "escalation.rested": _rested,
    "escalation.settled": _settled,
    "escalation.started": _started,
    "escalation.suspended": _suspended,
    "escalation.went_on": _went_on,
}


def _told(mail: Message) -> Entry:
    stopped = mail.state == Message.State.CANCELLED
    text = _("%(name)s told in the inbox") if stopped else _("%(name)s told in the inbox and by e-mail")
    return Entry(mail.created_at, "mail", "mute", text % {"name": mail.recipient.name}, _delivery(mail))


def _delivery(mail: Message) -> str:
    if mail.state == Message.State.SENT:
        return _("E-mail sent %(time)s") % {"time": date_format(localtime(mail.sent_at), "D j M, H:i")}
    return {
        Message.State.CANCELLED: _("E-mail stopped before it was sent: somebody had acknowledged"),
        Message.State.FAILED: _("E-mail could not be sent"),
        Message.State.UNKNOWN: _("Not known whether the e-mail arrived"),
        Message.State.HELD: _("E-mail waits for the end of quiet hours"),
    }.get(mail.state, _("E-mail is on its way"))
