from tests.access import Row

EVERYBODY = (302, 200, 200, 200, 200, 200, 200, 200)
ADMIN = (302, 403, 403, 403, 403, 403, 403, 200)
ADMIN_POST = (302, 403, 403, 403, 403, 403, 403, 302)
MINE = (302, 404, 302, 404, 404, 404, 404, 404)
ANYBODY = (200,) * 8

ROWS = [
    Row("accounts:people", "GET", ADMIN),
    Row("accounts:invite", "GET", ADMIN),
    Row(
        "accounts:invite", "POST", ADMIN_POST, actor="admin", free=("name",),
        data=lambda w: {
            "name": "Nina New", "email": "nina@example.org", "organisation": w.provider_org.pk, "role": "provider",
        },
    ),
    Row("accounts:organisations", "GET", ADMIN),
    Row(
        "accounts:organisations", "POST", ADMIN_POST, actor="admin", free=("name", "address"),
        data=lambda w: {"name": "Calder Valley", "timezone": "Europe/London", "address": "1 Mill Lane"},
    ),
    Row("accounts:person", "GET", ADMIN, args=lambda w: [w.manager.pk]),
    Row("accounts:grant", "GET", ADMIN, args=lambda w: [w.manager.pk, w.provider_org.pk]),
    Row(
        "accounts:grant", "POST", ADMIN_POST, actor="admin",
        args=lambda w: [w.manager.pk, w.provider_org.pk], data=lambda w: {"role": "auditor"},
    ),
    Row("accounts:authorise", "GET", ADMIN, args=lambda w: [w.provider.pk, w.provider_org.pk]),
    Row(
        "accounts:authorise", "POST", ADMIN_POST, actor="admin", free=("what_for", "source"),
        args=lambda w: [w.provider.pk, w.provider_org.pk],
        data=lambda w: {
            "what_for": "SLAs", "source": "Board decision of 3 March", "since": "2026-03-03", "until": "",
        },
    ),
    Row("accounts:end_role", "POST", ADMIN_POST, actor="admin", args=lambda w: [w.spare_role.pk]),
    Row("accounts:invitation", "GET", ANYBODY, args=lambda w: [w.invitation_token]),
    Row(
        "accounts:invitation", "POST", (302,) * 8, actor="anonymous", free=("name", "password"),
        args=lambda w: [w.invitation_token],
        data=lambda w: {"name": "Ivy Invited", "timezone": "UTC", "password": "a long and quiet river"},
    ),
    Row("accounts:inbox", "GET", EVERYBODY),
    Row("accounts:notice", "GET", MINE, args=lambda w: [w.notice.pk]),
    Row("accounts:profile", "GET", EVERYBODY),
    Row(
        "accounts:profile", "POST", (302,) * 8, free=("name",),
        data=lambda w: {"name": "Another Name", "timezone": "Europe/Brussels"},
    ),
    Row("accounts:tokens", "GET", EVERYBODY),
    Row(
        "accounts:tokens", "POST", EVERYBODY, free=("name",),
        data=lambda w: {"name": "Probe", "scopes": ["read", "samples"], "expires_at": "2027-01-01"},
    ),
    Row("accounts:calendar", "GET", EVERYBODY),
    Row("accounts:calendar", "POST", EVERYBODY),
    Row("accounts:revoke_calendar", "POST", (302,) * 8),
    Row("accounts:revoke", "POST", MINE, actor="client", args=lambda w: [w.token.pk]),
]
