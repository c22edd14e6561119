"""Home: what needs me first, what my roles look at, and never more queries for more agreements."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role
from kpis import glance
from kpis.models import Credit, Period, Standing
from records import audit
from slaportal import audit_questions
from slaportal.context import organisation_note
from tests.factories import NOON, join, make_signed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world_once")]
PEOPLE = ["client", "provider", "manager", "escalation", "auditor", "admin", "stranger"]


def home(client, person):
    client.force_login(person)
    return client.get(reverse("home"))


@pytest.mark.parametrize("person", PEOPLE)
def test_what_needs_me_comes_earliest_first(client, world, person):
    needs = home(client, getattr(world, person)).context["needs"]
    dues = [need.due for need in needs if need.due]
    assert dues == sorted(dues)
    assert [need.due is None for need in needs] == sorted(need.due is None for need in needs)


def test_something_waits_for_the_manager_and_the_client(client, world):
    assert home(client, world.manager).context["needs"]
    assert home(client, world.client).context["needs"]


def test_a_stranger_sees_nothing_of_it(client, world):
    context = home(client, world.stranger).context
    assert (context["needs"], context["agreements"], list(context["latest"])) == ([], [], [])


def test_only_a_manager_is_offered_a_new_agreement(client, world):
    offered = {person for person in PEOPLE if home(client, getattr(world, person)).context["can_draft"]}
    assert offered == {"manager", "stranger"}


def test_the_client_reads_whom_to_call_by_title(client, world):
    page = home(client, world.client)
    assert [(row["title"], row["user"]) for row in page.context["contacts"]] == [
        ("Service desk lead", world.provider), ("Head of operations", world.escalation),
    ]
    assert "p-desk" not in page.content.decode()


def test_the_auditor_sees_questions_and_sealed_records_instead_of_news(client, world):
    context = home(client, world.auditor).context
    assert len(context["questions"]) == 5
    assert world.document in context["documents"]
    assert "latest" not in context


def test_who_has_two_roles_sees_the_union(client, world):
    join(world.manager, world.provider_org, Role.AUDITOR)
    context = home(client, world.manager).context
    assert context["questions"]
    assert context["can_draft"]


def test_an_agreement_in_force_shows_the_newest_verdict_of_each_kpi(client, world):
    (row,) = [each for each in home(client, world.client).context["agreements"] if each == world.agreement]
    newest = {}
    for target in world.agreement.targets.all():
        for period in target.periods.filter(state="closed").order_by("hi"):
            newest[target.key] = period.results.order_by("edition").last().verdict
    assert sorted(row.last_verdicts) == sorted(newest.values())
    assert "breached" in row.last_verdicts


def test_the_news_leave_out_what_the_engine_does(client, world):
    audit.record("period.opened", world.agreement, actor=None, at=NOON, scope=world.agreement.reference)
    assert not [e for e in home(client, world.manager).context["latest"] if e.verb.startswith("period.")]


@pytest.mark.parametrize("person", PEOPLE)
def test_home_takes_few_queries_and_no_more_for_more_agreements(client, world, person):
    user = getattr(world, person)
    with CaptureQueriesContext(connection) as one:
        home(client, user)
    for _more in range(2):
        make_signed(provider=world.provider_org, client=world.client_org, owner=world.manager)
    with CaptureQueriesContext(connection) as three:
        client.get(reverse("home"))
    login = sum("django_session" in query["sql"] for query in one.captured_queries)
    assert len(three) <= 25
    assert len(three) <= len(one) - login + 2, [query["sql"][:160] for query in three.captured_queries]


def test_the_page_says_on_which_side_one_is(client, world):
    assert "Provider · SLA manager" in home(client, world.manager).content.decode()
    page = home(client, world.client)
    assert page.context["organisation_note"] == "Client"


def test_nobody_of_no_organisation_has_a_side():
    assert organisation_note(None, None) == ""


# Questions of an audit



def test_the_answers_are_counts_of_rows(world):
    found = [(one.good, one.of) for one in audit_questions.answers(
        world.agreement.__class__.objects.filter(pk=world.agreement.pk), now=NOON
    )]
    signed, reviewed, outcomes, steps, receipts = found
    assert signed == (0, 1)  # made past the signing: no sealed document
    assert reviewed == (1, 1)
    assert outcomes[1] == world.agreement.breaches.count()
    assert outcomes[0] < outcomes[1]


def test_an_answer_is_good_only_when_all_are():
    assert audit_questions.Answer("?", 2, 2, "/").tone == "ok"
    assert audit_questions.Answer("?", 1, 2, "/").tone == "warn"


# What goes wrong now


def test_a_running_kpi_that_is_missed_or_at_risk_stands_out_with_its_figure(world):
    running = Period.objects.filter(target__agreement=world.agreement, target__key="K1").order_by("lo").last()
    now = running.lo + timedelta(days=3)
    outcome = {"value": "995/10", "verdict": "breached", "figures": {}}
    Standing.objects.filter(period=running).delete()
    Standing.objects.create(
        period=running, outcome=outcome, verdict="breached", certain_loss=True, known_at=now, delivery_id=0
    )

    found = glance.at([world.agreement], now)[world.agreement.pk]

    (one,) = found.shown
    value = one.value.replace("\N{NO-BREAK SPACE}", " ")
    assert (one.name, one.verdict, value) == ("Availability", "breached", "99.50 %")
    assert one.url.endswith(f"?period={running.label}")
    assert found.counts["missed"] == 1 and found.counts["no_data"] == 3


def test_what_is_open_is_counted_beside_each_agreement(client, world):
    (row,) = [each for each in home(client, world.client).context["agreements"] if each == world.agreement]
    assert row.open_breaches == world.agreement.breaches.open().count() > 0
    assert row.open_credits == Credit.objects.filter(state="proposed").count()
    assert row.open_disputes == 0
