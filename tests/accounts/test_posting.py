"""Webhooks against a real HTTP server that also fails, hangs and answers late."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import actions, outbox, posting, webhooks
from accounts.models import Message, Role, Webhook
from records import clock
from tests import webserver
from tests.factories import NOON, make_member, make_organisation

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=10)


@pytest.fixture
def server():
    with webserver.serve() as running:
        yield running


@pytest.fixture
def private(settings):
    settings.WEBHOOKS_TO_PRIVATE = True


@pytest.fixture
def scene(server, private):
    organisation = make_organisation()
    admin = make_member(organisation, Role.ADMIN)
    hook, secret = actions.add_webhook(organisation=organisation, url=server.url, actor=admin, at=NOON)
    hook.admin, hook.secret = admin, secret
    return hook


def announce(hook, key="run:1:0:1", **kwargs):
    event = webhooks.Event("escalation.told", key, [hook.organisation_id], {"level": 0}, "/b/", **kwargs)
    webhooks.announce([event], at=NOON)


def states():
    return list(Message.objects.order_by("pk").values_list("state", flat=True))


def check(secret, headers, body):
    """As a receiver does it, by the Standard Webhooks specification."""
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), said, hashlib.sha256).digest()
    return "v1," + base64.b64encode(mac).decode() in headers["webhook-signature"].split()


def test_a_post_is_signed_and_says_what_happened(server, scene, settings):
    announce(scene)
    assert outbox.deliver(now=NOON) == 1
    ((headers, body),) = server.posts
    assert check(scene.secret, headers, body)
    assert not check("whsec_" + base64.b64encode(b"another").decode(), headers, body)
    assert not check(scene.secret, headers, body + b" ")
    assert headers["Idempotency-Key"] == headers["webhook-id"] == f"run:1:0:1:hook:{scene.pk}"
    assert abs(int(headers["webhook-timestamp"]) - clock.real_now().timestamp()) < 60
    said = json.loads(body)
    assert (said["type"], said["data"]) == ("escalation.told", {"level": 0, "url": f"{settings.SITE_URL}/b/"})
    assert said["repeated"] is False


def test_no_table_holds_the_secret(scene):
    stored = " ".join(str(value) for value in Webhook.objects.values_list().get())
    assert scene.secret.removeprefix("whsec_") not in stored


def test_within_a_day_of_a_rotation_both_secrets_check(server, scene):
    new = actions.renew_webhook_secret(scene, actor=scene.admin, at=clock.now())
    announce(scene)
    outbox.deliver(now=NOON)
    assert check(scene.secret, *server.posts[0]) and check(new, *server.posts[0])

    Webhook.objects.update(previous_until=clock.now() - timedelta(seconds=1))
    announce(scene, "another")
    outbox.deliver(now=NOON)
    assert not check(scene.secret, *server.posts[1]) and check(new, *server.posts[1])


@pytest.mark.parametrize("status", [500, 404, 301])
def test_a_refusal_is_tried_again_with_the_same_key(server, scene, status):
    server.status, server.headers = status, {"Location": server.url}
    announce(scene)
    outbox.deliver(now=NOON)
    assert (states(), len(server.posts)) == (["pending"], 1)  # and a redirect is not followed

    server.status = 200
    outbox.deliver(now=LATER)
    keys = {headers["Idempotency-Key"] for headers, _body in server.posts}
    assert (states(), len(server.posts), len(keys)) == (["sent"], 2, 1)
    assert json.loads(server.posts[1][1])["repeated"] is False  # the refusal was certain


@pytest.mark.parametrize("critical, then", [(True, "pending"), (False, "unknown")])
def test_a_server_that_hangs(server, scene, monkeypatch, critical, then):
    monkeypatch.setattr(posting, "TIMEOUT", (1, 0.2))
    server.mood = "hangs"
    announce(scene, critical=critical)
    outbox.deliver(now=NOON)
    assert states() == [then]
    server.mood = "takes"
    outbox.deliver(now=LATER)
    assert json.loads(server.posts[-1][1])["repeated"] is critical
    assert len(server.posts) == (2 if critical else 1)


def test_a_late_answer_is_an_answer(server, scene):
    server.mood, server.delay = "late", 0.3
    announce(scene)
    outbox.deliver(now=NOON)
    assert states() == ["sent"]


def test_a_server_that_is_away_is_certain_and_tried_again(scene):
    Webhook.objects.update(url="http://127.0.0.1:1/")
    announce(scene, critical=False)
    outbox.deliver(now=NOON)
    assert states() == ["pending"]


def test_each_webhook_of_an_organisation_once_and_no_other(server, scene):
    actions.add_webhook(organisation=make_organisation(), url=server.url, actor=scene.admin, at=NOON)
    for _ in range(2):
        announce(scene)
    assert Message.objects.count() == 1


def test_an_ended_webhook_is_told_nothing_more(server, scene):
    announce(scene)
    actions.end_webhook(scene, actor=scene.admin, at=NOON)
    announce(scene, "another")
    assert (outbox.deliver(now=NOON), server.posts, states()) == (0, [], ["cancelled"])
    with pytest.raises(actions.Refused):
        actions.try_webhook(scene, actor=scene.admin, at=NOON)


def test_a_test_message_goes_to_that_webhook_alone(server, scene):
    actions.add_webhook(organisation=scene.organisation, url=server.url, actor=scene.admin, at=NOON)
    actions.try_webhook(scene, actor=scene.admin, at=NOON)
    outbox.deliver(now=NOON)
    assert [json.loads(body)["type"] for _headers, body in server.posts] == ["test"]


# Into no private network


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::1",
    ],
)
def test_no_post_into_a_private_network(address):
    with pytest.raises(posting.Forbidden):
        posting._check(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_the_public_network_is_free(address):
    posting._check(address)


def test_an_address_is_refused_when_it_is_added(server):
    organisation = make_organisation()
    with pytest.raises(actions.Refused, match="private"):
        actions.add_webhook(organisation=organisation, url=server.url, actor=None, at=NOON)


def test_a_name_that_turns_private_later_gets_nothing(server, scene, settings):
    settings.WEBHOOKS_TO_PRIVATE = False  # as if the name had resolved to a public address when it was added
    announce(scene)
    outbox.deliver(now=NOON)
    assert (states(), server.posts) == (["pending"], [])
    assert "not a public address" in Message.objects.get().last_error


def test_the_secret_is_shown_once(client, scene):
    client.force_login(scene.admin)
    page = client.post(reverse("accounts:renew_secret", args=[scene.pk])).content.decode()
    assert "whsec_" in page
    assert "whsec_" not in client.get(reverse("accounts:webhooks")).content.decode().replace("“whsec_”", "")
