from tests.access import Row

EVERYBODY = (302, 200, 200, 200, 200, 200, 200, 200)
READERS = (302, 404, 200, 200, 200, 200, 200, 404)
CLIENT = (302, 404, 302, 403, 403, 403, 403, 404)
MANAGER = (302, 404, 403, 403, 302, 403, 403, 404)

ROWS = [
    Row("reports:index", "GET", EVERYBODY, query="?state=shared&page=x"),
    Row("reports:report", "GET", READERS, args=lambda w: [w.report.number], query="?edition=1"),
    Row(
        "reports:acknowledge",
        "POST",
        CLIENT,
        actor="client",
        free=("remark",),
        args=lambda w: [w.report.number],
        data=lambda w: {"remark": "Agrees with our own figures."},
    ),
    Row(
        "reports:dispute",
        "POST",
        CLIENT,
        actor="client",
        free=("dispute-remark",),
        args=lambda w: [w.report.number],
        data=lambda w: {"dispute-remark": "We measured 98.7 %."},
    ),
    Row(
        "reports:reissue",
        "POST",
        MANAGER,
        free=("reason",),
        args=lambda w: [w.report.number],
        data=lambda w: {"reason": "An outage was delivered late."},
    ),
    Row("reports:agreement", "GET", READERS, args=lambda w: [w.agreement.reference]),
]
