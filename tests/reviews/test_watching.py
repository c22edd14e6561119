import pytest

from accounts.models import Notice
from agreements import reviewdue
from agreements.models import Agreement
from records.models import AuditEntry
from reviews import actions, schedule
from tests.factories import make_agreement, make_version
from tests.kpis.build import utc
from tests.reviews.rows import HOUR, held_meeting, make_scene, plan

pytestmark = pytest.mark.django_db

# Due by 1 November 2026: six months after 1 May.


@pytest.fixture
def scene():
    return make_scene(bound=False)


def told():
    return list(Notice.objects.order_by("pk").values_list("recipient", "key"))


def key(scene, stage):
    return f"review:{scene.agreement.pk}:2026-11-01:{stage}"


def test_the_owner_is_warned_14_days_ahead_once(scene):
    assert actions.warn_overdue(now=utc("2026-10-18T23:00")) == 0
    assert actions.warn_overdue(now=utc("2026-10-19T00:00")) == 1
    assert actions.warn_overdue(now=utc("2026-10-25T00:00")) == 0
    assert told() == [(scene.manager.pk, key(scene, "soon"))]
    assert AuditEntry.objects.get(verb="review.warned").data["stage"] == "soon"


def test_both_sides_are_told_once_it_is_overdue(scene):
    assert actions.warn_overdue(now=utc("2026-11-01T23:59")) == 1
    assert actions.warn_overdue(now=utc("2026-11-02T00:00")) == 1
    assert actions.warn_overdue(now=utc("2026-11-09T00:00")) == 0
    assert sorted(told()[1:]) == sorted(
        (person.pk, key(scene, "overdue")) for person in (scene.manager, scene.client)
    )


def test_a_planned_review_warns_nobody(scene):
    scene.now = utc("2026-10-20T10:00")
    plan(scene, at=utc("2026-11-10T10:00"))
    assert actions.warn_overdue(now=utc("2026-11-05T00:00")) == 0
    assert actions.warn_overdue(now=utc("2026-11-11T00:00")) == 1  # its day came, and nobody held it


def test_a_review_held_moves_the_day_on(scene):
    held_meeting(scene)
    assert actions.warn_overdue(now=utc("2026-11-02T00:00")) == 0
    assert actions.warn_overdue(now=scene.now + HOUR + (utc("2027-01-02") - utc("2026-07-01"))) == 1


def test_what_is_not_in_force_is_not_reviewed(scene):
    scene.agreement.end(at=scene.now, how="expired")
    scene.agreement.save(update_fields=["state", "ends_at", "ends_as"])
    make_agreement()
    assert actions.warn_overdue(now=utc("2027-11-02T00:00")) == 0


def test_the_days_of_reviews_are_written_down_for_the_list(scene):
    agreement = scene.agreement

    def written():
        return Agreement.objects.get(pk=agreement.pk).review_due_at

    actions.warn_overdue(now=scene.now)
    assert written() == utc("2026-11-02T00:00")
    held_meeting(scene)
    assert written() == schedule.due_of(agreement, scene.now).at > utc("2026-11-02T00:00")
    assert reviewdue.note({agreement.pk: written()}) == 0
    agreement.end(at=scene.now, how="expired")
    agreement.save(update_fields=["state", "ends_at", "ends_as"])
    actions.warn_overdue(now=scene.now)
    assert written() is None


def test_a_paper_of_years_ago_is_reviewed_from_the_day_it_came_on_record(scene):
    paper = make_agreement(state="active")
    make_version(
        paper, state="executed", effective_from=utc("2022-01-01T00:00"), executed_at=utc("2026-07-03T11:00")
    )
    assert schedule.due_of(paper, utc("2026-07-03T12:00")).day.isoformat() == "2027-01-03"
    assert actions.warn_overdue(now=utc("2026-07-03T12:00")) == 0
