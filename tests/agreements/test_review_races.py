"""Acts of a review that meet: each judges what the other wrote, because both hold the version's row.

Real threads on PostgreSQL. One act is kept waiting with its lock held, so that the order is certain.
"""

import pytest
from django_fsm import TransitionNotAllowed

from agreements import actions, reviewing
from agreements import terms as t
from agreements.models import Approval, Comment, Version
from records.models import AuditEntry
from tests.agreements.drafts import in_review, make_template
from tests.factories import NOON
from tests.race import meet, race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def who():
    make_template()
    return in_review()


def state(who):
    return Version.objects.get(pk=who.version.pk).state


def test_the_last_two_approvals_at_once_make_it_ready_once(who):
    people = iter([who.engineer, who.head])

    results = race(lambda: actions.approve(who.version, actor=next(people), at=NOON), runners=2)

    assert all(isinstance(result, Version) for result in results)
    assert state(who) == "ready"
    assert AuditEntry.objects.filter(verb="version.ready").count() == 1


def test_two_approvals_one_waiting_for_the_other_make_it_ready_once(who):
    actions_of = {
        person.pk: lambda person=person: actions.approve(who.version, actor=person, at=NOON)
        for person in (who.engineer, who.head)
    }
    result = meet(actions_of[who.engineer.pk], actions_of[who.head.pk])
    assert result.state == "ready"
    assert AuditEntry.objects.filter(verb="version.ready").count() == 1


def test_an_approval_never_covers_a_text_its_giver_did_not_see(who):
    terms = who.version.read_terms()
    terms.kpis[0].source = "Probe in Oslo"

    result = meet(
        lambda: actions.save_terms(
            who.version, terms=terms, revision=who.version.revision, actor=who.manager, at=NOON
        ),
        lambda: actions.approve(who.version, actor=who.head, at=NOON),
    )

    assert isinstance(result, Exception)
    assert not Approval.objects.exists()


def test_an_edit_after_an_approval_takes_it_out_of_review(who):
    actions.approve(who.version, actor=who.engineer, at=NOON)
    terms = who.version.read_terms()
    terms.kpis[0].source = "Probe in Oslo"

    meet(
        lambda: actions.approve(who.version, actor=who.head, at=NOON),
        lambda: actions.save_terms(
            who.version, terms=terms, revision=who.version.revision, actor=who.manager, at=NOON
        ),
    )

    assert state(who) == "draft"
    assert set(reviewing.open_parts(Version.objects.get())) == {who.engineer.pk, who.head.pk}
    assert Approval.objects.last().parts["kpis"] != t.parts(Version.objects.get().read_terms())["kpis"]


def test_what_blocks_anew_while_the_last_is_settled_holds_it_up(who):
    said = actions.comment(who.version, part="kpis", text="Low", blocking=True, actor=who.head, at=NOON)
    for person in (who.engineer, who.head):
        actions.approve(who.version, actor=person, at=NOON)

    meet(
        lambda: actions.comment(who.version, part="term", text="Long", blocking=True, actor=who.head, at=NOON),
        lambda: actions.settle(said, actor=who.head, at=NOON),
    )

    assert Comment.objects.filter(blocking=True, settled_at=None).count() == 1
    assert state(who) == "in_review"


def test_what_blocks_after_the_last_was_settled_comes_too_late(who):
    """The other order: the text is ready, and nothing hangs on it that nobody will settle."""
    said = actions.comment(who.version, part="kpis", text="Low", blocking=True, actor=who.head, at=NOON)
    for person in (who.engineer, who.head):
        actions.approve(who.version, actor=person, at=NOON)

    outcome = meet(
        lambda: actions.settle(said, actor=who.head, at=NOON),
        lambda: actions.comment(who.version, part="term", text="Long", blocking=True, actor=who.head, at=NOON),
    )

    assert isinstance(outcome, TransitionNotAllowed)
    assert not Comment.objects.filter(blocking=True, settled_at=None).exists()
    assert state(who) == "ready"


def test_a_proposal_is_taken_over_once(who):
    said = actions.comment(
        who.version, part="clause:support", text="", wording="At once.", blocking=False, actor=who.head, at=NOON
    )

    results = race(
        lambda: actions.apply_suggestion(said.suggestion, actor=who.manager, at=NOON), runners=4
    )

    assert sum(isinstance(result, Version) for result in results) == 1
    assert AuditEntry.objects.filter(verb="suggestion.applied").count() == 1


def test_drafts_are_reminded_of_once_by_two_engines(who):
    who.version.drafts.update(due_at=NOON)
    results = race(lambda: actions.remind_reviewers(now=NOON), runners=4)
    assert sorted(results) == [0, 0, 0, 1]
