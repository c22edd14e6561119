"""Who reviews, changed while it is in review; reminders; approval part by part."""

from datetime import timedelta

import pytest
from django.db import transaction
from django_fsm import TransitionNotAllowed

from accounts.models import Notice, Role
from agreements import actions, needs, reviewing
from agreements import terms as t
from agreements.grants import load
from agreements.models import Draft, Version
from agreements.signing import Refused
from tests.agreements.drafts import complete, in_review, seats
from tests.factories import NOON, make_member

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def seat(who, *reviewers):
    who.version = actions.seat_reviewers(who.version, reviewers=reviewers, actor=who.manager, at=NOON)
    return who.version


def due_in(days, who=None):
    who = who or complete()
    who.version = actions.submit(
        who.version, reviewers=seats(who), actor=who.manager, at=NOON, due_at=NOON + days * DAY
    )
    return who


def reminders():
    return list(Notice.objects.filter(title__startswith="Reminder").values_list("recipient__name", flat=True))


def test_a_reviewer_is_replaced_and_the_new_one_is_asked():
    who = in_review()
    other = make_member(who.client, Role.CLIENT, name="Nadia Fenn")
    actions.approve(who.version, actor=who.engineer, at=NOON)
    seat(who, (who.engineer, "provider", True), (other, "client", True))
    assert set(reviewing.open_parts(who.version)) == {other.pk}
    assert Notice.objects.filter(recipient=other, title__startswith="Please review").exists()
    with pytest.raises(Refused):
        actions.approve(who.version, actor=who.head, at=NOON)


def test_the_last_who_was_waited_for_leaves_and_it_is_ready():
    who = in_review()
    other = make_member(who.client, Role.CLIENT)
    seat(who, *seats(who), (other, "client", True))
    for person in (who.engineer, who.head):
        who.version = actions.approve(who.version, actor=person, at=NOON)
    assert who.version.state == "in_review"
    assert seat(who, *seats(who)).state == "ready"


def test_whose_account_is_closed_holds_it_up_until_somebody_else_is_named():
    who = in_review()
    actions.approve(who.version, actor=who.engineer, at=NOON)
    who.head.is_active = False
    who.head.save()
    with pytest.raises(Refused), transaction.atomic():
        seat(who, *seats(who))
    with pytest.raises(Refused, match="closed"), transaction.atomic():
        actions.remind_reviewer(who.version.reviewers.get(user=who.head), actor=who.manager, at=NOON)
    other = make_member(who.client, Role.CLIENT)
    seat(who, (who.engineer, "provider", True), (other, "client", True))
    assert actions.approve(who.version, actor=other, at=NOON).state == "ready"


def test_both_parties_keep_a_judge_and_only_in_review():
    who = in_review()
    with pytest.raises(Refused), transaction.atomic():
        seat(who, (who.engineer, "provider", True))
    actions.recall(who.version, actor=who.manager, at=NOON)
    with pytest.raises(TransitionNotAllowed), transaction.atomic():
        seat(who, *seats(who))


def test_parts_are_approved_one_after_the_other():
    who = in_review()
    parts = t.parts(who.version.read_terms())
    actions.approve(who.version, actor=who.engineer, at=NOON)
    actions.approve(who.version, actor=who.head, at=NOON, parts=["kpis"])
    assert set(reviewing.open_parts(who.version)[who.head.pk]) == parts.keys() - {"kpis"}
    rest = [part for part in parts if part != "kpis"]
    assert actions.approve(who.version, actor=who.head, at=NOON, parts=rest).state == "ready"


@pytest.mark.parametrize("parts", [[], ["kpis", "clause:none"]])
def test_parts_that_cannot_be_approved(parts):
    who = in_review()
    with pytest.raises(Refused) as refused:
        actions.approve(who.version, actor=who.head, at=NOON, parts=parts)
    assert refused.value.place == "parts"


def test_an_approval_is_of_the_text_its_giver_has_before_them():
    """Without a revision it is the one of the row they hold: an edit that came between is not covered."""
    who = in_review()
    read = Version.objects.get(pk=who.version.pk)
    Version.objects.filter(pk=read.pk).update(revision=read.revision + 1)
    with pytest.raises(actions.Stale):
        actions.approve(read, actor=who.head, at=NOON)


def test_they_are_reminded_once_when_a_day_is_left():
    who = due_in(5)
    actions.approve(who.version, actor=who.engineer, at=NOON)
    assert actions.remind_reviewers(now=NOON + 3 * DAY) == 0
    assert actions.remind_reviewers(now=NOON + 4 * DAY) == 1
    assert reminders() == ["Amara Lindqvist"]
    assert actions.remind_reviewers(now=NOON + 5 * DAY) == 0


def test_after_a_long_stop_they_are_reminded_once():
    due_in(5)
    assert [actions.remind_reviewers(now=NOON + day * DAY) for day in (40, 41, 42)] == [1, 0, 0]
    assert len(reminders()) == 2


def test_nobody_is_reminded_of_a_draft_that_was_taken_back():
    who = due_in(5)
    actions.recall(who.version, actor=who.manager, at=NOON)
    assert actions.remind_reviewers(now=NOON + 9 * DAY) == 0
    due_in(9, who)
    assert actions.remind_reviewers(now=NOON + 9 * DAY) == 1
    assert Draft.objects.get(number=1).reminded_at is None


def test_a_day_that_is_over_is_no_day_to_ask_for():
    with pytest.raises(Refused) as refused:
        due_in(0)
    assert refused.value.place == "due_at"


def test_the_manager_reminds_once_a_day():
    who = in_review()
    reviewer = who.version.reviewers.get(user=who.head)
    actions.remind_reviewer(reviewer, actor=who.manager, at=NOON)
    with pytest.raises(Refused, match="today already"), transaction.atomic():
        actions.remind_reviewer(reviewer, actor=who.manager, at=NOON)
    actions.approve(who.version, actor=who.head, at=NOON)
    with pytest.raises(Refused, match="approved already"), transaction.atomic():
        actions.remind_reviewer(reviewer, actor=who.manager, at=NOON + DAY)


def test_what_waits_for_reviewer_and_owner():
    who = due_in(5)

    def titles(person, now):
        return {need.title: need.due for need in needs.for_user(person, load(person, now), now)}

    assert titles(who.head, NOON)["Review Learning platform"] == NOON + 5 * DAY
    late = "The review of Learning platform is late"
    assert late not in titles(who.manager, NOON + 4 * DAY)
    assert late in titles(who.manager, NOON + 5 * DAY)
