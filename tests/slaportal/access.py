from accounts import actions
from tests.access import Row
from tests.factories import NOON

# anonymous, stranger, client, provider, manager, escalation, auditor, admin
ANYBODY = (200,) * 8
EVERYBODY = (302, 200, 200, 200, 200, 200, 200, 200)
READERS = (302, 404, 200, 200, 200, 200, 200, 404)
# A session opens no door of the API; who may do what by token is in test_api.py.
TOKEN_ONLY = (401,) * 8


def reference(world):
    return [world.agreement.reference]


def document(world):
    return [world.document.sha256]


def calendar_token(world):
    if not hasattr(world, "calendar_token"):
        _feed, world.calendar_token = actions.renew_calendar_feed(world.client, actor=world.client, at=NOON)
    return world.calendar_token


ROWS = [
    Row("home", "GET", EVERYBODY),
    Row("verify", "GET", ANYBODY, query="?sha256=" + "0" * 64),
    Row("verify", "POST", ANYBODY, actor="anonymous", data=lambda w: {"sha256": w.document.sha256}),
    Row("audit", "GET", (302, 403, 403, 403, 403, 403, 200, 403), query="?verb=breach&scope=SLA-2026-001&page=x"),
    # No engine has ever run here, and the watchdog says so.
    Row("healthz", "GET", (503,) * 8),
    Row("readyz", "GET", ANYBODY),
    Row("watch", "GET", (302, 403, 403, 403, 403, 403, 403, 200)),
    # By its own token alone: tests/slaportal/test_watchdog.py.
    Row("metrics", "GET", (404,) * 8),
    Row("records:index", "GET", EVERYBODY, query="?q=minutes&kind=minutes&page=nonsense"),
    Row("records:holds", "GET", EVERYBODY),
    Row("records:document", "GET", READERS, args=document),
    Row("records:download", "GET", READERS, args=document),
    Row("calendar", "GET", ANYBODY, args=lambda w: [calendar_token(w)]),
    Row("calendar", "GET", (404,) * 8, args=lambda w: ["x" * 43]),
    Row("list_figures", "GET", EVERYBODY, query="?id=1&id=x&id=" + "9" * 30),
    Row("schema", "GET", ANYBODY),
    Row("api:agreements", "GET", TOKEN_ONLY),
    Row("api:agreement", "GET", TOKEN_ONLY, args=reference),
    Row("api:matrix", "GET", TOKEN_ONLY, args=reference),
    Row("api:rosters", "GET", TOKEN_ONLY),
    Row("api:roster", "GET", TOKEN_ONLY, args=lambda w: [1]),
    Row("api:services", "GET", TOKEN_ONLY),
    Row("api:requirements", "GET", TOKEN_ONLY),
    Row("api:requirements", "POST", TOKEN_ONLY),
    Row("api:requirement", "GET", TOKEN_ONLY, args=lambda w: ["R1"]),
    Row("api:accept_requirement", "POST", TOKEN_ONLY, args=lambda w: ["R1"]),
    Row("api:decline_requirement", "POST", TOKEN_ONLY, args=lambda w: ["R1"]),
    Row("api:definitions", "GET", TOKEN_ONLY),
    Row("api:definition", "GET", TOKEN_ONLY, args=lambda w: [1]),
    Row("api:openslo", "GET", TOKEN_ONLY, args=lambda w: [w.agreement.reference, "v1.0"]),
    Row("api:openslo", "POST", TOKEN_ONLY, args=lambda w: [w.agreement.reference, "v1.0"]),
    Row("api:guide", "GET", TOKEN_ONLY, args=lambda w: [w.agreement.reference, "v1.0"]),
    Row("api:templates", "GET", TOKEN_ONLY),
    Row("api:template", "GET", TOKEN_ONLY, args=lambda w: [1]),
    Row("api:supports", "GET", TOKEN_ONLY, args=reference),
    Row("api:supports", "POST", TOKEN_ONLY, args=reference),
    Row("api:unlink_support", "DELETE", TOKEN_ONLY, args=lambda w: [w.agreement.reference, 1]),
    Row("api:feasibility", "GET", TOKEN_ONLY, args=reference),
    Row("api:terms_on", "GET", TOKEN_ONLY, args=lambda w: [w.agreement.reference, "2026-06-01"]),
    Row("api:results", "GET", TOKEN_ONLY, args=reference),
    Row("api:exclusions", "GET", TOKEN_ONLY, args=reference),
    Row("api:exclusions", "POST", TOKEN_ONLY, args=reference),
    Row("api:corrections", "GET", TOKEN_ONLY, args=reference),
    Row("api:corrections", "POST", TOKEN_ONLY, args=reference),
    Row("api:disputes", "GET", TOKEN_ONLY, args=reference),
    Row("api:disputes", "POST", TOKEN_ONLY, args=reference),
    Row("api:comments", "GET", TOKEN_ONLY, args=lambda w: [w.agreement.reference, w.version.label]),
    Row("api:approvals", "GET", TOKEN_ONLY, args=lambda w: [w.agreement.reference, w.version.label]),
    Row("api:backtest", "POST", TOKEN_ONLY, args=reference),
    Row("api:clocks", "GET", TOKEN_ONLY, args=reference),
    Row("api:breaches", "GET", TOKEN_ONLY),
    Row("api:breach", "GET", TOKEN_ONLY, args=lambda w: [w.breach.number]),
    Row("api:breaches", "POST", TOKEN_ONLY),
    Row("api:breach_act", "POST", TOKEN_ONLY, args=lambda w: [w.breach.number, "acknowledge"]),
    Row("api:promise_end", "POST", TOKEN_ONLY, args=lambda w: [w.breach.number, w.promise.pk, "done"]),
    Row("api:complaints", "GET", TOKEN_ONLY),
    Row("api:complaints", "POST", TOKEN_ONLY),
    Row("api:complaint", "GET", TOKEN_ONLY, args=lambda w: ["CMP-0001"]),
    Row("api:complaint_act", "POST", TOKEN_ONLY, args=lambda w: ["CMP-0001", "answer"]),
    Row("api:incidents", "GET", TOKEN_ONLY),
    Row("api:incidents", "POST", TOKEN_ONLY),
    Row("api:incident", "GET", TOKEN_ONLY, args=lambda w: [w.incidents["open"].number]),
    Row("api:incident_act", "POST", TOKEN_ONLY, args=lambda w: [w.incidents["open"].number, "acknowledge"]),
    Row("api:holds", "GET", TOKEN_ONLY),
    Row("api:tombstones", "GET", TOKEN_ONLY),
    Row("api:indicators", "GET", TOKEN_ONLY),
    Row("api:rows", "POST", TOKEN_ONLY, args=lambda w: [w.log.key]),
    Row("api:metrics", "POST", TOKEN_ONLY, args=lambda w: [w.log.key]),
    Row("api:reports", "GET", TOKEN_ONLY),
    Row("api:report", "GET", TOKEN_ONLY, args=lambda w: ["RPT-2026-05-001"]),
    Row("api:report_file", "GET", TOKEN_ONLY, args=lambda w: ["RPT-2026-05-001"]),
]
