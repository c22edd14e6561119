import pytest
from django.db import transaction
from django_fsm import TransitionNotAllowed

from accounts.models import Notice, Role
from agreements import actions, approval, reviewing
from agreements import terms as t
from agreements.models import Agreement, Approval, Comment, Involvement, Version
from agreements.signing import Refused
from records.models import AuditEntry
from tests.agreements.drafts import agreed, complete, drafted, edited, in_review, seats
from tests.factories import NOON, join, make_member, make_signed, make_user

pytestmark = pytest.mark.django_db


def verbs():
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def submit(who, reviewers=None):
    return actions.submit(
        who.version, reviewers=seats(who) if reviewers is None else reviewers, actor=who.manager, at=NOON
    )


def say(who, actor, *, part="kpis", blocking=True, thread=None, text="Too low"):
    return actions.comment(who.version, part=part, text=text, blocking=blocking, thread=thread, actor=actor, at=NOON)


def approve(who, actor, **kwargs):
    who.version = actions.approve(who.version, actor=actor, at=NOON, **kwargs)
    return who.version


def state(who):
    return Version.objects.get(pk=who.version.pk).state


def raise_target(terms):
    terms.kpis[0].target = "99.6"
    terms.credits = []


def reword(terms):
    terms.clauses[1].body = "Another text."


def test_a_draft_is_sent_to_both_parties():
    who = in_review()

    assert state(who) == "in_review"
    assert Agreement.objects.get().shared_at == NOON
    assert set(Involvement.objects.filter(capacity="reviewer").values_list("user", flat=True)) == {
        who.engineer.pk,
        who.head.pk,
    }
    assert Notice.objects.filter(title="Please review: Learning platform").count() == 2
    assert who.version.drafts.get().terms == who.version.terms
    assert verbs()[-1] == "version.submitted"


def test_errors_stop_the_review():
    who = edited(complete(), lambda terms: setattr(terms.review, "interval_months", 13))
    with pytest.raises(actions.Unready) as unready, transaction.atomic():
        submit(who)
    assert [each.code for each in unready.value.findings] == ["review-interval"]
    assert state(who) == "draft" and Agreement.objects.get().shared_at is None


def test_warnings_do_not():
    who = drafted()
    submit(who)
    assert state(who) == "in_review"


@pytest.mark.parametrize(
    "reviewers",
    [
        lambda who: [],
        lambda who: [(who.head, "client", True)],
        lambda who: [(who.engineer, "provider", True), (who.head, "client", False)],
        lambda who: [(who.engineer, "provider", True), (who.engineer, "client", True)],
        lambda who: [(who.engineer, "provider", True), (who.manager, "client", True)],
        lambda who: [(make_user(), "provider", True), (who.head, "client", True)],
    ],
)
def test_who_may_not_review(reviewers):
    who = complete()
    with pytest.raises(Refused) as refused, transaction.atomic():
        submit(who, reviewers(who))
    assert refused.value.place == "reviewers"
    assert state(who) == "draft"


def test_authors_alone_never_judge():
    who = complete()
    join(who.engineer, who.client, Role.CLIENT)
    edited(who, reword, actor=who.engineer)
    with pytest.raises(Refused), transaction.atomic():
        submit(who, [(who.manager, "provider", True), (who.engineer, "client", True)])


def test_when_everybody_asked_approved_it_is_ready():
    who = in_review()
    assert approve(who, who.engineer).state == "in_review"
    assert approve(who, who.head, remark="Fine").state == "ready"
    assert Notice.objects.filter(recipient=who.manager, title__endswith="is agreed by everybody asked").exists()
    assert verbs()[-3:] == ["version.approved", "version.approved", "version.ready"]
    assert Approval.objects.last().parts == t.parts(who.version.read_terms())


def test_only_reviewers_approve_and_only_in_review():
    who = in_review()
    with pytest.raises(Refused):
        approve(who, who.manager)
    agreed(who)
    with pytest.raises(TransitionNotAllowed):
        approve(who, who.head)


def test_an_approval_is_of_the_text_that_was_read():
    who = in_review()
    with pytest.raises(actions.Stale):
        approve(who, who.head, revision=1)
    assert approve(who, who.head, revision=who.version.revision)


def test_an_edit_uncovers_only_what_it_touched():
    who = edited(agreed(), reword)
    missing = {
        seat.user_id: approval.uncovered(t.parts(who.version.read_terms()), seat)
        for seat in reviewing.seats(who.version)
    }
    assert missing == {who.engineer.pk: ["clause:support"], who.head.pk: ["clause:support"]}

    submit(who)
    assert state(who) == "in_review"
    assert Notice.objects.filter(recipient=who.head, title__startswith="Please review").count() == 2
    agreed(who)


def test_an_edit_taken_back_leaves_nothing_to_approve():
    who = agreed()
    before = who.version.read_terms().clauses[1].body
    edited(who, reword)
    edited(who, lambda terms: setattr(terms.clauses[1], "body", before))
    assert submit(who).state == "ready"


def test_a_blocking_comment_holds_the_approval():
    who = in_review()
    said = say(who, who.head)
    reply = say(who, who.manager, thread=said, part="", text="We can do 99.6")
    assert (reply.part, reply.blocking, reply.thread) == ("kpis", False, said)
    approve(who, who.engineer)
    assert approve(who, who.head).state == "in_review"

    actions.settle(reply, actor=who.head, at=NOON)

    assert state(who) == "ready"
    assert Comment.objects.get(pk=said.pk).settled_by == who.head
    assert verbs()[-2:] == ["comment.settled", "version.ready"]


def test_nobody_settles_anothers_blocking_comment_by_their_own_reply():
    who = in_review()
    said = say(who, who.head)
    reply = say(who, who.manager, thread=said, part="", text="We can do 99.6")
    with pytest.raises(Refused, match=who.head.name):
        actions.settle(reply, actor=who.manager, at=NOON)
    assert Comment.objects.get(pk=said.pk).settled_at is None


def test_another_comment_does_not():
    who = in_review()
    say(who, who.head, blocking=False)
    agreed(who)


def test_who_hears_of_a_comment():
    who = in_review()
    said = say(who, who.head)
    say(who, who.engineer, thread=said, text="Why?")
    heard = Notice.objects.filter(title__contains="commented")
    assert sorted(heard.values_list("recipient__name", flat=True)) == [
        "Amara Lindqvist",
        "Ines Sommer",
        "Ines Sommer",
    ]


def test_what_cannot_be_said():
    who = in_review()
    for wrong in ({"text": " "}, {"part": "clause:none"}):
        with pytest.raises(Refused):
            say(who, who.head, **wrong)
    said = say(who, who.head)
    actions.settle(said, actor=who.head, at=NOON)
    with pytest.raises(TransitionNotAllowed):
        say(who, who.head, thread=said)
    with pytest.raises(TransitionNotAllowed):
        actions.settle(said, actor=who.head, at=NOON)


def test_nothing_is_said_before_it_was_sent_nor_after_it_is_agreed():
    with pytest.raises(TransitionNotAllowed):
        say(who := complete(), who.manager)
    who = agreed(in_review(who))
    with pytest.raises(TransitionNotAllowed):
        say(who, who.head)


def test_changes_are_asked_for_with_a_reason():
    who = in_review()
    with pytest.raises(Refused):
        actions.request_changes(who.version, reason=" ", actor=who.head, at=NOON)

    version = actions.request_changes(who.version, reason="Longer hours", actor=who.head, at=NOON)

    assert (version.state, version.draft_number) == ("draft", 2)
    assert Notice.objects.filter(recipient=who.manager, text="Longer hours").exists()
    assert verbs()[-1] == "version.changes_requested"
    say(who, who.head)  # it can still be talked about


def test_a_draft_is_taken_back():
    who = in_review()
    assert actions.recall(who.version, actor=who.manager, at=NOON).state == "draft"
    assert verbs()[-1] == "version.recalled"
    with pytest.raises(TransitionNotAllowed):
        actions.recall(who.version, actor=who.manager, at=NOON)


def test_a_signed_version_is_not_reviewed():
    _agreement, version = make_signed()
    for act in (
        lambda: actions.recall(version, actor=version.created_by, at=NOON),
        lambda: actions.request_changes(version, reason="x", actor=version.created_by, at=NOON),
        lambda: actions.submit(version, reviewers=[], actor=version.created_by, at=NOON),
    ):
        with pytest.raises(TransitionNotAllowed), transaction.atomic():
            act()


def test_who_is_no_reviewer_any_more_is_not_named():
    who = in_review()
    other = make_member(who.provider, Role.ESCALATION)
    actions.recall(who.version, actor=who.manager, at=NOON)
    submit(who, [(other, "provider", True), (who.head, "client", True)])
    named = Involvement.objects.filter(capacity="reviewer").values_list("user", flat=True)
    assert set(named) == {other.pk, who.head.pk}
