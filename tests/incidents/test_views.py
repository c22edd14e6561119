import csv
import re
from copy import deepcopy

import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import Role
from agreements import terms as t
from incidents import actions, escalation, queue
from incidents.models import Breach
from tests.factories import make_member
from tests.incidents.rows import CLOSED, DAY, HOUR, JUNE, make_breach, make_ladder, make_period, make_result

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scene_once")]

# PostgreSQL is asked for the time, once a request.
CLOCK = connection.vendor == "postgresql"
DOCUMENTED = {"cause_kind": "fault", "check_days": "30"}
OUTCOME = {"root_cause": "A switch failed.", "corrective": "Replaced.", "preventive": "A spare on site."}
FIGURES = {
    "verdict": "breached", "value": "1498/15", "op": ">=",
    "room": {"unit": "seconds", "allowed": "13392", "used": "15000", "left": "-1608"},
}


@pytest.fixture(scope="module")
def scene_once(module_db):
    version, people = make_ladder()
    period = make_period(version)
    make_result(period, outcome=FIGURES)
    actions.log_breaches(now=CLOSED)
    breach = period.breaches.get()
    breach.people = people
    breach.manager = breach.agreement.owner
    breach.provider = make_member(breach.agreement.provider, Role.PROVIDER, name="Daniel Osei")
    breach.client = make_member(breach.agreement.client, Role.CLIENT, name="Amara Lindqvist")
    return breach


@pytest.fixture
def scene(scene_once, db):
    return deepcopy(scene_once)


def url(name, *args):
    return reverse(f"incidents:{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())  # joins what no-break spaces part, too


# The queue


@pytest.mark.parametrize("count", [1, 3])
def test_queue_query_count(client, django_assert_num_queries, count):
    version, people = make_ladder()
    for key in ("K1", "K2", "K4")[:count]:
        make_breach(version, key)
    escalation.tick(now=CLOSED)
    client.force_login(version.agreement.owner)

    with django_assert_num_queries(10 + CLOCK):
        response = client.get(url("index"))

    assert response.content.count(b'data-l="State"') == count


@pytest.mark.parametrize("count", [1, 3])
def test_agreement_tab_query_count(client, django_assert_num_queries, count):
    version, people = make_ladder()
    for key in ("K1", "K2", "K4")[:count]:
        make_breach(version, key)
    client.force_login(version.agreement.owner)

    with django_assert_num_queries(10 + CLOCK):
        response = client.get(url("agreement", version.agreement.reference))

    assert response.content.count(b'data-l="State"') == count


def test_queue_says_with_whom_and_what_is_next(client, scene):
    escalation.tick(now=CLOSED)
    client.force_login(scene.people["p-desk"])
    body = text(client.get(url("index")))
    assert "You<span class=\"sp-sub\">Level 0, Initial contact</span>" in body
    assert "Goes to Level 1, Management" in body


def test_queue_of_a_stranger_is_empty(client, scene):
    client.force_login(make_member(make_ladder()[0].agreement.provider, Role.MANAGER))
    assert scene.number not in text(client.get(url("index") + "?state=all"))


@pytest.mark.parametrize("state, shown", [
    ("open", True), ("mine", False), ("new", True), ("outcome", False),
    ("client", False), ("resolved", False), ("all", True), ("nonsense", True),
])
def test_queue_filters_by_state(client, scene, state, shown):
    client.force_login(scene.manager)
    assert (scene.number in text(client.get(url("index"), {"state": state}))) == shown


def test_with_me_is_what_my_ladder_asks_and_what_i_own(client, scene):
    client.force_login(scene.people["p-head"])
    assert scene.number in text(client.get(url("index"), {"state": "mine"}))
    actions.acknowledge(scene, actor=scene.manager, at=CLOSED)
    assert scene.number not in text(client.get(url("index"), {"state": "mine"}))
    client.force_login(scene.manager)
    assert scene.number in text(client.get(url("index"), {"state": "mine"}))


@pytest.mark.parametrize("query, shown", [
    ({"q": "availability br-0001"}, True), ({"q": "switch"}, False), ({"agreement": "SLA-9"}, False),
    ({"q": "%"}, False), ({"q": "\0"}, True), ({"client": "0"}, False), ({"client": "x"}, True),
    ({"level": "4"}, False), ({"level": "²"}, True), ({"opened": "x"}, True),
])
def test_queue_searches(client, scene, query, shown):
    client.force_login(scene.manager)
    assert ("BR-0001 ·" in text(client.get(url("index"), query))) == shown


@pytest.mark.parametrize("days, count", [(30, 1), (31, 0)])
def test_the_queue_is_narrowed_by_when_it_was_opened(scene, days, count):
    chosen = {"client": "", "level": "", "opened": "30", "herd": ""}
    assert queue.narrow(Breach.objects.all(), chosen, CLOSED + days * DAY).count() == count


def test_the_most_urgent_comes_first(client):
    version, people = make_ladder()
    later = make_breach(version, "K1", at=CLOSED + HOUR)
    sooner = make_breach(version, "K2", at=CLOSED)
    mine = make_breach(version, "K4", at=CLOSED)
    actions.acknowledge(mine, actor=version.agreement.owner, at=CLOSED)
    client.force_login(version.agreement.owner)

    body = text(client.get(url("index")))

    assert sorted([later, sooner, mine], key=lambda b: body.index(f"{b.number} ·")) == [sooner, later, mine]


def test_the_poll_gets_rows_only_keeps_ticks_and_announces_what_is_new(client, scene):
    client.force_login(scene.manager)
    make_result(make_period(scene.period.target.version, "K2"))
    actions.log_breaches(now=CLOSED)

    asked = {"number": ["BR-0002"], "seen": scene.pk, "state": "new"}
    body = text(client.get(url("index"), asked, headers={"HX-Request": "true"}))

    assert "<!doctype" not in body
    assert 'value="BR-0002" aria-label="Tick BR-0002" checked' in body
    assert 'value="BR-0001" aria-label="Tick BR-0001">' in body
    assert "1 new breach</div>" in body
    # The next poll asks for the same view, without the ticks of this one.
    assert 'hx-get="/breaches/?state=new"' in body


def test_a_breach_of_another_view_is_announced_once(client, scene):
    client.force_login(scene.manager)
    asked = {"state": "resolved", "seen": scene.pk}
    make_breach(scene.period.target.version, "K2")
    first = text(client.get(url("index"), asked, headers={"HX-Request": "true"}))
    assert "1 new breach</div>" in first
    seen = re.search(r'"seen": (\d+)', first)[1]
    again = text(client.get(url("index"), asked | {"seen": seen}, headers={"HX-Request": "true"}))
    assert "new breach" not in again


@pytest.mark.parametrize("seen", ["x", "-1", "", "9" * 40])
def test_a_poll_with_nonsense_is_answered(client, scene, seen):
    client.force_login(scene.manager)
    assert client.get(url("index"), {"seen": seen}, headers={"HX-Request": "true"}).status_code == 200


def test_an_empty_view_goes_on_looking_and_says_what_it_is(client, scene):
    client.force_login(scene.manager)
    body = text(client.get(url("index"), {"state": "resolved"}))
    assert "No breach here" in body and 'hx-trigger="every 20s"' in body
    assert "No breach fits this filter" in text(client.get(url("index"), {"q": "zzz"}))


@pytest.mark.parametrize("who, offered", [("manager", True), ("p-head", True), ("client", False)])
def test_ticks_are_offered_to_who_may_acknowledge(client, scene, who, offered):
    client.force_login(scene.people.get(who) or getattr(scene, who))
    assert ("tick-BR-0001" in text(client.get(url("index")))) == offered


def test_acknowledge_many_says_what_somebody_else_took(client, scene):
    other = make_breach(scene.period.target.version, "K2")
    hidden = make_breach(make_ladder()[0])
    actions.acknowledge(other, actor=scene.manager, at=CLOSED)
    client.force_login(scene.provider)

    ticked = [scene.number, other.number, hidden.number, "BR-x", "\0"]
    response = client.post(url("acknowledge_many"), {"number": ticked}, follow=True)

    body = text(response)
    assert f"Acknowledged: {scene.number}." in body
    assert f"{other.number}: somebody was faster, it is with {scene.manager.name}." in body
    assert Breach.objects.get(pk=scene.pk).owner == scene.provider
    assert Breach.objects.get(pk=hidden.pk).state == "open"


def test_export_holds_what_the_filter_shows_and_no_formula(client, scene):
    Breach.objects.update(title="=HYPERLINK(1)", root_cause="-1+1")
    client.force_login(scene.manager)

    answer = client.get(url("export"), {"state": "new", "q": "br"})

    lines = list(csv.reader(answer.content.decode("utf-8-sig").splitlines()))
    assert lines[1] == ["state=new", "q=br"]
    agreement = scene.agreement
    assert lines[3][:6] == [
        "BR-0001", "'=HYPERLINK(1)", agreement.reference, "v1.0", agreement.client.name, "Not acknowledged"
    ]
    assert (lines[3][9], lines[3][12]) == ("2026-06-03T08:00:00+00:00", "'-1+1")
    assert len(lines) == 4
    assert client.get(url("export"), {"state": "resolved"}).content.decode().count("BR-") == 0


# The page of a breach


def test_breach_query_count(client, django_assert_num_queries, scene):
    for hours in (0, 4):
        escalation.tick(now=CLOSED + hours * HOUR)
    client.force_login(scene.people["p-head"])
    with django_assert_num_queries(21 + CLOCK):
        client.get(scene.get_absolute_url())


def test_breach_page_shows_figures_version_ladder_and_who_was_told(client, scene):
    for hours in (0, 4):
        escalation.tick(now=CLOSED + hours * HOUR)
    client.force_login(scene.people["p-head"])

    body = text(client.get(scene.get_absolute_url()))

    for said in (
        "99.86 %", "target ≥ 99.50 %", "4 h 10 min", "3 h 43 min 12 s allowed",
        "the first time for this KPI", "as signed, v1.0", "Level 1, Management", "You, Head of IT",
        "To level 2 in", "outcome within 3 days", "Service desk lead told in the inbox and by e-mail",
        "Went to Level 0, Initial contact", "Judged by v1.0 of the agreement",
    ):
        assert said in body, said


def test_earlier_breaches_of_the_kpi_are_counted(client, scene):
    later = make_breach(scene.period.target.version, lo=JUNE, hi=JUNE + 30 * DAY, at=CLOSED + 30 * DAY)
    client.force_login(scene.manager)
    body = text(client.get(later.get_absolute_url()))
    assert f'<a href="{scene.get_absolute_url()}">last: {scene.number}</a>' in body


def test_acknowledge_then_document_then_confirm(client, scene):
    client.force_login(scene.provider)
    client.post(url("acknowledge", scene.number))
    assert "Save outcome" in text(client.get(scene.get_absolute_url()))
    client.post(url("outcome", scene.number), OUTCOME | DOCUMENTED)
    client.force_login(scene.client)
    body = text(client.get(scene.get_absolute_url()))
    assert "Confirm and close" in body and "A switch failed." in body

    response = client.post(url("close", scene.number), follow=True)

    assert Breach.objects.get().state == "closed"
    assert "Take it up again" in text(response)


def test_a_lost_race_says_who_and_what(client, scene):
    actions.acknowledge(scene, actor=scene.manager, at=CLOSED)
    client.force_login(scene.provider)
    response = client.post(url("acknowledge", scene.number), follow=True)
    assert f"Somebody was faster: {scene.manager.name} acknowledged it." in text(response)
    assert Breach.objects.get().owner == scene.manager


@pytest.mark.parametrize("field", ["root_cause", "corrective"])
@pytest.mark.parametrize("value", ["", "   "])
def test_an_outcome_with_a_hole_says_so_beside_the_field(client, scene, field, value):
    actions.acknowledge(scene, actor=scene.provider, at=CLOSED)
    client.force_login(scene.provider)
    response = client.post(url("outcome", scene.number), OUTCOME | DOCUMENTED | {field: value})
    assert response.status_code == 422
    assert f'id="id_{field}_error"' in text(response)
    assert Breach.objects.get().state == "acknowledged"


def test_the_client_takes_it_up_again_with_a_reason(client, scene):
    actions.acknowledge(scene, actor=scene.provider, at=CLOSED)
    actions.document_outcome(scene, **OUTCOME, actor=scene.provider, at=CLOSED)
    client.force_login(scene.client)
    assert client.post(url("reopen", scene.number), {"reason": ""}).status_code == 422
    client.post(url("reopen", scene.number), {"reason": "Failover is missing."})
    assert Breach.objects.get().state == "acknowledged"
    client.force_login(scene.provider)
    assert "Failover is missing." in text(client.get(scene.get_absolute_url()))


def test_a_manager_closes_after_ten_days_of_silence_only(client, scene, monkeypatch):
    actions.acknowledge(scene, actor=scene.provider, at=CLOSED)
    actions.document_outcome(scene, **OUTCOME, actor=scene.provider, at=CLOSED)
    client.force_login(scene.manager)
    now = [CLOSED + 10 * DAY - HOUR / 3600]
    monkeypatch.setattr("records.clock.now", lambda: now[0])
    assert client.post(url("close", scene.number)).status_code == 403
    now[0] = CLOSED + 10 * DAY
    assert client.post(url("close", scene.number)).status_code == 302
    assert Breach.objects.get().closed_by == scene.manager


# The dry run


def test_dry_run_shows_who_would_be_told_over_a_weekend(client, scene):
    client.force_login(scene.manager)
    page = client.get(url("ladder", scene.agreement.reference, "v1.0"), {"start": "2026-05-08T17:30"})
    body = text(page)
    for said in (
        "If a target were missed on a Friday, 17:30", "Initial contact: Service desk lead, Service desk lead",
        "Fri 8 May, 17:30", "Fri 8 May, 21:30", "Sat 9 May, 21:30", "If nobody acknowledges within 4 h",
        "has 3 days for the outcome",
    ):
        assert said in body, said


def test_dry_run_as_a_fragment(client, scene):
    client.force_login(scene.manager)
    body = text(client.get(
        url("ladder", scene.agreement.reference, "v1.0"), headers={"HX-Request": "true"}
    ))
    assert "<!doctype" not in body and "a Friday, 17:30" in body


@pytest.mark.parametrize("start", ["yesterday", "9999-12-31T23:00", "0001-01-01T00:00", "2026-02-30T10:00"])
def test_dry_run_refuses_nonsense(client, scene, start):
    client.force_login(scene.manager)
    response = client.get(url("ladder", scene.agreement.reference, "v1.0"), {"start": start})
    assert response.status_code == 422


@pytest.mark.parametrize("label", ["v9.0", "v1", "1.0", "v١.0", "v99999999999999999999.0"])
def test_dry_run_of_no_version_is_not_found(client, scene, label):
    client.force_login(scene.manager)
    assert client.get(f"/agreements/{scene.agreement.reference}/{label}/ladder/").status_code == 404


def test_dry_run_says_what_is_wrong_with_a_draft(client):
    version, _ = make_ladder(t.Escalation([], [t.Level(0, "Desk", 60, [], clock="moon")]))
    client.force_login(version.agreement.owner)
    body = text(client.get(url("ladder", version.agreement.reference, "v1.0")))
    assert "no calendar is called" in body
