"""What the page of an incident shows: clocks, links, what may be done, and what happened."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.rules import Grants
from agreements import people
from agreements.rules import working_for
from incidents import deadlines, finding, history, reply_to, rules, subjects
from incidents.display import rungs
from incidents.history import Entry
from incidents.models import Incident, IncidentLink, Run
from kpis import rules as kpi_rules
from kpis.display import duration
from records.models import AuditEntry

S = Incident.State


def context(incident: Incident, user: User, grants: Grants, now: datetime) -> dict[str, Any]:
    """For templates/incidents/incident.html; the forms are the view's."""
    terms, run = incident.version.read_terms(), _run(incident)
    return {
        "incident": incident,
        "agreement": incident.agreement,
        "terms": terms,
        "priority": finding.priority_name(incident),
        "clocks": _clocks(incident, terms, now),
        "links": [_link(link) for link in _links(incident)],
        "entries": timeline(incident, working_for(grants, incident.agreement), run),
        "run": run,
        "reply_to": reply_to.reply_address(incident.number),
        "level": run.level if run and run.state != Run.State.RESOLVED else -1,
        "rungs": rungs(run, people.holders_of(incident.agreement, now), user, now) if run else [],
        "can": _can(incident, run, grants, now),
    }


def _run(incident: Incident) -> Run | None:
    """Its newest run: what came back after its end has another."""
    runs = Run.objects.filter(subject=subjects.incident_key(incident)).order_by("-pk")
    return runs.select_related("agreement").prefetch_related("steps").first()


def _can(incident: Incident, run: Run | None, grants: Grants, now: datetime) -> dict[str, bool]:
    state, work, inside = incident.state, rules.can_work(grants, incident), rules.can_log(grants, incident.agreement)
    over = state in (S.RESOLVED, S.CLOSED)
    lapsed = run is not None and run.state == Run.State.ACTIVE and state in (S.ACKNOWLEDGED, S.IN_PROGRESS)
    return {
        "acknowledge": (state == S.OPEN or lapsed) and rules.can_answer(grants, incident),
        "begin": state == S.ACKNOWLEDGED and work,
        "resolve": state == S.IN_PROGRESS and work,
        "close": state == S.RESOLVED and rules.can_confirm(grants, incident, now),
        "reopen": over and rules.can_take_up(grants, incident),
        "escalate": not over and inside and run is not None and run.level < run.top,
        "work": not over and work,
        "exclude": kpi_rules.claims_for_provider(grants, incident.agreement),
        "talk": inside,
    }


def _clocks(incident: Incident, terms, now: datetime) -> list[dict[str, Any]]:
    names = {"response": _("Answer"), "resolution": _("Resolution")}
    found = deadlines.clocks(
        terms, incident.priority, logged_at=incident.logged_at, acknowledged_at=incident.acknowledged_at,
        resolved_at=incident.resolved_at, now=now,
    )
    return [
        {
            "label": names[clock.kind],
            "limit": duration(clock.reading.limit_seconds),
            "due": clock.reading.due_at,
            "used": min(100, 100 * clock.reading.elapsed_seconds // clock.reading.limit_seconds),
            "took": duration(clock.reading.elapsed_seconds, toward="up"),
            "stopped": clock.reading.state == "stopped",
            "missed": clock.is_missed,
        }
        for clock in found
    ]


def _links(incident: Incident) -> list[IncidentLink]:
    related = incident.links.select_related("target__agreement", "breach", "exclusion", "indicator", "by")
    return list(related)


def _link(link: IncidentLink) -> dict[str, str]:
    if link.target:
        note = _("counts for it") if link.counts else ""
        return {"label": _("KPI"), "text": str(link.target), "url": link.target.get_absolute_url(), "note": note}
    if link.breach:
        return {"label": _("Breach"), "text": str(link.breach), "url": link.breach.get_absolute_url(), "note": ""}
    if link.exclusion:
        state = link.exclusion.get_state_display()
        return {"label": _("Exclusion"), "text": str(link.exclusion), "url": link.exclusion.get_absolute_url(),
                "note": state}
    assert link.indicator is not None  # a constraint says that a link leads to one of the four
    text = f"{link.indicator.name}: {link.external_id}"
    return {"label": _("Measured"), "text": text, "url": "", "note": link.source}


# The timeline


def timeline(incident: Incident, sides: list[str], run: Run | None = None) -> list[Entry]:
    """What happened, newest first: acts, the ladder's steps with their mails, remarks that these sides may read."""
    acts = AuditEntry.objects.filter(target_label=incident._meta.label_lower, target_id=incident.pk)
    lines = [(act.at, act.pk, _act(act)) for act in acts.select_related("actor") if act.verb in _ACTS]
    remarks = incident.remarks.for_sides(sides).select_related("by")
    lines += [(remark.at, remark.pk, history.remark_entry(remark)) for remark in remarks]
    entries = [entry for *_order, entry in sorted(lines, key=lambda line: line[:2], reverse=True)]
    ladder = history.of_run(run) if run else []
    return sorted([*entries, *ladder], key=lambda entry: entry.at, reverse=True)


def last_said(incident: Incident) -> str:
    """What happened last, for somebody who came too late."""
    entries = timeline(incident, [])
    return entries[0].text if entries else incident.get_state_display()


_ACTS: dict[str, tuple[str, str, Any]] = {
    "incident.logged": ("flag", "bad", lambda who, data: (_("%(name)s logged it") % who, _by_version(data))),
    "incident.acknowledged": (
        "check", "info", lambda who, data: (_("%(name)s acknowledged it") % who, _("This stopped the escalation")),
    ),
    "incident.begun": ("progress", "info", lambda who, data: (_("%(name)s began the work") % who, "")),
    "incident.assigned": (
        "user-share", "mute", lambda who, data: (_("%(name)s gave it to %(to)s") % (who | {"to": data["name"]}), ""),
    ),
    "incident.priority_changed": (
        "arrows-sort", "warn",
        lambda who, data: (_("%(name)s changed the priority to P%(priority)s") % (who | data), data["reason"]),
    ),
    "incident.escalated": (
        "stairs-up", "bad", lambda who, data: (_("%(name)s sent it to the next level") % who, data["reason"]),
    ),
    "incident.resolved": (
        "circle-check", "ok", lambda who, data: (_("%(name)s resolved it") % who, data["resolution"]),
    ),
    "incident.closed": ("lock", "ok", lambda who, data: (_("%(name)s confirmed and closed it") % who, "")),
    "incident.reopened": (
        "arrow-back-up", "warn", lambda who, data: (_("%(name)s took it up again") % who, data["reason"]),
    ),
    "incident.counted": (
        "chart-line", "mute", lambda who, data: (_("%(name)s let it count for %(kpi)s") % (who | data), ""),
    ),
    "incident.linked": ("link", "mute", lambda who, data: (_("%(name)s linked it") % who, _linked_to(data))),
}


def _act(act: AuditEntry) -> Entry:
    icon, tone, words = _ACTS[act.verb]
    text, note = words({"name": act.actor.name if act.actor else _("The portal")}, act.data)
    return Entry(act.at, icon, tone, text, note)


def _by_version(data: dict[str, Any]) -> str:
    return _("Its deadlines are those of %(version)s") % {"version": data["version"]}


def _linked_to(data: dict[str, Any]) -> str:
    named = ("kpi", "breach", "exclusion", "indicator", "row")
    return ", ".join(str(data[name]) for name in named if name in data)
