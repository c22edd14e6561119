import pytest

from agreements import actions, needs
from agreements.grants import load
from tests.agreements.drafts import edited, in_review, make_house, seats
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def waits(person):
    return [need.verb for need in needs.for_user(person, load(person, NOON), NOON)]


def test_a_question_until_it_is_answered_and_decided():
    who = make_house()
    asked = actions.ask_requirement(who.service, client=who.client, asked_of=who.head, actor=who.manager, at=NOON)
    assert (waits(who.head), waits(who.manager)) == (["Answer"], [])
    asked = actions.state_requirement(asked, text="Reachable", why="", priority="must", actor=who.head, at=NOON)
    assert (waits(who.head), waits(who.manager)) == ([], ["Decide"])
    actions.accept_requirement(asked, actor=who.manager, at=NOON)
    assert waits(who.manager) == []


def test_a_review_until_everything_is_approved():
    who = in_review()
    assert waits(who.engineer) == waits(who.head) == ["Read and comment"]
    actions.approve(who.version, actor=who.head, at=NOON)
    assert waits(who.head) == []

    edited(who, lambda terms: setattr(terms.clauses[1], "body", "Other"))
    assert waits(who.manager) == ["Go on writing"]
    assert waits(who.head) == []
    actions.submit(who.version, reviewers=seats(who), actor=who.manager, at=NOON)
    assert waits(who.head) == ["Read and comment"]


def test_a_comment_waits_for_the_owner_until_it_is_settled():
    who = in_review()
    said = actions.comment(who.version, part="kpis", text="Why?", blocking=True, actor=who.head, at=NOON)
    assert waits(who.manager) == ["Read and answer"]
    actions.settle(said, actor=who.head, at=NOON)
    assert waits(who.manager) == []


@pytest.mark.parametrize("questions", [1, 3])
def test_the_same_number_of_queries_for_one_and_three_questions(questions, django_assert_num_queries):
    who = in_review()
    for _ in range(questions):
        actions.ask_requirement(
            who.service, client=who.client, asked_of=who.head, actor=who.manager, at=NOON
        )
    grants = load(who.head, NOON)
    with django_assert_num_queries(7):
        assert len(needs.for_user(who.head, grants, NOON)) == questions + 1
