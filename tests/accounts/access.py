from accounts.models import Message, Webhook
from tests.access import Row
from tests.factories import NOON

EVERYBODY = (302, 200, 200, 200, 200, 200, 200, 200)
ADMIN = (302, 403, 403, 403, 403, 403, 403, 200)
ADMIN_POST = (302, 403, 403, 403, 403, 403, 403, 302)
MINE = (302, 404, 302, 404, 404, 404, 404, 404)
ANYBODY = (200,) * 8



def hook(world):
    if not hasattr(world, "hook"):
        world.hook = Webhook.objects.create(
            organisation=world.provider_org, url="https://hooks.example.org/", nonce="n", created_at=NOON
        )
    return [world.hook.pk]


def doubtful(world):
    if not hasattr(world, "doubtful"):
        world.doubtful = Message.objects.create(
            key="doubtful", recipient=world.manager, address=world.manager.email, subject="s", body="b",
            state="unknown", next_try_at=NOON, created_at=NOON,
        )
    return [world.doubtful.pk]


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
    Row("accounts:close_account", "POST", ADMIN_POST, actor="admin", args=lambda w: [w.escalation.pk]),
    Row("accounts:sole_signatory", "POST", ADMIN_POST, actor="admin", args=lambda w: [w.provider_org.pk, "allow"]),
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
    Row("accounts:webhooks", "GET", ADMIN),
    Row(
        "accounts:webhooks", "POST", (302, 403, 403, 403, 403, 403, 403, 200), actor="admin",
        data=lambda w: {"organisation": w.provider_org.pk, "url": "https://hooks.example.org/sla"},
    ),
    Row("accounts:renew_secret", "POST", (302, 403, 403, 403, 403, 403, 403, 200), args=hook),
    Row("accounts:try_webhook", "POST", ADMIN_POST, args=hook),
    Row("accounts:end_webhook", "POST", ADMIN_POST, args=hook),
    Row("accounts:doubtful", "GET", ADMIN),
    Row("accounts:send_again", "POST", ADMIN_POST, args=doubtful),
    Row("accounts:let_rest", "POST", ADMIN_POST, args=doubtful),
    Row("accounts:telling", "GET", EVERYBODY),
    Row(
        "accounts:telling", "POST", (302,) * 8, free=("quiet_from", "quiet_until", "digest_at"),
        data=lambda w: {"quiet_from": "22:00", "quiet_until": "07:00", "digest_at": "08:00"},
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
