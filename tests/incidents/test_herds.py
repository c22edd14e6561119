"""Thousands of late cases at once: a breach each, one message a level, acknowledged together."""

import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import Message, Notice, Webhook
from agreements.grants import load
from incidents import actions, escalation, needs
from incidents.herds import FEW
from incidents.models import AckLink, Breach, Herd, Run, Step
from kpis.models import Standing
from records.models import AuditEntry
from slaportal import watchdog
from tests.factories import MAY, NOON
from tests.incidents.rows import HOUR, make_ladder, make_period

pytestmark = pytest.mark.django_db
CLOCK = connection.vendor == "postgresql"  # its clock is asked


def stand_late(version, cases):
    """A running period that knows so many open cases past their deadline, as the rollup sweep leaves it."""
    period = Standing.objects.filter(period__target__version=version).first()
    figures = {"open_past_due": [f"T-{n:05}" for n in range(cases)]}
    outcome = {"figures": figures, "room": {}}
    if period is not None:
        Standing.objects.filter(pk=period.pk).update(outcome=outcome)
        return period.period
    made = make_period(version, "K2", lo=MAY, state="open", closed_at=None)
    Standing.objects.create(period=made, outcome=outcome, verdict="breached", delivery_id=0, known_at=NOON)
    return made


@pytest.fixture
def scene():
    version, people = make_ladder()
    version.people = people
    return version


def herd_of(scene, cases=40):
    stand_late(scene, cases)
    assert actions.watch_limits(now=NOON) == cases
    return Herd.objects.get()


def told(person, prefix=""):
    return list(Notice.objects.filter(recipient=person, key__startswith=prefix).values_list("title", flat=True))


def test_a_few_are_told_one_by_one(scene):
    stand_late(scene, FEW)
    assert actions.watch_limits(now=NOON) == FEW
    escalation.tick(now=NOON)
    assert (Herd.objects.count(), len(told(scene.people["p-desk"]))) == (0, FEW)


def test_many_are_each_a_breach_with_a_run_and_logged_once(scene):
    herd = herd_of(scene)
    assert actions.watch_limits(now=NOON + HOUR) == 0
    assert Breach.objects.count() == Run.objects.filter(herd=herd).count() == Step.objects.count() == 40
    assert len(set(Breach.objects.values_list("number", flat=True))) == 40
    assert AuditEntry.objects.filter(verb="breach.logged", data__herd=herd.pk).count() == 40
    assert Breach.objects.first().figures["version"] == "v1.0"


def test_what_comes_later_is_told_by_itself(scene):
    herd_of(scene)
    stand_late(scene, 42)
    assert actions.watch_limits(now=NOON + HOUR) == 2
    escalation.tick(now=NOON + HOUR)
    titles = told(scene.people["p-desk"])
    assert len(titles) == 3 and sum("40 cases are late" in title for title in titles) == 1


def test_each_level_gets_one_message_with_the_number_and_no_link(scene):
    herd = herd_of(scene)
    assert escalation.tick(now=NOON) == 40
    escalation.tick(now=NOON + 4 * HOUR)
    agreement = scene.agreement
    for key, level in (("p-desk", "Initial contact"), ("p-head", "Management"), ("c-head", "Management")):
        (title,) = told(scene.people[key])
        assert title == f"{agreement.reference}, {level}: {herd.title}"
    mails = Message.objects.filter(channel="email")
    assert (mails.count(), AckLink.objects.count()) == (3, 0)
    assert f"/breaches/?herd={herd.pk}" in mails[0].body and "Acknowledge without" not in mails[0].body
    assert herd.title == "40 cases are late: Priority 3 closed in time"


@pytest.mark.slow
def test_five_thousand_make_one_message_a_level(scene):
    herd = herd_of(scene, 5000)
    assert escalation.tick(now=NOON) == 5000
    assert actions.acknowledge_herd(herd, actor=scene.people["p-desk"], at=NOON) == 5000
    assert Message.objects.count() == len(told(scene.people["p-desk"])) == 1
    assert Breach.objects.filter(state="acknowledged").count() == 5000


def test_a_webhook_hears_of_it_once_a_level(scene):
    Webhook.objects.create(
        organisation=scene.agreement.provider, url="https://ops.example.org/", nonce="n", created_at=NOON
    )
    herd = herd_of(scene)
    escalation.tick(now=NOON)
    actions.acknowledge_herd(herd, actor=scene.people["p-desk"], at=NOON + HOUR)
    hooks = Message.objects.filter(channel="webhook")
    assert sorted(hooks.values_list("subject", flat=True)) == ["escalation.acknowledged", "escalation.told"]


def test_one_acknowledged_leaves_the_message_of_the_others(scene):
    herd_of(scene)
    escalation.tick(now=NOON)
    first, *rest = Breach.objects.order_by("pk")
    actions.acknowledge(first, actor=scene.people["p-desk"], at=NOON)
    assert Message.objects.get(channel="email", recipient=scene.people["p-desk"]).state == "pending"
    for breach in rest:
        actions.acknowledge(breach, actor=scene.people["p-desk"], at=NOON)
    assert Message.objects.get(channel="email", recipient=scene.people["p-desk"]).state == "cancelled"
    assert watchdog.counts(now=NOON)["messages that wait although somebody acknowledged"] == 0


def test_a_message_that_waits_after_the_last_is_an_alarm(scene):
    herd_of(scene)
    escalation.tick(now=NOON)
    Run.objects.update(state="acknowledged")
    assert watchdog.counts(now=NOON)["messages that wait although somebody acknowledged"] == 1


def test_all_are_acknowledged_together_and_wait_for_their_outcomes(scene):
    herd, person = herd_of(scene), scene.people["p-head"]
    escalation.tick(now=NOON)
    escalation.tick(now=NOON + 4 * HOUR)
    at = NOON + 5 * HOUR
    assert actions.acknowledge_herd(herd, actor=person, at=at) == 40
    assert set(Run.objects.values_list("state", "acknowledged_by")) == {("acknowledged", person.pk)}
    assert set(Breach.objects.values_list("state", "owner", "acknowledged_at")) == {("acknowledged", person.pk, at)}
    # The level gives three days for the outcome.
    waiting = Step.objects.pending()
    assert set(waiting.values_list("kind", "due_at")) == {("ack_timeout", at + 72 * HOUR)} and len(waiting) == 40
    assert AuditEntry.objects.filter(verb="breach.acknowledged").count() == 40
    assert f"{person.name} acknowledged 40 breaches at once" in told(scene.people["p-desk"], "herd:")
    with pytest.raises(actions.Overtaken):
        actions.acknowledge_herd(herd, actor=person, at=at)
    # One message again when the time for all the outcomes has passed.
    escalation.tick(now=at + 72 * HOUR)
    assert len(told(scene.people["p-board"])) == 1


@pytest.mark.parametrize("cases", [10, 60])
def test_acknowledging_takes_the_same_statements_however_many(scene, cases, django_assert_num_queries):
    herd = herd_of(scene, cases)
    escalation.tick(now=NOON)
    with django_assert_num_queries(17 + CLOCK):
        actions.acknowledge_herd(herd, actor=scene.people["p-desk"], at=NOON)


def test_a_home_names_them_once(scene):
    herd, person = herd_of(scene), scene.people["p-desk"]
    escalation.tick(now=NOON)

    def waits():
        return [(need.title, need.url) for need in needs.for_user(person, load(person, NOON), NOON)]

    page = f"/breaches/?herd={herd.pk}"
    assert waits() == [(f"{herd.title}, not acknowledged", page)]
    actions.acknowledge_herd(herd, actor=person, at=NOON)
    assert waits() == [(f"Document the outcome: {herd.title}", page)]


def test_the_queue_shows_the_herd_and_lets_who_may_acknowledge_it(scene, client):
    herd = herd_of(scene)
    escalation.tick(now=NOON)
    client.force_login(scene.people["p-desk"])
    page = client.get(herd.get_absolute_url()).content.decode()
    assert "Acknowledge all 40" in page and herd.title in page
    after = client.post(reverse("incidents:acknowledge_herd", args=[herd.pk]), follow=True).content.decode()
    assert "You acknowledged 40 breaches." in after and "Acknowledge all" not in after
    again = client.post(reverse("incidents:acknowledge_herd", args=[herd.pk]), follow=True).content.decode()
    assert "Somebody was faster" in again
