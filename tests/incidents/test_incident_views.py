import csv

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.models import Role
from agreements.grants import load
from incidents import actions, needs
from incidents.models import Incident, IncidentLink
from kpis.models import Exclusion, Outage
from reviews import needs as review_needs
from tests.factories import NOON, make_member, make_signed, make_terms
from tests.incidents.desk import log, make_scene, worked
from tests.incidents.rows import DAY, HOUR, make_ladder, make_outage, make_period, make_target

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr("records.clock.now", lambda: NOON)


@pytest.fixture
def scene():
    return make_scene()


def url(name, *args):
    return reverse(f"incidents:{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())


GIVEN = {"title": "Nobody can log in", "text": "Since noon", "priority": "3", "began_at": "2026-05-06T11:00"}


def test_the_client_logs_one_and_finds_it_in_the_list(client, scene):
    client.force_login(scene.guest)
    assert client.get(url("choose")).url == url("log", scene.reference)
    answer = client.post(url("log", scene.reference), GIVEN, follow=True)
    incident = Incident.objects.get()
    assert (incident.party, incident.began_at, incident.door) == ("client", NOON - HOUR, "portal")
    body = text(answer)
    assert "INC-0001 is logged." in body and "Amara Lindqvist logged it" in body and "P3 Normal" in body
    assert "INC-0001" in text(client.get(url("incidents"))) and "INC-0001" in text(
        client.get(url("agreement_incidents", scene.reference))
    )


@pytest.mark.parametrize("given, field", [
    ({"title": ""}, "title"), ({"priority": ""}, "priority"), ({"began_at": "2026-05-06T13:00"}, "began_at"),
    ({"began_at": "2026-04-01T00:00"}, "began_at"),
])
def test_what_is_wrong_stands_beside_the_field(client, scene, given, field):
    client.force_login(scene.guest)
    answer = client.post(url("log", scene.reference), GIVEN | given)
    assert answer.status_code == 422 and f'id="id_{field}_error"' in text(answer)
    assert not Incident.objects.exists()


def test_opened_from_an_outage_it_is_linked_and_counts_nothing_twice(client, scene):
    period = make_period(scene.version, state="open", closed_at=None)
    make_outage(period, NOON - HOUR, None, NOON)
    client.force_login(scene.staff)
    there = url("log", scene.reference) + "?stream=canvas-lms&began=2026-05-06T11:00:00%2B00:00"
    assert "Outage of Availability" in text(client.get(there))
    client.post(there, GIVEN)
    link = IncidentLink.objects.get()
    assert (link.indicator.key, link.source, link.external_id) == ("canvas-lms", "log", "o1")
    assert Outage.objects.count() == 1
    for unknown in ("began=2026-05-06T11:00:01%2B00:00", "began=2026-05-06T11:00:00", "began=x%00", "stream=x"):
        page = client.get(url("log", scene.reference) + f"?stream=canvas-lms&{unknown}")
        assert page.status_code == 200 and "Opened from" not in text(page)


def test_without_a_version_in_force_there_is_nothing_to_judge_by(client, scene, monkeypatch):
    monkeypatch.setattr("records.clock.now", lambda: NOON - 30 * DAY)
    client.force_login(scene.owner)
    assert client.get(url("choose")).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_list_query_count(client, scene, count, django_assert_num_queries):
    for _ in range(count):
        log(scene)
    client.force_login(scene.staff)
    with django_assert_num_queries(9):
        answer = client.get(url("incidents"))
    assert answer.content.count(b'data-l="State"') == count


@pytest.mark.parametrize("query, shown", [
    ({}, True), ({"state": "new"}, True), ({"state": "resolved"}, False), ({"state": "nonsense"}, True),
    ({"q": "log nobody"}, True), ({"q": "zzz"}, False), ({"q": "\0"}, True), ({"priority": "3"}, True),
    ({"priority": "1"}, False), ({"priority": "x"}, True), ({"agreement": "SLA-0"}, False), ({"page": "x"}, True),
])
def test_filters_in_the_url(client, scene, query, shown):
    log(scene)
    client.force_login(scene.staff)
    assert ("INC-0001 ·" in text(client.get(url("incidents"), query))) == shown


def test_a_stranger_sees_none(client, scene):
    incident = log(scene)
    client.force_login(make_member(make_ladder()[0].agreement.provider, Role.MANAGER))
    assert "INC-0001" not in text(client.get(url("incidents"), {"state": "all"}))
    assert client.get(incident.get_absolute_url()).status_code == 404


def test_the_export_holds_what_the_filter_shows_and_no_formula(client, scene):
    log(scene, title="=HYPERLINK(1)")
    client.force_login(scene.staff)
    answer = client.get(url("incidents_export"), {"state": "new"})
    lines = list(csv.reader(answer.content.decode("utf-8-sig").splitlines()))
    assert lines[1] == ["state=new"]
    assert lines[3][:7] == [
        "INC-0001", "'=HYPERLINK(1)", scene.reference, "v1.0", scene.client.name, "P3 Normal", "Not acknowledged"
    ]


def test_page_query_count(client, scene, django_assert_num_queries):
    incident = worked(scene)
    actions.remark_on(incident, text="A remark", side="", actor=scene.staff, at=NOON)
    client.force_login(scene.staff)
    with django_assert_num_queries(18):
        client.get(incident.get_absolute_url())


def test_the_other_side_does_not_read_what_is_internal(client, scene):
    incident = log(scene)
    client.force_login(scene.staff)
    client.post(url("incident_remark", incident.number), {"text": "Again the switch", "side": "provider"})
    assert "Again the switch" in text(client.get(incident.get_absolute_url()))
    client.force_login(scene.guest)
    body = text(client.get(incident.get_absolute_url()))
    assert "Again the switch" not in body and f"Only {scene.provider.name}" not in body
    # A side that is not one's own is no choice.
    refused = client.post(url("incident_remark", incident.number), {"text": "Ours", "side": "provider"})
    assert refused.status_code == 422


def test_by_hand_from_open_to_closed(client, scene):
    incident = log(scene)
    client.force_login(scene.staff)
    for act, data in [("acknowledge", {}), ("begin", {}), ("resolve", {"resolution": "Restarted."})]:
        client.post(url(f"incident_{act}", incident.number), data)
    client.force_login(scene.guest)
    body = text(client.get(incident.get_absolute_url()))
    assert "Restarted." in body and "Confirm and close" in body and "In time" in body
    client.post(url("incident_close", incident.number))
    assert Incident.objects.get().state == "closed"


def test_a_lost_race_says_who_and_what(client, scene):
    incident = log(scene)
    actions.acknowledge_incident(incident, actor=scene.owner, at=NOON)
    client.force_login(scene.staff)
    answer = client.post(url("incident_acknowledge", incident.number), follow=True)
    assert f"Somebody was faster: {scene.owner.name} acknowledged it." in text(answer)


# What waits for whom


def waiting(user):
    both = [*needs.for_user(user, load(user, NOON), NOON), *review_needs.for_user(user, load(user, NOON), NOON)]
    return [need.title for need in both]


def test_each_state_waits_for_its_people(scene):
    other, holder = make_member(scene.provider, Role.PROVIDER), scene.people["c-head"]
    mine, over = "Resolve: Nobody can log in", "Is it over? Nobody can log in"
    for state, expected in {
        "acknowledged": {scene.staff: mine}, "in_progress": {scene.staff: mine}, "resolved": {scene.guest: over},
        "closed": {},
    }.items():
        point = transaction.savepoint()
        worked(scene, state)
        said = {each: waiting(each) for each in (scene.staff, other, holder, scene.guest)}
        assert said == {each: [expected[each]] if each in expected else [] for each in said}, state
        transaction.savepoint_rollback(point)


def test_handed_on_it_waits_for_the_new_one(scene):
    other = make_member(scene.provider, Role.PROVIDER)
    actions.assign_incident(worked(scene, "in_progress"), to=other, actor=scene.staff, at=NOON)
    assert (waiting(scene.staff), len(waiting(other))) == ([], 1)


@pytest.fixture
def excludable():
    """An incident of an agreement whose availability leaves planned maintenance out."""
    terms = make_terms()
    terms.kpis[0].exclusions = ["maintenance"]
    agreement, version = make_signed(terms=terms)
    target, staff = make_target(version), make_member(agreement.provider, Role.PROVIDER)
    agreement.guest = staff
    incident = log(agreement, party="provider")
    actions.link_incident(incident, target=target, actor=staff, at=NOON)
    incident.staff = staff
    return incident


def test_its_time_is_asked_to_be_excluded_with_what_it_knows(client, excludable):
    client.force_login(excludable.staff)
    form = client.get(url("incident_exclude", excludable.number)).context["form"]
    assert (form.initial["starts_at"], form.initial["kpis"], form.initial["reason"]) == (
        "2026-05-06T11:00", ["K1"], "INC-0001: Nobody can log in"
    )
    given = {
        "category": "maintenance", "kpis": ["K1"], "starts_at": "2026-05-06T11:00", "ends_at": "2026-05-06T11:30",
        "notice_at": "2026-05-02T11:00", "reason": form.initial["reason"],
    }
    page = text(client.post(url("incident_exclude", excludable.number), given, follow=True))
    exclusion = Exclusion.objects.get()
    assert "Proposed." in page and exclusion.get_absolute_url() in page
    # And from the exclusion back to the incident.
    assert f"q={exclusion.number}" in text(client.get(exclusion.get_absolute_url()))
    found = text(client.get(url("incidents"), {"state": "all", "q": exclusion.number}))
    assert excludable.number in found and "INC-9999" not in found


def test_what_the_terms_do_not_let_stands_beside_the_field_and_links_nothing(client, excludable):
    client.force_login(excludable.staff)
    given = {
        "category": "maintenance", "kpis": ["K1"], "starts_at": "2026-05-06T11:00", "ends_at": "2026-05-06T10:00",
        "reason": "x",
    }
    answer = client.post(url("incident_exclude", excludable.number), given)
    assert answer.status_code == 422 and not Exclusion.objects.exists()
    assert not IncidentLink.objects.filter(exclusion__isnull=False).exists()


def test_an_exclusion_is_linked_by_hand(client, excludable):
    exclusion = actions.exclude_incident(
        excludable, category="maintenance", kpis=["K1"], starts_at=NOON, ends_at=NOON + HOUR, notice_at=NOON - 9 * DAY,
        reason="Planned", actor=excludable.staff, at=NOON,
    )
    excludable.agreement.guest = excludable.staff
    other = log(excludable.agreement, party="provider", title="Slow")
    client.force_login(excludable.staff)
    page = client.post(url("incident_link", other.number), {"what": f"exclusion:{exclusion.number}"}, follow=True)
    assert f"Linked to {other.number}." in text(page) and exclusion.number in text(page)
