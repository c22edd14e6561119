"""Ends for tests, made by the acts: the provider gives notice, both agree, the other party answers."""

from datetime import date, timedelta
from types import SimpleNamespace

from accounts.identity import Proof
from accounts.models import Role
from agreements import actions, ends
from agreements.models import Agreement, Ending, Version
from agreements.signing_evidence import Given
from agreements.terms import Term
from tests.factories import MAY, NOON, make_agreement, make_authority, make_member, make_terms, make_version

LAST_DAY = date(2026, 8, 31)
OPEN_END = Term("2026-05-01", None, notice_days=90)


def given(person, *, at=NOON):
    return Given(Proof(person.pk, "password", at), "203.0.113.7", "test")


def signed_world(term=OPEN_END):
    """A signed agreement in force since 1 May 2026, and who may sign for its two sides."""
    agreement = make_agreement(state=Agreement.State.ACTIVE)
    version = make_version(agreement, terms=make_terms(term=term), state=Version.State.EXECUTED, concluded_at=MAY)
    ends.settle(agreement)
    manager, head = agreement.owner, make_member(agreement.client, Role.CLIENT, name="Amara Lindqvist")
    make_authority(manager, agreement.provider)
    make_authority(head, agreement.client)
    return SimpleNamespace(agreement=agreement, version=version, manager=manager, head=head)


def notice(who, *, at=NOON, **changes):
    fields = {
        "kind": "notice", "party": "provider", "last_day": LAST_DAY, "reason": "", "actor": who.manager, "at": at,
    } | changes
    fields.setdefault("given", given(fields["actor"], at=at))
    return actions.give_notice(who.agreement, **fields)


def proposed(who, *, at=NOON, **changes):
    fields = {
        "kind": "mutual", "party": "provider", "last_day": LAST_DAY, "reason": "", "actor": who.manager, "at": at,
    } | changes
    fields.setdefault("given", given(fields["actor"], at=at))
    return actions.propose_end(who.agreement, **fields)


def recalled(who, *, at=NOON + timedelta(days=1)):
    ending = notice(who)
    return actions.take_back(Ending.objects.get(pk=ending.pk), reason="We stay", actor=who.manager, at=at)
