"""A review past its limit climbs the signed ladder until somebody plans or holds it."""

import pytest
from django.urls import reverse

from accounts.models import Notice
from incidents import escalation
from incidents.models import Run
from records.models import AuditEntry
from reviews import actions
from slaportal import watchdog
from tests.factories import hold_position, make_terms, make_user
from tests.kpis.build import utc
from tests.race import race
from tests.reviews.rows import DAY, HOUR, make_scene, plan

pytestmark = pytest.mark.django_db
LIMIT = utc("2026-11-02T00:00")  # the review is due by 1 November: six months after 1 May


@pytest.fixture
def scene():
    return contacted()


def contacted():
    scene = make_scene(bound=False)
    scene.contact = make_user(name="Contact")
    hold_position(scene.agreement, "p-desk", scene.contact)
    return scene


def states():
    return list(Run.objects.order_by("pk").values_list("state", flat=True))


def test_it_climbs_from_the_limit_on_once(scene):
    assert actions.escalate_overdue(now=LIMIT - HOUR / 3600) == 0
    assert [actions.escalate_overdue(now=LIMIT) for _ in range(2)] == [1, 0]
    run = Run.objects.get()
    assert (run.subject, run.title) == (
        f"agreements.agreement:{scene.agreement.pk}:review", "The review due by 1 November 2026 was not held"
    )
    assert run.terms_sha256 == scene.version.terms_sha256
    assert escalation.tick(now=LIMIT) == 1
    assert Notice.objects.get(recipient=scene.contact).url == run.get_absolute_url()
    entry = AuditEntry.objects.get(verb="escalation.started")
    assert (entry.target_label, entry.target_id) == ("agreements.agreement", scene.agreement.pk)


def test_planning_it_ends_the_run_at_once(scene):
    actions.escalate_overdue(now=LIMIT)
    escalation.tick(now=LIMIT)
    scene.now = LIMIT + HOUR
    meeting = plan(scene, at=LIMIT + 3 * DAY)
    assert states() == ["resolved"]
    assert Notice.objects.get(recipient=scene.contact, key__endswith=":settled").text == f"{meeting} is planned."
    assert actions.escalate_overdue(now=LIMIT + DAY) == 0
    assert escalation.tick(now=LIMIT + 300 * DAY) == 0


def test_its_day_passed_and_nobody_held_it(scene):
    """Planned late is no excuse for good: the ladder is climbed again, and ends with the meeting."""
    actions.escalate_overdue(now=LIMIT)
    scene.now = LIMIT + HOUR
    meeting = plan(scene, at=LIMIT + 3 * DAY)
    assert actions.escalate_overdue(now=LIMIT + 3 * DAY - HOUR) == 0
    assert actions.escalate_overdue(now=LIMIT + 3 * DAY) == 1
    assert states() == ["resolved", "active"]
    actions.hold(meeting, attendees=["Contact"], actor=scene.manager, at=LIMIT + 4 * DAY)
    assert states() == ["resolved", "resolved"]
    assert actions.escalate_overdue(now=LIMIT + 4 * DAY) == 0


def test_putting_it_off_to_a_day_that_is_allowed_ends_the_run(scene):
    scene.now = LIMIT - DAY
    meeting = plan(scene, at=LIMIT - HOUR)
    assert actions.escalate_overdue(now=LIMIT) == 1
    actions.postpone(meeting, planned_for=LIMIT + 5 * DAY, reason="Ill", actor=scene.manager, at=LIMIT + HOUR)
    assert states() == ["resolved"]
    assert actions.escalate_overdue(now=LIMIT + 2 * HOUR) == 0


def test_an_agreement_that_ended_needs_no_review(scene):
    actions.escalate_overdue(now=LIMIT)
    scene.agreement.end(at=LIMIT, how="expired")
    scene.agreement.save(update_fields=["state", "ends_at", "ends_as"])
    assert [actions.escalate_overdue(now=LIMIT + HOUR) for _ in range(2)] == [1, 0]
    assert states() == ["resolved"]


def test_one_that_fails_stops_no_other_and_is_reported(scene):
    terms = make_terms()
    terms.escalation.levels[0].clock = "moon"  # no calendar gives it
    make_scene(bound=False, terms=terms)
    with pytest.raises(ValueError, match="moon"):
        actions.escalate_overdue(now=LIMIT)
    assert Run.objects.get().agreement == scene.agreement


def test_the_pages_lead_to_each_other(scene, client):
    actions.escalate_overdue(now=LIMIT)
    run = Run.objects.get()
    place = reverse("reviews:agreement", args=[scene.agreement.reference])
    client.force_login(scene.manager)
    assert run.get_absolute_url() in client.get(place).content.decode()
    assert place in client.get(run.get_absolute_url()).content.decode()


def test_the_watchdog_counts_what_no_sweep_took(scene):
    name, now = "overdue reviews without a run", LIMIT + HOUR / 12
    assert watchdog.counts(now=now - HOUR / 3600)[name] == 0
    assert watchdog.counts(now=now)[name] == 1
    actions.escalate_overdue(now=now)
    assert watchdog.counts(now=now)[name] == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_sweeps_at_once_begin_one_run():
    contacted()
    found = race(lambda: actions.escalate_overdue(now=LIMIT))
    assert [each for each in found if isinstance(each, Exception)] == []
    assert (sum(found), Run.objects.count()) == (1, 1)
