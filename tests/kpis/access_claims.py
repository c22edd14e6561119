"""Exclusions, corrections and disputes in the access table; what a row needs, people have done before."""

from kpis import actions
from kpis.models import Period
from tests.access import Row
from tests.kpis.build import deliver, outage, utc

# anonymous, stranger, client, provider, manager, escalation, auditor, admin
INVOLVED = (302, 404, 200, 200, 200, 200, 200, 404)
PROVIDER = (302, 404, 403, 200, 200, 403, 403, 404)
PROVIDER_POST = (302, 404, 403, 302, 302, 403, 403, 404)
OTHER_EYES = (302, 404, 403, 403, 302, 403, 403, 404)
CLIENT = (302, 404, 200, 403, 403, 403, 403, 404)
CLIENT_POST = (302, 404, 302, 403, 403, 403, 403, 404)
AT = utc("2026-06-05T09:00")


def exclusion(world):
    return actions.propose_exclusion(
        world.agreement, category="maintenance", kpis=["K1"], starts_at=utc("2026-05-10T02:00"),
        ends_at=utc("2026-05-10T04:00"), notice_at=utc("2026-05-01T09:00"), reason="New database",
        actor=world.provider, at=AT,
    )


def approved_exclusion(world):
    return actions.approve_exclusion(exclusion(world), actor=world.manager, at=AT)


def period(world):
    """Closed, and its outage has since turned out to be shorter."""
    row = outage("2026-05-07T20:50:59", "2026-05-07T20:59")
    deliver(world.log, [row], world.provider, at=AT, reason="Read from the wrong log")
    return Period.objects.get(target__agreement=world.agreement, target__key="K1", label="2026-05")


def correction(world):
    return actions.propose_correction(period(world), reason="It was shorter", actor=world.provider, at=AT)


def approved_correction(world):
    return actions.approve_correction(correction(world), actor=world.manager, at=AT)


def dispute(world):
    return actions.open_dispute(approved_exclusion(world), reason="Nobody told us", actor=world.client, at=AT)


def answered(world):
    return actions.answer_dispute(dispute(world), text="By mail", stands=True, actor=world.manager, at=AT)


def named(make):
    return lambda world: [make(world).number]


def asked(world):
    return {
        "category": "maintenance", "kpis": ["K1"], "starts_at": "2026-07-05T02:00", "ends_at": "2026-07-05T04:00",
        "repeats": "WEEKLY", "until": "2026-07-20", "notice_at": "2026-07-01T09:00", "clause": "6.3",
        "reason": "New database",
    }


ROWS = [
    Row("kpis:claims", "GET", INVOLVED, args=lambda w: [w.agreement.reference], query="?view=all&kpi=K1"),
    Row("kpis:exclude", "GET", PROVIDER, args=lambda w: [w.agreement.reference]),
    Row(
        "kpis:exclude", "POST", PROVIDER_POST, args=lambda w: [w.agreement.reference], data=asked, actor="provider",
        free=("clause", "reason"),
    ),
    Row("kpis:exclusion", "GET", INVOLVED, args=named(exclusion)),
    Row("kpis:exclusion", "POST", OTHER_EYES, args=named(exclusion), data=lambda w: {"act": "approve"}),
    Row(
        "kpis:exclusion", "POST", OTHER_EYES, args=named(exclusion), free=("reason",),
        data=lambda w: {"act": "refuse", "reason": "That was none"},
    ),
    Row(
        "kpis:exclusion", "POST", PROVIDER_POST, args=named(approved_exclusion), free=("reason",),
        data=lambda w: {"act": "withdraw", "reason": "Not needed"},
    ),
    Row(
        "kpis:exclusion", "POST", CLIENT_POST, args=named(approved_exclusion), actor="client",
        data=lambda w: {"act": "acknowledge"},
    ),
    Row("kpis:correct", "GET", PROVIDER, args=lambda w: [period(w).pk]),
    Row(
        "kpis:correct", "POST", PROVIDER_POST, args=lambda w: [period(w).pk], actor="provider", free=("reason",),
        data=lambda w: {"reason": "It was shorter"},
    ),
    Row("kpis:correction", "GET", INVOLVED, args=named(correction)),
    Row("kpis:correction", "POST", OTHER_EYES, args=named(correction), data=lambda w: {"act": "approve"}),
    Row(
        "kpis:correction", "POST", PROVIDER_POST, args=named(correction), free=("reason",),
        data=lambda w: {"act": "refuse", "reason": "It was not"},
    ),
    Row(
        "kpis:correction", "POST", CLIENT_POST, args=named(approved_correction), actor="client",
        data=lambda w: {"act": "accept"},
    ),
    Row("kpis:open_dispute", "GET", CLIENT, args=lambda w: ["figure", period(w).pk]),
    Row("kpis:open_dispute", "GET", CLIENT, args=lambda w: ["correction", approved_correction(w).number]),
    Row(
        "kpis:open_dispute", "POST", CLIENT_POST, args=lambda w: ["exclusion", approved_exclusion(w).number],
        actor="client", free=("reason",), data=lambda w: {"reason": "Nobody told us"},
    ),
    Row("kpis:dispute", "GET", INVOLVED, args=named(dispute)),
    Row(
        "kpis:dispute", "POST", PROVIDER_POST, args=named(dispute), free=("text",),
        data=lambda w: {"act": "answer", "stands": "yes", "text": "By mail"},
    ),
    Row("kpis:dispute", "POST", CLIENT_POST, args=named(answered), actor="client", data=lambda w: {"act": "settle"}),
    Row(
        "kpis:dispute", "POST", CLIENT_POST, args=named(answered), actor="client", free=("text",),
        data=lambda w: {"act": "insist", "text": "To the wrong address"},
    ),
    Row(
        "kpis:dispute", "POST", CLIENT_POST, args=named(answered), actor="client", data=lambda w: {"act": "withdraw"}
    ),
]
