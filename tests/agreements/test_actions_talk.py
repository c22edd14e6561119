"""What is said in a review: sides, proposals, moved and lost clauses, mails that do not storm."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django_fsm import TransitionNotAllowed

from accounts import outbox
from accounts.models import Message, Notice
from agreements import actions
from agreements import terms as t
from agreements.models import Comment, Suggestion, Version
from agreements.signing import Refused
from records.models import AuditEntry
from tests.agreements.drafts import edited, in_review, seats
from tests.factories import NOON

pytestmark = pytest.mark.django_db

SUPPORT = "clause:support"


def say(who, actor, *, part="kpis", text="Too low", blocking=False, at=NOON, **more):
    return actions.comment(who.version, part=part, text=text, blocking=blocking, actor=actor, at=at, **more)


def propose(who, actor, *, wording="The desk answers at once.", **more):
    return say(who, actor, part=SUPPORT, wording=wording, **more).suggestion


def apply(who, suggestion):
    who.version = actions.apply_suggestion(suggestion, actor=who.manager, at=NOON)
    return who.version


def clause(version):
    return next(each.body for each in version.read_terms().clauses if each.id == "support")


def resubmit(who):
    who.version = actions.submit(who.version, reviewers=seats(who), actor=who.manager, at=NOON)


def without_support(terms):
    terms.clauses = [each for each in terms.clauses if each.id != "support"]


# Among one's own


def test_a_note_among_ones_own_blocks_nobody():
    who = in_review()
    with pytest.raises(Refused) as refused:
        say(who, who.head, side="client", blocking=True)
    assert refused.value.place == "side"
    with pytest.raises(IntegrityError), transaction.atomic():
        Comment.objects.create(
            version=who.version, part="kpis", author=who.head, text="x", at=NOON, side="client", blocking=True
        )


def test_a_reply_stays_among_those_who_read_its_thread():
    who = in_review()
    note = say(who, who.head, side="client")
    assert say(who, who.head, thread=note, text="Ask legal").side == "client"
    shared = say(who, who.head)
    assert say(who, who.manager, thread=shared, side="provider").side == ""


def test_a_note_of_the_client_is_told_to_nobody_of_the_provider():
    who = in_review()
    say(who, who.head, side="client", text="We would take 99.0")
    say(who, who.engineer, side="provider", text="We can do 99.9")
    told = Notice.objects.filter(title__contains="commented").values_list("recipient__name", "text")
    assert list(told) == [("Ines Sommer", "We can do 99.9")]
    assert not Message.objects.filter(recipient__in=[who.manager, who.engineer], body__contains="99.0").exists()
    assert not Message.objects.filter(recipient=who.head, body__contains="99.9").exists()


def test_no_trail_that_both_sides_read_knows_of_it():
    who = in_review()
    note = say(who, who.head, side="client", text="We would take 99.0", part=SUPPORT, wording="At once.")
    actions.settle(note, actor=who.head, at=NOON)
    entries = AuditEntry.objects.filter(verb__startswith="comment.")
    assert {entry.scope for entry in entries} == {f"{who.agreement.reference}:client"}
    assert "99.0" not in str([entry.data for entry in entries]) and "At once" not in str([e.data for e in entries])


# Proposals


def test_a_proposal_is_taken_over_into_the_next_draft():
    who = in_review()
    suggestion = propose(who, who.head)
    assert suggestion.before == clause(who.version)

    version = apply(who, suggestion)

    assert (version.state, version.draft_number, clause(version)) == ("draft", 2, "The desk answers at once.")
    suggestion.refresh_from_db()
    assert (suggestion.state, suggestion.decided_by) == ("applied", who.manager)
    assert suggestion.comment.__class__.objects.get().settled_by == who.manager
    assert Notice.objects.filter(recipient=who.head, title__contains="took your wording over").exists()
    assert who.manager in version.authors.all()
    with pytest.raises(TransitionNotAllowed), transaction.atomic():
        apply(who, suggestion)


def test_who_blocks_with_a_proposal_says_themselves_that_they_were_heard():
    who = in_review()
    apply(who, propose(who, who.head, blocking=True))
    assert Comment.objects.get().settled_at is None


def test_a_proposal_for_a_clause_that_changed_since_is_not_taken_over():
    who = in_review()
    suggestion = propose(who, who.head)
    edited(who, lambda terms: setattr(terms.clauses[1], "body", "Another text."))
    with pytest.raises(Refused), transaction.atomic():
        apply(who, suggestion)
    assert Suggestion.objects.get().state == "open"
    assert clause(Version.objects.get(pk=who.version.pk)) == "Another text."


def test_what_was_written_elsewhere_since_stays():
    who = in_review()
    suggestion = propose(who, who.head)
    edited(who, lambda terms: setattr(terms.kpis[0], "source", "Probe in Oslo"))
    assert apply(who, suggestion).read_terms().kpis[0].source == "Probe in Oslo"
    assert clause(who.version) == "The desk answers at once."


def test_a_proposal_is_declined_with_a_reason_and_the_thread_stays_open():
    who = in_review()
    suggestion = propose(who, who.head)
    with pytest.raises(Refused):
        actions.decline_suggestion(suggestion, reason=" ", actor=who.manager, at=NOON)
    actions.decline_suggestion(suggestion, reason="Nobody can do that", actor=who.manager, at=NOON)
    assert Suggestion.objects.get().reason == "Nobody can do that"
    assert Comment.objects.get().settled_at is None
    assert Notice.objects.filter(recipient=who.head, text="Nobody can do that").exists()
    with pytest.raises(TransitionNotAllowed), transaction.atomic():
        apply(who, suggestion)


@pytest.mark.parametrize(
    ("part", "wording"),
    [("kpis", "x"), (SUPPORT, "{{ secret.key }}"), (SUPPORT, None)],
    ids=["a table has no wording", "no value of the terms", "as it is"],
)
def test_what_is_no_proposal(part, wording):
    who = in_review()
    with pytest.raises(Refused) as refused:
        say(who, who.head, part=part, wording=wording or clause(who.version))
    assert refused.value.place == "wording"
    assert not Comment.objects.exists()


# Drafts come and go


def test_a_remark_on_a_draft_that_was_replaced_is_kept_at_its_part():
    who = in_review()
    edited(who, lambda terms: setattr(terms.clauses[1], "body", "Another text."))
    resubmit(who)
    said = say(who, who.head, part=SUPPORT, seen=1)
    parts = t.parts(who.version.read_terms())
    assert (said.draft_number, said.part) == (1, SUPPORT)
    assert said.digest not in ("", parts[SUPPORT])


def test_a_remark_on_a_clause_that_was_taken_out_meanwhile_is_kept():
    who = in_review()
    edited(who, without_support)
    resubmit(who)
    assert say(who, who.head, part=SUPPORT, seen=1).part == SUPPORT
    with pytest.raises(Refused):
        say(who, who.head, part=SUPPORT, seen=2)


# Mails


def mails(person):
    return Message.objects.filter(recipient=person, group__startswith="talk:")


def test_a_burst_of_remarks_is_one_mail():
    who = in_review()
    for minute, text in enumerate(["First", "Second", "Third"]):
        say(who, who.head, text=text, at=NOON + timedelta(minutes=minute))
    mail = mails(who.manager).get()
    assert mail.next_try_at == NOON + timedelta(minutes=5)
    assert all(text in mail.body for text in ("First", "Second", "Third"))
    assert mail.body.count("You get this mail because") == 1
    assert Notice.objects.filter(recipient=who.manager, title__contains="commented").count() == 3


def test_what_is_said_after_the_mail_left_comes_in_the_next():
    who = in_review()
    say(who, who.head, text="First")
    outbox.claim(now=NOON + timedelta(minutes=6), batch=50)
    assert mails(who.manager).get().state == Message.State.CLAIMED
    say(who, who.head, text="Second", at=NOON + timedelta(minutes=6))
    first, second = mails(who.manager).order_by("pk")
    assert "Second" not in first.body and "Second" in second.body


def test_who_was_held_up_hears_that_it_is_settled():
    who = in_review()
    said = say(who, who.head, blocking=True)
    actions.settle(said, actor=who.head, at=NOON)
    assert Notice.objects.filter(recipient=who.manager, title__contains="settled what held up").exists()
    assert not Notice.objects.filter(recipient=who.head, title__contains="settled").exists()


def test_a_mail_that_asks_for_a_word_is_taken_back_with_the_draft():
    who = in_review()
    actions.recall(who.version, actor=who.manager, at=NOON)
    asked = Message.objects.filter(subject__startswith="Please review").values_list("state", flat=True)
    assert set(asked) == {"cancelled"}


def test_the_next_draft_says_what_differs_from_what_one_approved():
    who = in_review()
    actions.approve(who.version, actor=who.head, at=NOON)
    edited(who, lambda terms: setattr(terms.clauses[1], "body", "Another text."))
    resubmit(who)
    text = Notice.objects.filter(recipient=who.head, title__startswith="Please review").first().text
    assert text.startswith("Draft 2 of") and "1 part differs from what you approved: Support." in text
    assert "asks for your approval" in Notice.objects.filter(recipient=who.engineer).first().text
