"""Agreements whose files' time is over, for tests."""

from datetime import UTC, datetime
from types import SimpleNamespace

from accounts.models import Role
from agreements import actions
from records import actions as records
from records import vault
from records.models import Disposal
from tests.factories import make_agreement, make_member, make_organisation, make_version

ENDED = datetime(2014, 7, 1, tzinfo=UTC)
FREE = datetime(2025, 1, 1, tzinfo=UTC)  # ten years after the end of 2014


def ended_world(provider=None, client=None, *, manager=None, head=None):
    """An agreement that ended in 2014, with two files, and who keeps the records of its two sides."""
    provider, client = provider or make_organisation(), client or make_organisation()
    manager = manager or make_member(provider, Role.MANAGER, name="Ines Sommer")
    head = head or make_member(client, Role.CLIENT, name="Amara Lindqvist")
    agreement = make_agreement(provider, client, manager, state="ended", ends_at=ENDED, ends_as="expired")
    version = make_version(
        agreement, state="executed", effective_from=datetime(2013, 7, 1, tzinfo=UTC), effective_to=ENDED
    )
    who = SimpleNamespace(agreement=agreement, version=version, manager=manager, client=head)
    who.files = [a_file(who, kind, f"{agreement.reference} {kind}") for kind in ("report", "minutes")]
    return who


def a_file(who, kind, words, at=ENDED):
    return vault.store(
        words.encode(), kind=kind, title=words, filename=f"{kind}.pdf", scope=who.agreement.reference, text=words,
        actor=None, at=at,
    )


def proposed(who, *, at=FREE, actor=None):
    return actions.propose_disposal(who.agreement, actor=actor or who.manager, at=at)


def agreed(who, *, at=FREE):
    return actions.agree_disposal(proposed(who, at=at), actor=who.client, at=at)


def disposed(who, *, at=FREE):
    """Agreed by both and gone from the disk."""
    disposal = agreed(who, at=at)
    records.remove_disposed(now=at)
    return Disposal.objects.get(pk=disposal.pk)
