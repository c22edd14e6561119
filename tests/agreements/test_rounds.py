"""Opening a round, looking after it, and every way it ends without being complete."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django_fsm import TransitionNotAllowed

from accounts.models import Message, Notice, User
from agreements import actions, terms
from agreements.models import Agreement, Involvement, Round, Slot, Version
from agreements.signing import Refused
from records.models import AuditEntry
from tests.agreements.rounds import (
    DEADLINE,
    SECOND,
    executed,
    make_parties,
    make_ready,
    open_round,
    opened,
    prepared,
    sign,
    slot,
)
from tests.factories import NOON, make_authority, make_member, make_terms
from tests.race import race

pytestmark = pytest.mark.django_db


def states(who):
    return list(who.round.slots.order_by("pk").values_list("key", "state"))


def told(key):
    return sorted(Notice.objects.filter(key=key).values_list("recipient__name", flat=True))


def verbs():
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def fresh(who):
    return Round.objects.get(pk=who.round.pk), Version.objects.get(pk=who.version.pk)


def test_opening_freezes_the_text_and_asks_nobody_yet():
    who = open_round()
    round_, version = fresh(who)

    assert (round_.state, round_.number, round_.document) == ("open", 1, None)
    assert version.state == "signing"
    assert version.terms_sha256 == terms.digest(version.read_terms())
    assert version.effective_from.isoformat() == "2026-05-01T00:00:00+00:00"
    assert states(who) == [("provider-1", "waiting"), ("client-1", "waiting")]
    assert (Notice.objects.count(), Involvement.objects.count()) == (0, 0)
    entry = AuditEntry.objects.get(verb="round.opened")
    assert (entry.actor, entry.at, entry.scope) == (who.manager, NOON, who.agreement.reference)
    assert entry.data["terms_sha256"] == version.terms_sha256


def test_the_text_is_signed_under_its_own_number_and_version():
    text = make_terms()
    text.agreement.version = "v9.9"
    who = open_round(make_ready(terms=text, major=2))
    document = fresh(who)[1].read_terms()
    assert (document.agreement.reference, document.agreement.version) == (who.agreement.reference, "v2.0")


@pytest.mark.parametrize("change", [{"terms": {}}, {"minor": 7}, {"terms_sha256": "0" * 64}, {"effective_from": None}])
def test_the_database_refuses_to_change_what_is_being_signed(change):
    who = open_round()
    with pytest.raises(DatabaseError, match="keeps its history"), transaction.atomic():
        Version.objects.filter(pk=who.version.pk).update(**change)


@pytest.mark.parametrize("state", ["draft", "in_review", "signing", "sealing", "executed", "abandoned"])
def test_only_a_ready_version_can_be_sent(state):
    who = make_ready()
    Version.objects.filter(pk=who.version.pk).update(
        **{"state": state, "terms_sha256": "0" * 64, "effective_from": NOON}
    )
    with pytest.raises(TransitionNotAllowed):
        open_round(who)
    assert Round.objects.count() == 0


@pytest.mark.parametrize("deadline", [NOON, NOON - SECOND])
def test_the_deadline_lies_in_the_future(deadline):
    with pytest.raises(Refused) as error:
        open_round(deadline=deadline)
    assert error.value.place == "deadline"


@pytest.mark.parametrize("spoil", [
    lambda who: who.head.authorities.all().delete(),
    lambda who: who.head.authorities.update(until=NOON),
    lambda who: who.head.authorities.update(since=NOON + SECOND),
    lambda who: who.head.authorities.update(organisation=who.provider),
    lambda who: User.objects.filter(pk=who.head.pk).update(is_active=False),
])
def test_each_person_has_authority_now_in_the_right_organisation(spoil):
    who = make_ready()
    spoil(who)
    with pytest.raises(Refused) as error:
        open_round(who)
    assert error.value.place == "client-1"
    assert Version.objects.get().state == "ready"


def test_every_slot_has_a_person_and_nobody_signs_twice():
    who = make_ready()
    with pytest.raises(Refused) as missing:
        open_round(who, people={"provider-1": who.director})
    make_authority(who.director, who.client)
    with pytest.raises(Refused, match="can sign once only"):
        open_round(who, people={"provider-1": who.director, "client-1": who.director})
    assert missing.value.place == "client-1"


def test_step_one_is_asked_when_the_document_is_in_the_vault():
    who = prepared()

    assert states(who) == [("provider-1", "invited"), ("client-1", "waiting")]
    assert told(f"slot:{slot(who).pk}:invited") == ["Helen Marsh"]
    assert Message.objects.get().address == who.director.email
    assert Involvement.objects.get().user == who.director
    assert verbs()[-3:] == ["document.stored", "round.prepared", "slot.invited"]


def test_withdrawing_ends_the_round_for_everybody():
    who = prepared()
    opened(who)
    sign(who)
    actions.withdraw(who.round, reason="Wrong annex", actor=who.manager, at=NOON)

    round_, version = fresh(who)
    assert (round_.state, round_.reason, round_.closed_at) == ("withdrawn", "Wrong annex", NOON)
    assert (version.state, version.prepared) == ("ready", None)
    assert states(who) == [("provider-1", "signed"), ("client-1", "cancelled")]
    assert told(f"round:{round_.pk}:ended") == ["Amara Lindqvist", "Helen Marsh", "Ines Sommer"]
    # The invitation that was not claimed yet is pointless now.
    assert set(Message.objects.filter(key__contains="invited").values_list("state", flat=True)) == {"cancelled"}
    assert AuditEntry.objects.get(verb="round.withdrawn").data["reason"] == "Wrong annex"


def test_withdrawing_needs_a_reason():
    who = prepared()
    with pytest.raises(Refused) as error:
        actions.withdraw(who.round, reason=" ", actor=who.manager, at=NOON)
    assert error.value.place == "reason"


def test_a_declined_round_ends_for_everybody():
    who = prepared()
    opened(who)
    sign(who)
    actions.decline(opened(who, "client-1"), reason="Credits too low", actor=who.head, at=NOON)

    round_, version = fresh(who)
    assert (round_.state, version.state) == ("declined", "ready")
    assert states(who) == [("provider-1", "signed"), ("client-1", "declined")]
    assert told(f"round:{round_.pk}:ended") == ["Amara Lindqvist", "Helen Marsh", "Ines Sommer"]
    assert "Credits too low" in Notice.objects.filter(key=f"round:{round_.pk}:ended").first().text
    assert AuditEntry.objects.get(verb="slot.declined").actor == who.head


def test_declining_is_for_the_person_asked_and_needs_a_reason():
    who = prepared()
    with pytest.raises(Refused):
        actions.decline(slot(who), reason="No", actor=who.manager, at=NOON)
    with pytest.raises(Refused) as error:
        actions.decline(slot(who), reason="", actor=who.director, at=NOON)
    with pytest.raises(TransitionNotAllowed):
        actions.decline(slot(who, "client-1"), reason="No", actor=who.head, at=NOON)
    assert error.value.place == "reason"
    assert fresh(who)[0].state == "open"


def test_a_round_lapses_at_its_deadline_and_not_before():
    who = prepared()
    assert actions.lapse_due(now=DEADLINE - SECOND) == 0
    assert actions.lapse_due(now=DEADLINE) == 1
    assert actions.lapse_due(now=DEADLINE) == 0

    round_, version = fresh(who)
    assert (round_.state, round_.closed_at, version.state) == ("lapsed", DEADLINE, "ready")
    assert states(who) == [("provider-1", "cancelled"), ("client-1", "cancelled")]
    assert AuditEntry.objects.get(verb="round.lapsed").actor is None


@pytest.mark.parametrize("end", [
    lambda who: actions.withdraw(who.round, reason="x", actor=who.manager, at=NOON),
    lambda who: actions.decline(slot(who), reason="x", actor=who.director, at=NOON),
    lambda who: actions.reassign(slot(who), person=who.manager, actor=who.manager, at=NOON),
    lambda who: actions.remind(slot(who), actor=who.manager, at=NOON),
    lambda who: actions.open_slot(slot(who), actor=who.director, at=NOON),
    lambda who: sign(who),
])
def test_nothing_happens_to_a_round_that_is_over(end):
    who = prepared()
    actions.lapse_due(now=DEADLINE)
    before = AuditEntry.objects.count()
    with pytest.raises(TransitionNotAllowed):
        end(who)
    assert AuditEntry.objects.count() == before


def test_after_a_failed_round_everybody_signs_a_fresh_document():
    who = prepared()
    opened(who)
    sign(who)
    first = fresh(who)[0]
    actions.withdraw(who.round, reason="x", actor=who.manager, at=NOON)
    again = prepared(open_round(who, at=NOON + SECOND), at=NOON + SECOND)

    assert again.round.number == 2
    assert again.round.document != first.document
    assert states(again) == [("provider-1", "invited"), ("client-1", "waiting")]
    assert again.round.version.terms_sha256 == first.version.terms_sha256


def test_reminding_goes_to_who_is_asked_once_a_day():
    who = prepared()
    actions.remind(slot(who), actor=who.manager, at=NOON)
    with pytest.raises(Refused, match="reminded today"):
        actions.remind(slot(who), actor=who.manager, at=NOON + SECOND)
    actions.remind(slot(who), actor=who.manager, at=NOON + timedelta(days=1))
    with pytest.raises(TransitionNotAllowed):
        actions.remind(slot(who, "client-1"), actor=who.manager, at=NOON)
    assert AuditEntry.objects.filter(verb="slot.reminded").count() == 2


DAY = timedelta(days=1)


def reminded(who):
    return list(AuditEntry.objects.filter(verb="slot.reminded").order_by("pk").values_list("data__person", "at"))


def test_the_portal_reminds_by_itself_until_somebody_signs():
    who = prepared()
    for day in range(10):
        for _twice in range(2):
            actions.remind_signers(now=NOON + day * DAY)
    assert reminded(who) == [(who.director.email, NOON + day * DAY) for day in (5, 7, 9)]
    assert AuditEntry.objects.filter(verb="slot.reminded").first().actor is None
    assert Message.objects.filter(subject__startswith="Reminder").count() == 3


def test_a_signature_ends_the_reminders_and_begins_those_of_the_next():
    who = prepared()
    opened(who)
    sign(who, at=NOON + 2 * DAY)
    for day in range(3, 10):
        actions.remind_signers(now=NOON + day * DAY)
    # Asked on day 2: five days on is day 7, which is three days before the end as well.
    assert reminded(who) == [(who.head.email, NOON + day * DAY) for day in (7, 9)]


def test_after_a_stop_of_any_length_there_is_one_reminder():
    who = prepared()
    assert [actions.remind_signers(now=NOON + 8 * DAY + n * SECOND) for n in range(3)] == [1, 0, 0]
    assert len(reminded(who)) == 1


@pytest.mark.parametrize("end", [
    lambda who: actions.withdraw(who.round, reason="x", actor=who.manager, at=NOON),
    lambda who: actions.decline(slot(who), reason="x", actor=who.director, at=NOON),
    lambda who: actions.lapse_due(now=DEADLINE),
])
def test_a_round_that_ended_reminds_nobody(end):
    who = prepared()
    end(who)
    assert [actions.remind_signers(now=NOON + day * DAY) for day in (5, 9, 20)] == [0, 0, 0]


def test_who_was_reminded_by_hand_is_not_reminded_again_that_day():
    who = prepared()
    actions.remind(slot(who), actor=who.manager, at=NOON + 5 * DAY - SECOND)
    assert actions.remind_signers(now=NOON + 5 * DAY) == 0
    assert actions.remind_signers(now=NOON + 7 * DAY) == 1


def test_the_owner_hears_once_that_the_time_ends():
    who = prepared()
    for hours in (25, 24, 23, 1, 0):
        actions.remind_signers(now=DEADLINE - timedelta(hours=hours))
    notice = Notice.objects.get(key=f"round:{who.round.pk}:closing")
    assert (notice.recipient, notice.created_at) == (who.manager, DEADLINE - DAY)
    assert "Still to sign: Helen Marsh, Amara Lindqvist" in notice.text


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_sweeps_remind_once():
    who = prepared()
    assert sum(race(lambda: actions.remind_signers(now=NOON + 5 * DAY))) == 1
    assert len(reminded(who)) == 1


def test_a_seat_passes_to_another_person_and_the_round_goes_on():
    who = prepared()
    old = slot(who)
    new = actions.reassign(old, person=who.manager, actor=who.manager, at=NOON)

    assert [(each.person, each.state) for each in Slot.objects.filter(key="provider-1").order_by("pk")] == [
        (who.director, "reassigned"), (who.manager, "invited"),
    ]
    assert fresh(who)[0].state == "open"
    assert not Involvement.objects.filter(user=who.director).exists()
    assert told(f"slot:{new.pk}:invited") == ["Ines Sommer"]
    entry = AuditEntry.objects.get(verb="slot.reassigned")
    assert (entry.data["before"], entry.data["after"]) == (who.director.email, who.manager.email)
    opened(who)
    assert sign(who).person == who.manager


def test_a_seat_passes_only_to_somebody_with_authority_who_has_no_other():
    who = prepared()
    with pytest.raises(Refused) as error:
        actions.reassign(slot(who), person=make_member(who.provider, "provider"), actor=who.manager, at=NOON)
    make_authority(who.head, who.provider)
    with pytest.raises(Refused, match="signs in this round already"):
        actions.reassign(slot(who), person=who.head, actor=who.manager, at=NOON)
    assert error.value.place == "person"


def test_a_signed_seat_stays_where_it_is():
    who = prepared()
    opened(who)
    sign(who)
    with pytest.raises(TransitionNotAllowed):
        actions.reassign(slot(who), person=who.manager, actor=who.manager, at=NOON)


def amended(who):
    version = actions.amend(who.agreement, reason="business", reason_text="More", actor=who.manager, at=NOON)
    # Its review is another story.
    Version.objects.filter(pk=version.pk).update(**{"state": "ready"})
    who.version = Version.objects.get(pk=version.pk)
    return who


def test_a_change_is_signed_before_it_begins():
    who = amended(executed())
    start = who.version.read_terms().term.effective_from
    with pytest.raises(Refused) as error:
        open_round(who, deadline=NOON + timedelta(days=60))
    assert start == "2026-06-01"
    assert error.value.place == "deadline"
    assert open_round(who, deadline=NOON + timedelta(days=20)).round.state == "open"


def test_a_change_needs_the_version_it_changes():
    who = amended(executed())
    Agreement.objects.update(ends_at=NOON + SECOND, ends_as="terminated")
    with pytest.raises(Refused, match="no longer in force"):
        open_round(who)


def test_a_change_whose_base_ended_meanwhile_is_signed_by_nobody():
    who = prepared(open_round(amended(executed())))
    opened(who)
    Agreement.objects.update(ends_at=NOON + SECOND, ends_as="terminated")
    with pytest.raises(Refused, match="no longer in force"):
        sign(who)
    assert slot(who).state == "opened"


def test_two_agreements_can_be_signed_at_once():
    who = make_parties()
    first, second = open_round(make_ready(who)).round, open_round(make_ready(who)).round
    assert {first.state, second.state} == {"open"}
