"""Plan, hold, write, share, approve, dispute; actions and agreed changes."""

from datetime import timedelta

import pytest
from django_fsm import TransitionNotAllowed

from accounts.models import Notice, Role
from agreements.models import Version
from agreements.signing import Refused
from records.models import AuditEntry
from reviews import actions, minutes
from reviews.models import Action, AgreedChange, Meeting, MinutesApproval
from tests.factories import make_agreement, make_member, make_user
from tests.kpis.build import utc
from tests.reviews import rows
from tests.reviews.rows import (
    DAY,
    HOUR,
    approved_meeting,
    held_meeting,
    make_scene,
    plan,
    shared_meeting,
    written_meeting,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    return make_scene(bound=False)


def refused(act, *args, **kwargs):
    with pytest.raises(Refused) as info:
        act(*args, **kwargs)
    return info.value.place


def verbs():
    return set(AuditEntry.objects.values_list("verb", flat=True))


def told(scene, what):
    return set(Notice.objects.filter(key__endswith=f":{what}").values_list("recipient", flat=True))


# Planning


def test_plan(scene):
    meeting = plan(scene)
    assert (meeting.number, meeting.state, meeting.place) == ("REV-2026-01", "scheduled", "Room 2")
    assert [item["title"] for item in meeting.agenda][:2] == ["Results since the start", "Breaches"]
    assert "meeting.planned" in verbs()
    assert told(scene, "planned") == {scene.client.pk}


@pytest.mark.parametrize(
    ("planned_for", "now"),
    [
        ("2026-06-30T10:00", "2026-07-01T10:00"),  # past
        ("2026-11-02T00:00", "2026-07-01T10:00"),  # after the last day of six months
        ("2027-01-15T00:00", "2026-12-10T10:00"),  # overdue, and more than 31 days ahead
    ],
)
def test_a_day_outside_the_limit_is_refused(scene, planned_for, now):
    scene.now = utc(now)
    assert refused(plan, scene, at=utc(planned_for)) == "planned_for"


@pytest.mark.parametrize(
    ("planned_for", "now"),
    [("2026-11-01T23:00", "2026-07-01T10:00"), ("2027-01-09T10:00", "2026-12-10T10:00")],
)
def test_the_last_possible_day_is_taken(scene, planned_for, now):
    scene.now = utc(now)
    assert plan(scene, at=utc(planned_for)).planned_for == utc(planned_for)


def test_one_meeting_at_a_time(scene):
    plan(scene)
    assert refused(plan, scene) == "planned_for"


def test_an_agreement_not_in_force_is_not_reviewed(scene):
    scene.agreement = make_agreement()
    assert refused(plan, scene) == ""


def test_postpone(scene):
    meeting = plan(scene)
    later = actions.postpone(
        meeting, planned_for=scene.now + 9 * DAY, reason="Holidays", actor=scene.manager, at=scene.now
    )
    meeting.refresh_from_db(fields=["reason"])
    assert Meeting.objects.get(pk=meeting.pk).state == "postponed"
    assert (meeting.reason, later.number, later.place) == ("Holidays", "REV-2026-02", "Room 2")
    assert AuditEntry.objects.get(verb="meeting.postponed").data["successor"] == "REV-2026-02"
    assert refused(
        actions.postpone, later, planned_for=scene.now + DAY, reason=" ", actor=scene.manager, at=scene.now
    ) == "reason"
    assert refused(
        actions.postpone, later, planned_for=scene.now + 400 * DAY, reason="No", actor=scene.manager, at=scene.now
    ) == "planned_for"
    assert Meeting.objects.get(pk=later.pk).state == "scheduled"


# Holding and writing


def test_hold_brings_the_agenda_up_to_date(scene):
    first = approved_meeting(scene)
    meeting = plan(scene, at=scene.now + 5 * HOUR)
    held = actions.hold(
        meeting, attendees=["Ines", " ", "Ines", "Amara "], actor=scene.manager, at=scene.now + 5 * HOUR
    )
    assert held.attendees == ["Ines", "Amara"]
    assert held.held_at == scene.now + 5 * HOUR
    assert held.agenda[0]["title"] == "Results since 1 July 2026"
    assert held.agenda[5]["text"] == f"{first.number}, change 1: Availability of 99.9 % (not begun)"
    assert "meeting.held" in verbs()


def test_somebody_must_be_there(scene):
    meeting = plan(scene)
    assert refused(actions.hold, meeting, attendees=["", " "], actor=scene.manager, at=scene.now) == "attendees"


def test_a_meeting_is_held_once(scene):
    meeting = held_meeting(scene)
    with pytest.raises(TransitionNotAllowed):
        actions.hold(meeting, attendees=["Ines"], actor=scene.manager, at=scene.now)


def test_minutes_are_saved_item_by_item(scene):
    meeting = held_meeting(scene)
    texts = [f" Text {place} " for place in range(len(meeting.agenda))]
    actions.save_minutes(meeting, minutes=texts, actor=scene.manager, at=scene.now)
    saved = Meeting.objects.get(pk=meeting.pk).agenda
    assert [item["minutes"] for item in saved] == [text.strip() for text in texts]
    assert [item["text"] for item in saved] == [item["text"] for item in meeting.agenda]
    assert AuditEntry.objects.get(verb="minutes.saved").data["minutes"][0] == "Text 0"
    refused(actions.save_minutes, meeting, minutes=texts[1:], actor=scene.manager, at=scene.now)
    refused(actions.save_minutes, meeting, minutes=["x" * 4001] * len(texts), actor=scene.manager, at=scene.now)


def test_shared_minutes_stand(scene):
    meeting = shared_meeting(scene)
    late = {"actor": scene.manager, "at": scene.now}
    for act in (
        lambda: actions.save_minutes(meeting, minutes=["x"] * 7, **late),
        lambda: actions.agree_change(meeting, part="", text="More", **late),
        lambda: rows.make_action(scene, meeting),
        lambda: actions.share_minutes(meeting, **late),
    ):
        with pytest.raises(TransitionNotAllowed):
            act()


# Sharing and approving


def test_minutes_are_shared_whole(scene):
    meeting = held_meeting(scene)
    refused(actions.share_minutes, meeting, actor=scene.manager, at=scene.now)
    assert Meeting.objects.get(pk=meeting.pk).edition == 0


def test_sharing_freezes_what_both_sides_approve(scene):
    meeting = shared_meeting(scene)
    assert meeting.minutes_sha256 == minutes.digest(Meeting.objects.get(pk=meeting.pk).minutes)
    assert meeting.minutes["changes"] == [
        {"number": 1, "part": "kpis", "text": "Availability of 99.9 %", "why": "Exams"}
    ]
    assert meeting.minutes["agreement"]["version"] == "v1.0"
    assert told(scene, "shared:1") == {scene.client.pk}
    assert AuditEntry.objects.get(verb="minutes.shared").data["sha256"] == meeting.minutes_sha256


def test_both_sides_approve(scene):
    meeting = shared_meeting(scene)
    actions.approve_minutes(meeting, actor=scene.client, at=scene.now, shown_sha256=meeting.minutes_sha256)
    assert Meeting.objects.get(pk=meeting.pk).state == "minutes_shared"
    meeting = actions.approve_minutes(meeting, actor=scene.manager, at=scene.now + HOUR)
    assert (meeting.state, meeting.approved_at, meeting.document) == ("approved", scene.now + HOUR, None)
    assert {(each.party, each.by) for each in meeting.approvals.all()} == {
        ("client", scene.client), ("provider", scene.manager)
    }
    assert {"minutes.approved", "meeting.approved"} <= verbs()


def test_a_side_approves_once(scene):
    meeting = shared_meeting(scene)
    actions.approve_minutes(meeting, actor=scene.client, at=scene.now)
    for actor in (scene.client, make_member(scene.agreement.client, Role.MANAGER)):
        with pytest.raises(TransitionNotAllowed):
            actions.approve_minutes(meeting, actor=actor, at=scene.now)
    assert MinutesApproval.objects.count() == 1


@pytest.mark.parametrize("role", [Role.PROVIDER, Role.AUDITOR, Role.ADMIN])
def test_others_neither_approve_nor_dispute(scene, role):
    meeting = shared_meeting(scene)
    other = make_member(scene.agreement.provider, role)
    refused(actions.approve_minutes, meeting, actor=other, at=scene.now)
    refused(actions.dispute_minutes, meeting, reason="No", actor=other, at=scene.now)
    refused(actions.approve_minutes, meeting, actor=make_user(), at=scene.now)


def test_only_what_was_read_is_approved(scene):
    meeting = shared_meeting(scene)
    refused(actions.approve_minutes, meeting, actor=scene.client, at=scene.now, shown_sha256="")
    refused(actions.approve_minutes, meeting, actor=scene.client, at=scene.now, shown_sha256="ab" * 32)
    assert not MinutesApproval.objects.exists()


def test_a_dispute_begins_approvals_anew(scene):
    meeting = shared_meeting(scene)
    actions.approve_minutes(meeting, actor=scene.manager, at=scene.now)
    refused(actions.dispute_minutes, meeting, reason=" ", actor=scene.client, at=scene.now)
    meeting = actions.dispute_minutes(meeting, reason="Item 2 is wrong", actor=scene.client, at=scene.now)
    assert (meeting.state, meeting.reason) == ("held", "Item 2 is wrong")
    assert told(scene, "disputed:1") == {scene.manager.pk}
    before = meeting.minutes_sha256
    meeting = actions.share_minutes(meeting, actor=scene.manager, at=scene.now + DAY)
    assert (meeting.edition, meeting.reason) == (2, "")
    assert meeting.minutes_sha256 != before  # although not a word was changed
    meeting = actions.approve_minutes(meeting, actor=scene.client, at=scene.now + DAY)
    assert meeting.state == "minutes_shared"
    meeting = actions.approve_minutes(meeting, actor=scene.manager, at=scene.now + DAY)
    assert meeting.state == "approved"
    with pytest.raises(TransitionNotAllowed):
        actions.dispute_minutes(meeting, reason="Late", actor=scene.client, at=scene.now + DAY)
    assert "minutes.disputed" in verbs()


# Actions


def test_an_action_is_noted_done_or_dropped(scene):
    meeting = held_meeting(scene)
    first = rows.make_action(scene, meeting, owner=scene.client)
    second = rows.make_action(scene, meeting)
    assert Notice.objects.get(key=f"action:{first.pk}:added").recipient == scene.client
    actions.finish_action(first, actor=scene.client, at=scene.now + DAY)
    refused(actions.drop_action, second, reason="", actor=scene.manager, at=scene.now)
    actions.drop_action(second, reason="Not needed", actor=scene.manager, at=scene.now)
    settled = Action.objects.order_by("pk").values_list("state", "reason")
    assert list(settled) == [("done", ""), ("dropped", "Not needed")]
    for act in (
        lambda: actions.finish_action(second, actor=scene.manager, at=scene.now),
        lambda: actions.drop_action(first, reason="x", actor=scene.manager, at=scene.now),
    ):
        with pytest.raises(TransitionNotAllowed):
            act()
    assert {"action.added", "action.finished", "action.dropped"} <= verbs()


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"text": " "}, "text"),
        ({"due_on": utc("2026-06-30T00:00").date()}, "due_on"),
        ({"due_on": utc("2028-07-02T00:00").date()}, "due_on"),
        ({"owner": None}, "owner"),
    ],
)
def test_a_wrong_action_is_refused(scene, changes, place):
    meeting = held_meeting(scene)
    fields = {"text": "Call", "owner": scene.client, "due_on": (scene.now + DAY).date()} | changes
    fields["owner"] = fields["owner"] or make_user()
    assert refused(actions.add_action, meeting, **fields, actor=scene.manager, at=scene.now) == place
    assert not Action.objects.exists()


# Changes


def test_changes_are_numbered(scene):
    meeting = held_meeting(scene)
    numbers = [rows.agree(scene, meeting).number for _ in range(2)]
    assert numbers == [1, 2]
    assert refused(
        actions.agree_change, meeting, part="", text=" ", actor=scene.manager, at=scene.now
    ) == "text"
    assert "change.agreed" in verbs()


def test_an_agreed_change_starts_an_amendment(scene):
    change = approved_meeting(scene).changes.get()
    version = actions.start_amendment(change, actor=scene.manager, at=scene.now + DAY)
    assert (version.label, version.state, version.reason) == ("v1.1", "draft", Version.Reason.REVIEW)
    assert version.reason_source == "REV-2026-01, change 1"
    assert version.reason_text == "Availability of 99.9 % (Exams)"
    assert AgreedChange.objects.get(pk=change.pk).amendment == "v1.1"
    assert AuditEntry.objects.get(verb="change.amendment_started").data["version"] == "v1.1"
    with pytest.raises(TransitionNotAllowed):
        actions.start_amendment(change, actor=scene.manager, at=scene.now + DAY)
    assert Version.objects.count() == 2


@pytest.mark.parametrize("until", [held_meeting, written_meeting, shared_meeting])
def test_nothing_is_agreed_before_both_approve(scene, until):
    meeting = until(scene)
    change = meeting.changes.first() or rows.agree(scene, meeting)
    with pytest.raises(TransitionNotAllowed):
        actions.start_amendment(change, actor=scene.manager, at=scene.now + DAY)
    assert Version.objects.count() == 1


def test_the_second_change_of_a_meeting_joins_its_draft(scene):
    meeting = written_meeting(scene)
    rows.agree(scene, meeting, part="calendars", text="Open on Saturdays")
    actions.share_minutes(meeting, actor=scene.manager, at=scene.now)
    for actor in (scene.manager, scene.client):
        actions.approve_minutes(meeting, actor=actor, at=scene.now)
    for change in AgreedChange.objects.all():
        actions.start_amendment(change, actor=scene.manager, at=scene.now + DAY)
    assert set(AgreedChange.objects.values_list("amendment", flat=True)) == {"v1.1"}
    assert Version.objects.count() == 2


def test_a_change_from_elsewhere_is_not_joined(scene):
    first = approved_meeting(scene).changes.get()
    actions.start_amendment(first, actor=scene.manager, at=scene.now + DAY)
    scene.now += timedelta(days=2)
    second = approved_meeting(scene).changes.get()
    with pytest.raises(TransitionNotAllowed):
        actions.start_amendment(second, actor=scene.manager, at=scene.now + DAY)
    assert AgreedChange.objects.get(pk=second.pk).amendment == ""


def test_a_change_whose_draft_was_abandoned_may_start_again(scene):
    change = approved_meeting(scene).changes.get()
    version = actions.start_amendment(change, actor=scene.manager, at=scene.now + DAY)
    version.abandon()
    version.save(update_fields=["state"])
    again = actions.start_amendment(change, actor=scene.manager, at=scene.now + 2 * DAY)
    assert AgreedChange.objects.get(pk=change.pk).amendment == again.label == "v1.2"
