from tests.access import Row

EVERYBODY = (302, 200, 200, 200, 200, 200, 200, 200)
READERS = (302, 404, 200, 200, 200, 200, 200, 404)
LADDER = (302, 404, 302, 302, 302, 302, 403, 404)
PROVIDER = (302, 404, 403, 302, 302, 302, 403, 404)
CLIENT = (302, 404, 302, 403, 403, 403, 403, 404)
SUPERVISORS = (302, 404, 302, 403, 302, 403, 403, 404)
OUTCOME = {"root_cause": "A switch failed.", "corrective": "Replaced.", "preventive": "A spare on site."}

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
        args=lambda w: [w.acknowledged_breach.number], data=lambda w: OUTCOME,
    ),
    Row("incidents:close", "POST", CLIENT, actor="client", args=lambda w: [w.documented_breach.number]),
    Row(
        "incidents:reopen", "POST", SUPERVISORS, actor="client", free=("reason",),
        args=lambda w: [w.documented_breach.number], data=lambda w: {"reason": "Failover is missing."},
    ),
    Row("incidents:agreement", "GET", READERS, args=lambda w: [w.agreement.reference]),
    Row("incidents:ladder", "GET", READERS, args=lambda w: [w.agreement.reference, "v1.0"]),
]
