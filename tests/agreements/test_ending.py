from datetime import UTC, date, datetime, timedelta

import pytest
from django_fsm import TransitionNotAllowed

from accounts.models import Message, Notice, SigningAuthority
from agreements import actions, ending_paper
from agreements.models import Agreement, Ending, Version
from agreements.signing import Refused
from agreements.terms import Term
from records import pki, vault, verification
from records.models import AuditEntry
from tests.agreements.endings import LAST_DAY, given, notice, proposed, recalled, signed_world
from tests.agreements.rounds import open_round, opened, prepared, sign
from tests.factories import NOON, make_terms, make_version
from tests.race import meet, race

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
END = datetime(2026, 9, 1, tzinfo=UTC)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_a_notice_is_a_sealed_paper_that_cuts_the_version():
    who = signed_world()
    ending = fresh(notice(who, reason="We close the data centre"))

    verdict = verification.check(
        vault.read(ending.document.sha256), roots=[pki.root_certificate()], at=NOON, required=["provider"],
        attachment=(ending_paper.STATEMENT, ending_paper.canonical(ending.statement)),
    )
    assert verdict.problems == []
    assert [(each.person, each.version) for each in verdict.people] == [(who.manager.name, ending.sha256)]
    assert (ending.state, ending.evidence["provider"]["proof"]["method"]) == ("standing", "password")
    assert (fresh(who.version).effective_to, fresh(who.agreement).ends_at) == (END, END)
    assert Notice.objects.filter(recipient=who.head, title__contains="ends Learning platform").exists()
    assert Message.objects.filter(recipient=who.head).exists()


@pytest.mark.parametrize(
    "changes, place",
    [
        ({"kind": "mutual"}, "kind"),
        ({"kind": "cause"}, "reason"),
        ({"party": "neither"}, "party"),
        ({"last_day": date(2026, 8, 3)}, "last_day"),  # 90 days from 6 May are 4 August
        ({"last_day": date(2099, 1, 1)}, "last_day"),
        ({"given": "stale"}, "password"),
    ],
)
def test_a_notice_that_is_refused_changes_nothing(changes, place):
    who = signed_world()
    if changes.get("given"):
        changes = {"given": given(who.manager, at=NOON - timedelta(minutes=6))}
    with pytest.raises(Refused) as error:
        notice(who, **changes)
    assert error.value.place == place
    assert fresh(who.version).effective_to is None and not Ending.objects.exists()


def test_only_authority_on_record_ends_an_agreement():
    who = signed_world()
    with pytest.raises(Refused, match="no authority on record"):
        notice(who, party="client")
    SigningAuthority.objects.filter(user=who.manager).update(until=NOON - DAY)
    with pytest.raises(Refused, match="no authority on record"):
        notice(who)


def test_an_agreement_that_renews_ends_with_a_term_only():
    who = signed_world(Term("2026-05-01", "2027-04-30", "automatic", 12, 90))
    with pytest.raises(Refused, match="with a term only"):
        notice(who, last_day=date(2027, 4, 29))
    notice(who, last_day=date(2027, 4, 30))
    assert fresh(who.version).effective_to == datetime(2027, 5, 1, tzinfo=UTC)


def test_for_cause_it_ends_sooner_and_overtakes_the_notice():
    who = signed_world()
    first = notice(who)
    with pytest.raises(TransitionNotAllowed):
        notice(who, party="client", actor=who.head, last_day=LAST_DAY + DAY)
    notice(who, kind="cause", party="client", actor=who.head, reason="Missed thrice", last_day=date(2026, 5, 6))
    assert fresh(first).state == "overtaken"
    assert fresh(who.version).effective_to == datetime(2026, 5, 7, tzinfo=UTC)


def test_a_change_signed_for_later_never_begins():
    who = signed_world()
    june = datetime(2026, 6, 1, tzinfo=UTC)
    Version.objects.filter(pk=who.version.pk).update(effective_to=june)
    later = make_version(who.agreement, state="executed", minor=1, base=who.version, effective_from=june)
    notice(who, kind="cause", reason="Missed thrice", last_day=date(2026, 5, 10))
    assert (fresh(later).effective_to, fresh(who.version).effective_to) == (june, datetime(2026, 5, 11, tzinfo=UTC))
    assert not Version.objects.in_force(june).exists()


def test_a_round_under_way_is_over_and_everybody_asked_is_told():
    who = signed_world()
    terms = make_terms(term=Term("2026-07-01", None))
    version = make_version(who.agreement, terms=terms, state="ready", minor=1, base=who.version)
    round_ = actions.open_round(
        version, people={"provider-1": who.manager, "client-1": who.head}, deadline=NOON + DAY, actor=who.manager,
        at=NOON,
    )
    notice(who)
    assert (fresh(round_).state, fresh(version).state) == ("invalidated", "ready")
    assert Notice.objects.filter(recipient=who.head, key=f"round:{round_.pk}:ended").exists()
    with pytest.raises(Refused, match="no longer in force"):
        actions.open_round(
            version, people={"provider-1": who.manager, "client-1": who.head}, deadline=NOON + DAY,
            actor=who.manager, at=NOON,
        )
    with pytest.raises(Refused, match="has not ended"):
        actions.amend(who.agreement, reason="business", reason_text="More", actor=who.manager, at=NOON)


def test_what_is_signed_by_all_and_being_sealed_is_waited_for():
    who = signed_world()
    make_version(who.agreement, state="sealing", minor=1, base=who.version, effective_from=END)
    with pytest.raises(Refused, match="being sealed"):
        notice(who)


def test_both_end_it_together_with_two_signatures():
    who = signed_world()
    ending = proposed(who, last_day=date(2026, 5, 31))
    assert fresh(who.version).effective_to is None
    with pytest.raises(TransitionNotAllowed):
        proposed(who)
    with pytest.raises(Refused):
        actions.agree_end(ending, given=given(who.manager), actor=who.manager, at=NOON)
    actions.agree_end(ending, given=given(who.head), actor=who.head, at=NOON)

    ending = fresh(ending)
    verdict = verification.check(
        vault.read(ending.document.sha256), roots=[pki.root_certificate()], at=NOON, required=["provider", "client"]
    )
    assert verdict.problems == [] and ending.evidence.keys() == {"provider", "client"}
    assert (ending.state, fresh(who.agreement).ends_as) == ("standing", "terminated")
    assert fresh(who.version).effective_to == datetime(2026, 6, 1, tzinfo=UTC)


def test_a_rescission_is_named_so():
    who = signed_world()
    ending = proposed(who, kind="rescission", last_day=date(2026, 5, 6))
    actions.agree_end(ending, given=given(who.head), actor=who.head, at=NOON)
    assert fresh(who.agreement).ends_as == "rescinded"


def test_a_proposal_can_be_refused_or_taken_back_and_its_day_may_pass():
    who = signed_world()
    with pytest.raises(Refused, match="Say why"):
        actions.refuse_end(proposed(who), reason=" ", actor=who.head, at=NOON)
    ending = Ending.objects.get()
    assert actions.refuse_end(ending, reason="Not yet", actor=who.head, at=NOON).state == "refused"
    assert actions.take_back(proposed(who), reason="A mistake", actor=who.manager, at=NOON).state == "withdrawn"
    late = proposed(who, last_day=date(2026, 5, 6))
    with pytest.raises(Refused, match="has passed"):
        actions.agree_end(late, given=given(who.head, at=NOON + DAY), actor=who.head, at=NOON + DAY)


def test_receipt_is_confirmed_by_the_other_party_once():
    who = signed_world()
    ending = notice(who)
    with pytest.raises(Refused, match="other party"):
        actions.confirm_receipt(ending, actor=who.manager, at=NOON)
    assert actions.confirm_receipt(ending, actor=who.head, at=NOON).received_by == who.head
    with pytest.raises(TransitionNotAllowed):
        actions.confirm_receipt(ending, actor=who.head, at=NOON)


def test_silence_is_receipt_when_the_next_working_day_is_over_even_when_the_engine_stood_still():
    ending = notice(signed_world())
    over = datetime(2026, 5, 8, tzinfo=UTC)  # given on a Wednesday
    assert actions.conclude_due(now=over - timedelta(seconds=1)) == 0
    assert actions.conclude_due(now=NOON + 30 * DAY) == 1
    assert actions.conclude_due(now=NOON + 30 * DAY) == 0
    assert (fresh(ending).received_at, fresh(ending).received_by) == (over, None)


def test_a_notice_is_taken_back_with_the_consent_of_the_other():
    who = signed_world()
    ending = recalled(who)
    assert fresh(who.version).effective_to == END
    with pytest.raises(Refused):
        actions.answer_recall(ending, consent=True, actor=who.manager, at=NOON + DAY)
    actions.answer_recall(ending, consent=True, actor=who.head, at=NOON + DAY)
    assert (fresh(ending).state, fresh(who.version).effective_to, fresh(who.agreement).ends_at) == (
        "withdrawn", None, None,
    )
    notice(who)  # and it can be given again


def test_without_consent_a_notice_stands():
    who = signed_world()
    ending = actions.answer_recall(recalled(who), consent=False, actor=who.head, at=NOON + DAY)
    assert (fresh(ending).state, fresh(ending).recall_at) == ("standing", None)
    assert fresh(who.version).effective_to == END


def test_after_the_end_nothing_is_taken_back():
    who = signed_world()
    ending = recalled(who)
    with pytest.raises(TransitionNotAllowed):
        actions.answer_recall(ending, consent=True, actor=who.head, at=END)
    with pytest.raises(TransitionNotAllowed):
        notice(who, at=END, kind="cause", reason="x", last_day=date(2026, 9, 1))


def test_the_end_is_recorded_once_and_an_unsigned_change_given_up():
    who = signed_world()
    notice(who)
    draft = make_version(who.agreement, state="draft", minor=1, base=who.version)
    assert actions.conclude_due(now=END - timedelta(seconds=1)) == 1  # its receipt
    assert actions.conclude_due(now=END + 5 * DAY) == 1
    assert actions.conclude_due(now=END + 5 * DAY) == 0
    agreement = fresh(who.agreement)
    assert (agreement.state, agreement.ends_as, agreement.ends_at) == ("ended", "terminated", END)
    assert fresh(draft).state == "abandoned"
    assert AuditEntry.objects.filter(verb="agreement.ended", scope=agreement.reference).count() == 1


def test_a_fixed_term_ends_by_itself():
    who = signed_world(Term("2026-05-01", "2026-12-31", "by_agreement"))
    end = datetime(2027, 1, 1, tzinfo=UTC)
    assert fresh(who.version).holds_until == end
    with pytest.raises(Refused, match="ends by itself"):
        notice(who)
    assert actions.conclude_due(now=end) == 1
    assert (fresh(who.agreement).state, fresh(who.agreement).ends_as) == ("ended", "expired")


def test_what_renews_itself_does_not_end():
    who = signed_world(Term("2026-05-01", "2026-12-31", "automatic", 12, 30))
    assert actions.conclude_due(now=datetime(2030, 1, 1, tzinfo=UTC)) == 0
    assert fresh(who.agreement).state == Agreement.State.ACTIVE


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_notices_at_once_give_one():
    who = signed_world()
    results = race(lambda: notice(who))
    assert sum(isinstance(result, Ending) for result in results) == 1
    assert {type(result) for result in results if not isinstance(result, Ending)} == {TransitionNotAllowed}
    assert Ending.objects.filter(state="standing").count() == 1


def consented(who, ending):
    return actions.answer_recall(ending, consent=True, actor=who.head, at=END - timedelta(hours=1))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_end_that_waited_for_the_consent_does_not_come():
    who = signed_world()
    ending = recalled(who)
    assert meet(lambda: consented(who, ending), lambda: actions.conclude_due(now=END)) == 0
    assert (fresh(who.agreement).state, fresh(who.version).effective_to) == ("active", None)
    assert fresh(ending).state == "withdrawn"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_consent_that_waited_for_the_end_comes_too_late():
    who = signed_world()
    ending = recalled(who)
    outcome = meet(lambda: actions.conclude_due(now=END), lambda: consented(who, ending))
    assert isinstance(outcome, (Refused, TransitionNotAllowed))
    assert (fresh(who.agreement).state, fresh(who.version).effective_to) == ("ended", END)
    assert fresh(ending).state == "standing"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_notice_while_the_last_signature_of_a_change_is_given_settles_on_one():
    """Either the change is concluded first and the notice waits for its seal, or the round is over."""
    who = signed_world()
    terms = make_terms(term=Term("2026-07-01", None))
    who.version = make_version(who.agreement, terms=terms, state="ready", minor=1, base=who.version)
    who.director = who.manager
    prepared(open_round(who))
    opened(who), sign(who), opened(who, "client-1")
    sides = iter([lambda: sign(who, "client-1"), lambda: notice(who)] * 4)
    race(lambda: next(sides)())
    change, stands = fresh(who.version), Ending.objects.filter(state="standing").exists()
    assert (change.state, stands) in [("sealing", False), ("ready", True)]
