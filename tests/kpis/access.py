from django.core.files.uploadedfile import SimpleUploadedFile

from tests.access import Row
from tests.kpis import access_claims, access_library
from tests.kpis.world import GOOD

# anonymous, stranger, client, provider, manager, escalation, auditor, admin
EVERYBODY = (302, 200, 200, 200, 200, 200, 200, 200)
INVOLVED = (302, 404, 200, 200, 200, 200, 200, 404)
INVOLVED_POST = (302, 404, 302, 302, 302, 302, 302, 404)
CLIENT = (302, 404, 200, 403, 403, 403, 403, 404)
CLIENT_POST = (302, 404, 302, 403, 403, 403, 403, 404)
DELIVERS = (302, 404, 403, 200, 200, 403, 403, 404)
# A stream that feeds no agreement yet is nothing to the client.
FEEDS = (302, 404, 404, 200, 200, 403, 403, 404)
DELIVERS_POST = (302, 404, 403, 302, 302, 403, 403, 404)


COLUMNS = {
    "external_id": "number", "opened_at": "opened_at", "closed_at": "closed_at", "priority": "priority",
    "timezone": "UTC",
}
FEED = {
    "metric": "latency_ms", "counter": "refuse", "url": "", "query": "", "step_seconds": "60",
    "since": "2026-06-01T00:00",
}
TYPED = {
    "external_id": "INC-70", "opened_at": "2026-05-04T15:00", "closed_at": "2026-05-05T15:00", "priority": "3",
    "timezone": "UTC",
}


def kpi(world):
    return [world.agreement.reference, "K1"]


def desk(world):
    return [world.desk.pk]


def credit(world):
    return [world.credit.pk]


ROWS = [
    Row("kpis:index", "GET", EVERYBODY),
    Row("kpis:dashboard", "GET", INVOLVED, args=lambda w: [w.agreement.reference]),
    Row("kpis:standing", "GET", INVOLVED, args=lambda w: [w.agreement.reference]),
    Row("kpis:kpi", "GET", INVOLVED, args=kpi, query="?period=2026-05"),
    Row("kpis:day", "GET", INVOLVED, args=kpi, query="?day=2026-05-07"),
    Row("kpis:rows_csv", "GET", INVOLVED, args=kpi, query="?period=2026-05"),
    Row("kpis:case", "GET", INVOLVED, args=lambda w: [w.agreement.reference, "K2"], query="?case=INC-1"),
    Row("kpis:recompute", "POST", INVOLVED_POST, args=kpi, data=lambda w: {"result": w.result.pk}),
    Row("kpis:agree_credit", "POST", CLIENT_POST, args=credit, actor="client"),
    Row("kpis:refuse_credit", "GET", CLIENT, args=credit),
    Row(
        "kpis:refuse_credit", "POST", CLIENT_POST, args=credit, actor="client", free=("reason",),
        data=lambda w: {"reason": "The outage was worse"},
    ),
    Row(
        "kpis:backtest", "GET", INVOLVED, query="?kpi=K1",
        args=lambda w: [w.agreement.reference, w.version.label],
    ),
    Row("kpis:deliver", "GET", EVERYBODY),
    Row("kpis:upload", "GET", DELIVERS, args=desk),
    Row(
        "kpis:upload", "POST", DELIVERS_POST, args=desk, actor="provider", free=("file",),
        data=lambda w: {"file": SimpleUploadedFile("may.csv", GOOD), "timezone": "UTC"},
    ),
    Row("kpis:check", "GET", (302, 404, 403, 200, 302, 403, 403, 404), args=desk),
    Row(
        "kpis:check", "POST", DELIVERS_POST, args=desk, actor="provider", free=("reason",),
        data=lambda w: {"reason": "Corrected by the desk"},
    ),
    Row("kpis:columns", "POST", DELIVERS_POST, args=desk, actor="provider", data=lambda w: COLUMNS),
    Row("kpis:progress", "GET", (302, 404, 403, 302, 302, 403, 403, 404), args=desk),
    Row("kpis:errors", "GET", (302, 404, 403, 200, 404, 403, 403, 404), args=desk),
    Row("kpis:history", "GET", EVERYBODY),
    Row("kpis:feed", "GET", FEEDS, args=lambda w: [w.probe.pk]),
    Row(
        "kpis:feed", "POST", (302, 404, 404, 302, 302, 403, 403, 404), args=lambda w: [w.probe.pk], actor="provider",
        free=("metric", "query"), data=lambda w: FEED,
    ),
    Row("kpis:template", "GET", DELIVERS, args=desk),
    Row("kpis:by_hand", "GET", DELIVERS, args=desk),
    Row(
        "kpis:by_hand", "POST", DELIVERS_POST, args=desk, actor="provider",
        free=("external_id", "reason"), data=lambda w: TYPED,
    ),
    Row("kpis:refused", "GET", (302, 404, 403, 200, 200, 200, 200, 404), args=lambda w: [w.delivery.pk]),
    Row("kpis:delivery", "GET", (302, 404, 403, 200, 200, 200, 200, 404), args=lambda w: [w.delivery.pk]),
    *access_claims.ROWS,
    *access_library.ROWS,
]
