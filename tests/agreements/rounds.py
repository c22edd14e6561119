"""Rounds for tests, made by the acts: ready -> opened -> prepared -> signed by everybody."""

from datetime import timedelta
from types import SimpleNamespace

from accounts.identity import Proof
from accounts.models import Role
from agreements import actions
from agreements.models import Agreement, Round, Version
from tests.factories import (
    NOON,
    make_agreement,
    make_authority,
    make_member,
    make_organisation,
    make_terms,
    make_version,
)

DEADLINE = NOON + timedelta(days=10)
SECOND = timedelta(seconds=1)


def make_parties():
    """Two organisations, a manager and a signatory of each, all with authority."""
    provider, client = make_organisation(), make_organisation()
    who = SimpleNamespace(
        provider=provider,
        client=client,
        manager=make_member(provider, Role.MANAGER, name="Ines Sommer"),
        director=make_member(provider, Role.PROVIDER, name="Helen Marsh"),
        head=make_member(client, Role.CLIENT, name="Amara Lindqvist"),
    )
    for person, organisation in ((who.manager, provider), (who.director, provider), (who.head, client)):
        make_authority(person, organisation)
    return who


def make_ready(who=None, *, terms=None, **kwargs):
    """An agreement whose first version is agreed and may be sent; `who` are its people."""
    who = who or make_parties()
    agreement = make_agreement(who.provider, who.client, who.manager)
    terms = terms or make_terms()
    who.agreement = agreement
    who.version = make_version(agreement, terms=terms, state=Version.State.READY, **kwargs)
    return who


def open_round(who=None, *, people=None, deadline=DEADLINE, at=NOON, **kwargs):
    """A round that is open, without its document yet."""
    who = who or make_ready(**kwargs)
    people = people or {"provider-1": who.director, "client-1": who.head}
    who.round = actions.open_round(who.version, people=people, deadline=deadline, actor=who.manager, at=at)
    return who


def prepared(who=None, *, at=NOON, **kwargs):
    """A round whose document is in the vault and whose first step is asked."""
    who = who or open_round(at=at, **kwargs)
    actions.seal_due(now=at)
    who.round = Round.objects.select_related("version").get(pk=who.round.pk)
    assert who.round.document_id, who.round.version.seal_error
    return who


def slot(who, key="provider-1"):
    return who.round.slots.exclude(state="reassigned").get(key=key)


def opened(who, key="provider-1", *, at=NOON):
    seat = slot(who, key)
    return actions.open_slot(seat, actor=seat.person, at=at)


def sign(who, key="provider-1", *, at=NOON, **changes):
    """Sign one slot as its person would; `changes` spoil one thing."""
    seat = slot(who, key)
    fields = {
        "shown_sha256": who.round.version.terms_sha256,
        "consent": True,
        "typed_name": seat.person.name,
        "proof": Proof(seat.person_id, "password", at),
        "address": "203.0.113.7",
        "agent": "test",
        "actor": seat.person,
        "at": at,
    } | changes
    return actions.sign(seat, **fields)


def signed_by_all(who=None, *, at=NOON, **kwargs):
    who = who or prepared(at=at, **kwargs)
    for key in ("provider-1", "client-1"):
        opened(who, key, at=at)
        sign(who, key, at=at)
    return who


def executed(who=None, *, at=NOON, **kwargs):
    """An agreement that was drafted, signed and sealed; in force since 1 May 2026."""
    who = signed_by_all(who, at=at, **kwargs)
    actions.seal_due(now=at)
    who.agreement = Agreement.objects.get(pk=who.agreement.pk)
    who.version = Version.objects.get(pk=who.version.pk)
    assert who.version.state == Version.State.EXECUTED, who.version.seal_error
    return who
