from accounts.tokens import digest
from incidents import escalation, herds
from incidents.models import AckLink
from incidents.subjects import Subject
from kpis.models import Target
from tests.access import Row
from tests.factories import NOON
from tests.incidents.rows import CLOSED, DAY
from tests.kpis.access_claims import asked

EVERYBODY = (302, 200, 200, 200, 200, 200, 200, 200)
READERS = (302, 404, 200, 200, 200, 200, 200, 404)
LADDER = (302, 404, 302, 302, 302, 302, 403, 404)
PROVIDER = (302, 404, 403, 302, 302, 302, 403, 404)
CLIENT = (302, 404, 302, 403, 403, 403, 403, 404)
SUPERVISORS = (302, 404, 302, 403, 302, 403, 403, 404)
LOGGING = (302, 404, 200, 200, 200, 200, 403, 404)
BOTH = (302, 404, 302, 302, 302, 302, 403, 404)
OUTCOME = {"root_cause": "A switch failed.", "corrective": "Replaced.", "preventive": "A spare on site."}
FORM = OUTCOME | {"cause_kind": "fault", "check_days": "30"}

LADDER_RUN = (302, 404, 302, 302, 302, 302, 403, 404)
TOKEN = "k" * 43


def herd(world):
    if not hasattr(world, "herd"):
        missed = [herds.Missed(f"case:access:{n}", f"Case {n} is late", {
            "version": "v1.0", "terms_sha256": world.version.terms_sha256, "result_sha256": "",
        }) for n in range(2)]
        world.herd = herds.open_herd(world.version, missed, kpi="K2", title="2 cases are late", at=NOON)
    return [world.herd.pk]


def run(world):
    """A run of something that is no breach, with the link of a mail to its first level."""
    if not hasattr(world, "run"):
        subject = Subject(f"agreements.agreement:{world.agreement.pk}", "Review overdue", "/reviews/")
        world.run = escalation.start(subject, world.version, at=CLOSED)
        AckLink.objects.create(
            run=world.run, user=world.provider, token_hash=digest(TOKEN), expires_at=CLOSED + 10_000 * DAY
        )
    return [world.run.pk]


def token(world):
    run(world)
    return [TOKEN]


def of(state):
    return lambda world: [world.incidents[state].number]


def kpi(world):
    return Target.objects.get(version=world.version, key="K1")


ROWS = [
    Row("incidents:index", "GET", EVERYBODY, query="?state=all&q=br&seen=1"),
    Row("incidents:export", "GET", EVERYBODY),
    Row(
        "incidents:acknowledge_many", "POST", (302,) * 8, free=("number",),
        data=lambda w: {"number": [w.breach.number]},
    ),
    Row("incidents:breach", "GET", READERS, args=lambda w: [w.breach.number]),
    Row("incidents:acknowledge", "POST", LADDER, args=lambda w: [w.breach.number]),
    Row(
        "incidents:outcome", "POST", PROVIDER, actor="provider", free=tuple(OUTCOME),
        args=lambda w: [w.acknowledged_breach.number], data=lambda w: FORM,
    ),
    Row("incidents:close", "POST", CLIENT, actor="client", args=lambda w: [w.documented_breach.number]),
    Row(
        "incidents:reopen", "POST", SUPERVISORS, actor="client", free=("reason",),
        args=lambda w: [w.documented_breach.number], data=lambda w: {"reason": "Failover is missing."},
    ),
    Row("incidents:matrices", "GET", EVERYBODY),
    Row("incidents:matrices_paper", "GET", EVERYBODY),
    Row("incidents:matrix", "GET", READERS, args=lambda w: [w.agreement.reference]),
    Row("incidents:matrix_paper", "GET", READERS, args=lambda w: [w.agreement.reference]),
    Row("incidents:run", "GET", READERS, args=run),
    Row("incidents:acknowledge_run", "POST", LADDER_RUN, args=run),
    Row(
        "incidents:raise_run", "POST", LADDER_RUN, free=("seen_level",), args=run, data=lambda w: {"seen_level": -1},
    ),
    Row("incidents:acknowledge_by_link", "GET", (200,) * 8, args=token),
    Row("incidents:acknowledge_by_link", "GET", (404,) * 8, args=lambda w: ["x" * 43]),
    Row("incidents:acknowledge_by_link", "POST", (200,) * 8, args=token),
    Row("incidents:acknowledge_herd", "POST", LADDER_RUN, args=herd),
    Row(
        "incidents:hand_on", "POST", PROVIDER, args=lambda w: [w.acknowledged_breach.number], free=("hand-note",),
        data=lambda w: {"hand-to": w.manager.pk, "hand-note": "Yours now"},
    ),
    Row(
        "incidents:promise", "POST", PROVIDER, args=lambda w: [w.acknowledged_breach.number], free=("promise-text",),
        data=lambda w: {
            "promise-kind": "corrective", "promise-text": "Make room", "promise-owner": w.provider.pk,
            "promise-due_on": "2027-12-01",
        },
    ),
    Row(
        "incidents:finish_promise", "POST", PROVIDER,
        args=lambda w: [w.acknowledged_breach.number, w.promise.pk],
    ),
    Row(
        "incidents:drop_promise", "POST", PROVIDER, free=("reason",),
        args=lambda w: [w.acknowledged_breach.number, w.promise.pk], data=lambda w: {"reason": "Done otherwise"},
    ),
    # The escalation point owned it, so somebody else looks whether it helped.
    Row(
        "incidents:check", "POST", (302, 404, 403, 302, 302, 403, 403, 404), free=("check-note",),
        args=lambda w: [w.closed_breach.number],
        data=lambda w: {"check-effective": "yes", "check-note": "June is fine"},
    ),
    Row(
        "incidents:remark", "POST", BOTH, args=lambda w: [w.breach.number], free=("remark-text",),
        data=lambda w: {"remark-text": "When is it over?", "remark-side": ""},
    ),
    Row("incidents:log_breach", "GET", LOGGING, args=lambda w: [w.agreement.reference]),
    Row(
        "incidents:log_breach", "POST", BOTH, args=lambda w: [w.agreement.reference], free=("title", "text"),
        data=lambda w: {"title": "The plan never came", "text": "It was due on 1 June", "kpi": ""},
    ),
    Row("incidents:incidents", "GET", EVERYBODY, query="?state=all&q=inc&priority=3"),
    Row("incidents:incidents_export", "GET", EVERYBODY),
    Row("incidents:choose", "GET", EVERYBODY),
    Row("incidents:log", "GET", LOGGING, args=lambda w: [w.agreement.reference]),
    Row(
        "incidents:log", "POST", BOTH, args=lambda w: [w.agreement.reference], free=("title", "text"),
        data=lambda w: {"title": "Slow", "text": "Since noon", "priority": "3", "began_at": "2026-05-06T12:00"},
    ),
    Row("incidents:agreement_incidents", "GET", READERS, args=lambda w: [w.agreement.reference]),
    Row("incidents:incident", "GET", READERS, args=of("open")),
    Row("incidents:incident_acknowledge", "POST", LADDER, args=of("open")),
    Row("incidents:incident_begin", "POST", PROVIDER, args=of("acknowledged")),
    Row(
        "incidents:incident_resolve", "POST", PROVIDER, args=of("in_progress"), free=("resolution",),
        data=lambda w: {"resolution": "Restarted."},
    ),
    # The manager logged it, so may close it; the other people of the provider may not.
    Row("incidents:incident_close", "POST", (302, 404, 302, 403, 302, 403, 403, 404), args=of("resolved")),
    Row(
        "incidents:incident_reopen", "POST", BOTH, args=of("resolved"), free=("reopen-reason",),
        data=lambda w: {"reopen-reason": "It is back."},
    ),
    Row(
        "incidents:incident_escalate", "POST", BOTH, args=of("open"), free=("escalate-reason", "escalate-seen_level"),
        data=lambda w: {"escalate-reason": "Everybody is hit.", "escalate-seen_level": -1},
    ),
    Row("incidents:incident_assign", "POST", PROVIDER, args=of("open"), data=lambda w: {"to": w.provider.pk}),
    Row(
        "incidents:incident_priority", "POST", PROVIDER, args=of("open"), free=("reason",),
        data=lambda w: {"priority": "3", "reason": "Looked at it"},
    ),
    Row(
        "incidents:incident_remark", "POST", BOTH, args=of("open"), free=("text",),
        data=lambda w: {"text": "We look into it.", "side": ""},
    ),
    Row("incidents:incident_link", "POST", BOTH, args=of("open"), data=lambda w: {"what": f"breach:{w.breach.number}"}),
    Row("incidents:incident_exclude", "GET", (302, 404, 403, 200, 200, 403, 403, 404), args=of("open")),
    Row(
        "incidents:incident_exclude", "POST", (302, 404, 403, 302, 302, 403, 403, 404), args=of("open"), data=asked,
        free=("clause", "reason"),
    ),
    Row("incidents:incident_count", "POST", PROVIDER, args=of("open"), data=lambda w: {"target": kpi(w).pk}),
    Row("incidents:agreement", "GET", READERS, args=lambda w: [w.agreement.reference]),
    Row("incidents:ladder", "GET", READERS, args=lambda w: [w.agreement.reference, "v1.0"]),
]
