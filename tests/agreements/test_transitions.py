"""The life of a signed version as one table: each numbered transition by its act, and what holds it back.

Numbers as in the research on contracts: 1-6 the text, 7-10 and 26 one signature, 11-14 a round that ends, 15-17 the
signed version, 18-20 its end by notice or by both, 21-23 renewal and replacement, 24 and 25 hold and disposal of its
files. Who may press the button is in the access tables; here it is who the record names. Where the portal's own rules
differ, they win: a failed round puts the text back to READY (13), from where it is edited again as the next draft of
the same version (14); a renewal by agreement is a change that begins where the term ends (22).
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction
from django_fsm import TransitionNotAllowed

from agreements import actions, lifecycle
from agreements.lifecycle import Life
from agreements.models import Agreement, Ending, Round, Slot, Version
from agreements.signing import Refused
from records import actions as records
from records import vault
from records.models import AuditEntry, Disposal, Hold
from tests.agreements import drafts, endings, later, retaining, rounds
from tests.agreements.rounds import DEADLINE, SECOND, opened, prepared, sign, slot
from tests.factories import MAY, NOON, make_authority, make_member, make_signed, make_version


@dataclass
class Move:
    """One line of the table. `held_back` are attempts that leave everything as it was; `act` then works."""

    number: int
    what: str
    source: str | None
    target: str
    start: Callable
    act: Callable
    verb: str
    by: str | None
    held_back: list[Callable] = field(default_factory=list)


def signed():
    agreement, version = make_signed()
    return SimpleNamespace(agreement=agreement, version=version, manager=agreement.owner)


def reading():
    who = prepared()
    opened(who)
    return who


def half_signed():
    who = reading()
    sign(who)
    opened(who, "client-1")
    return who


def failed():
    who = prepared()
    actions.withdraw(who.round, reason="x", actor=who.manager, at=NOON)
    return who


def replaced():
    """The seat of the director, and somebody else of the same side with authority."""
    who = prepared()
    who.deputy = make_member(who.provider, "provider", name="Deputy")
    make_authority(who.deputy, who.provider)
    who.other = make_member(who.provider, "provider", name="Other")
    return who


def approve(who):
    for person in (who.engineer, who.head):
        actions.approve(Version.objects.get(pk=who.version.pk), actor=person, at=NOON)


def without_errors(who, change):
    drafts.edited(who, change)
    drafts.in_review(who)


def blocked(who):
    actions.comment(who.version, part="kpis", text="Too low", blocking=True, actor=who.head, at=NOON)
    approve(who)


def amend(who, **kwargs):
    fields = {"reason": "business", "reason_text": "More", "actor": who.manager, "at": NOON} | kwargs
    who.version = actions.amend(who.agreement, **fields)


def amend_beside_another(who):
    make_version(who.agreement, minor=1, base=who.version)
    amend(who)


def end_base(who):
    Agreement.objects.filter(pk=who.agreement.pk).update(**{"state": "ended"})
    amend(who)


def close_account(who):
    type(who.director).objects.filter(pk=who.director.pk).update(is_active=False)
    sign(who)


def damage(who):
    path = vault.path(Round.objects.get().document.sha256)
    content = path.read_bytes()
    path.unlink()
    try:
        actions.seal_due(now=NOON)
    finally:
        path.write_bytes(content)


def send(who, **kwargs):
    rounds.open_round(who, **kwargs)


def give(who, person):
    actions.reassign(slot(who), person=person, actor=who.manager, at=NOON)


def withdraw(who, reason="Wrong annex"):
    actions.withdraw(who.round, reason=reason, actor=who.manager, at=NOON)


def decline(who, actor="director", reason="Too dear"):
    actions.decline(slot(who), reason=reason, actor=getattr(who, actor), at=NOON)


MOVES = [
    Move(1, "version", None, "draft", drafts.make_house, drafts.drafted, "agreement.drafted", "manager",
         [lambda who: drafts.drafted(who, services=[]), lambda who: drafts.drafted(who, client=who.provider)]),
    Move(1, "version", "executed", "draft", signed, amend, "version.amendment_started", "manager",
         [amend_beside_another, end_base, lambda who: amend(who, reason_text=" ")]),
    Move(2, "version", "draft", "in_review", drafts.complete, drafts.in_review, "version.submitted", "manager",
         [lambda who: without_errors(who, lambda text: text.kpis.clear()),
          lambda who: actions.submit(who.version, reviewers=drafts.seats(who)[:1], actor=who.manager, at=NOON)]),
    Move(3, "version", "in_review", "draft", drafts.in_review,
         lambda who: actions.request_changes(who.version, reason="Too low", actor=who.head, at=NOON),
         "version.changes_requested", "head",
         [lambda who: actions.request_changes(who.version, reason=" ", actor=who.head, at=NOON)]),
    Move(3, "version", "in_review", "draft", drafts.in_review,
         lambda who: actions.recall(who.version, actor=who.manager, at=NOON), "version.recalled", "manager"),
    Move(4, "version", "in_review", "ready", drafts.in_review, approve, "version.ready", "head",
         [blocked, lambda who: actions.approve(who.version, actor=who.head, at=NOON),
          lambda who: actions.approve(who.version, actor=who.manager, at=NOON)]),
    Move(5, "version", "ready", "draft", drafts.agreed,
         lambda who: actions.recall(who.version, actor=who.manager, at=NOON), "version.recalled", "manager"),
    Move(6, "version", "ready", "signing", rounds.make_ready, send, "round.opened", "manager",
         [lambda who: send(who, deadline=NOON), lambda who: send(who, people={"provider-1": who.director}),
          lambda who: who.head.authorities.all().delete() and send(who)]),
    Move(7, "slot", "waiting", "invited", rounds.open_round, prepared, "slot.invited", None),
    Move(8, "slot", "invited", "opened", prepared, opened, "slot.opened", "director",
         [lambda who: actions.open_slot(slot(who), actor=who.manager, at=NOON)]),
    Move(9, "slot", "opened", "signed", reading, sign, "slot.signed", "director",
         [close_account, lambda who: sign(who, actor=who.manager), lambda who: sign(who, at=DEADLINE),
          lambda who: sign(who, consent=False), lambda who: sign(who, shown_sha256="0" * 64),
          lambda who: who.director.authorities.all().delete() and sign(who)]),
    Move(10, "slot", "opened", "declined", reading, decline, "slot.declined", "director",
         [lambda who: decline(who, "manager"), lambda who: decline(who, reason="")]),
    Move(10, "round", "open", "declined", prepared, decline, "slot.declined", "director"),
    Move(11, "round", "open", "withdrawn", prepared, withdraw, "round.withdrawn", "manager",
         [lambda who: withdraw(who, " ")]),
    Move(12, "round", "open", "lapsed", prepared, lambda who: actions.lapse_due(now=DEADLINE), "round.lapsed", None,
         [lambda who: actions.lapse_due(now=DEADLINE - SECOND)]),
    Move(13, "version", "ready", "signing", failed, lambda who: send(who, at=NOON + SECOND), "round.opened", "manager"),
    Move(14, "version", "ready", "draft", failed,
         lambda who: actions.recall(who.version, actor=who.manager, at=NOON), "version.recalled", "manager"),
    Move(15, "version", "signing", "sealing", half_signed, lambda who: sign(who, "client-1"), "version.concluded", None,
         [lambda who: sign(who, "client-1", at=DEADLINE)]),
    Move(16, "version", "sealing", "executed", rounds.signed_by_all, lambda who: actions.seal_due(now=NOON),
         "version.executed", None, [damage]),
    Move(16, "agreement", "preparing", "active", rounds.signed_by_all, lambda who: actions.seal_due(now=NOON),
         "agreement.activated", None, [damage]),
    Move(18, "ending", None, "standing", endings.signed_world, endings.notice, "ending.given", "manager",
         [lambda who: endings.notice(who, last_day=date(2026, 8, 3)), lambda who: endings.notice(who, party="client")]),
    Move(19, "ending", "proposed", "standing", later.with_ending(endings.proposed), later.agree, "ending.agreed",
         "head", [lambda who: later.agree(who, "manager")]),
    Move(19, "agreement", "active", "ended", later.with_ending(endings.notice), later.conclude(later.END),
         "agreement.ended", None, [later.conclude(later.END - SECOND)]),
    Move(20, "ending", "standing", "withdrawn", later.with_ending(endings.recalled), later.consent, "ending.withdrawn",
         "head", [lambda who: later.consent(who, "manager"), lambda who: later.consent(who, at=later.END)]),
    Move(21, "agreement", "active", "active", lambda: endings.signed_world(later.RENEWS),
         lambda who: actions.record_renewals(now=later.NEW_YEAR), "agreement.renewed", None,
         [lambda who: actions.record_renewals(now=later.NEW_YEAR - SECOND), later.give_notice_then_renew]),
    Move(22, "version", "executed", "draft", lambda: endings.signed_world(later.FIXED), later.renew,
         "version.amendment_started", "manager", [lambda who: later.renew(who, date(2026, 12, 31))]),
    Move(23, "agreement", "active", "ended", later.succeeded, later.conclude(later.JUNE), "agreement.ended", None,
         [later.conclude(later.JUNE - SECOND)]),
    Move(24, "hold", "asked", "standing", later.hold_asked, later.set_hold, "hold.set", "manager",
         [lambda who: later.set_hold(who, "client")]),
    Move(24, "hold", "standing", "lifted", later.hold_standing, later.lift, "hold.lifted", "manager",
         [lambda who: later.lift(who, "client"), lambda who: later.lift(who, reason=" ")]),
    Move(25, "disposal", "proposed", "agreed", later.to_dispose, later.dispose, "disposal.agreed", "client",
         [lambda who: later.dispose(who, "manager"), lambda who: later.dispose(who, at=retaining.FREE - SECOND),
          later.dispose_under_hold]),
    Move(25, "disposal", "agreed", "done", later.to_remove, lambda who: records.remove_disposed(now=retaining.FREE),
         "disposal.done", None),
    Move(26, "slot", "invited", "reassigned", replaced, lambda who: give(who, who.deputy), "slot.reassigned", "manager",
         [lambda who: give(who, who.other), lambda who: give(who, who.head)]),
]


def state(who, what):
    if what == "slot":
        seat = Slot.objects.filter(round=who.round, key="provider-1").order_by("pk").first()
        return seat.state
    if what == "round":
        return Round.objects.get(pk=who.round.pk).state
    if what == "agreement":
        return Agreement.objects.get(pk=who.agreement.pk).state
    if what in ("ending", "hold", "disposal"):
        kept = {"ending": Ending, "hold": Hold, "disposal": Disposal}[what].objects.order_by("pk").first()
        return kept.state if kept else None
    version = getattr(who, "version", None)
    return Version.objects.get(pk=version.pk).state if version else None


@pytest.mark.django_db
@pytest.mark.parametrize("move", MOVES, ids=lambda move: f"{move.number}-{move.what}-{move.target}")
def test_each_transition_by_its_act(move):
    who = move.start()
    version = getattr(who, "version", None)
    before = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    written = AuditEntry.objects.filter(pk__gt=before, verb=move.verb)
    for attempt in move.held_back:
        with transaction.atomic():
            with suppress(Refused, TransitionNotAllowed):
                attempt(who)
            if version:
                who.version = Version.objects.get(pk=version.pk)
            assert (state(who, move.what), written.count()) == (move.source, 0)
            transaction.set_rollback(True)
    if version:
        who.version = Version.objects.get(pk=version.pk)
    assert state(who, move.what) == move.source
    move.act(who)
    assert state(who, move.what) == move.target
    entry = written.order_by("pk").last()
    assert (entry.actor, entry.scope) == (getattr(who, move.by) if move.by else None, who.agreement.reference)


def test_17_a_version_begins_and_ends_at_an_instant_and_by_no_job():
    june = MAY + timedelta(days=31)
    base, change = Life("v1.0", "executed", MAY, june), Life("v1.1", "executed", june, None)
    assert [lifecycle.version_word(each, june - SECOND) for each in (base, change)] == ["in_force", "scheduled"]
    assert [lifecycle.version_word(each, june) for each in (base, change)] == ["superseded", "in_force"]


def test_the_table_is_whole():
    assert {move.number for move in MOVES} | {17} == {*range(1, 27)}


@pytest.mark.django_db
def test_what_is_not_in_the_table_is_refused():
    """From every state of a version, a round and a seat: the acts of the state machine that its table does not name."""
    who = prepared()
    for row in (who.round.version, who.round, slot(who)):
        allowed = {transition.name for transition in row.get_available_state_transitions()}
        for transition_ in type(row)._meta.get_field("state").get_all_transitions(type(row)):
            if transition_.name not in allowed:
                with pytest.raises(TransitionNotAllowed):
                    getattr(row, transition_.name)()
