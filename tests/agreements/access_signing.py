"""Rows of the access table for the repository, signing and what comes after. Things are made when first asked for."""

from datetime import UTC, datetime
from types import SimpleNamespace

from agreements import actions
from agreements.models import Round, Slot, Version
from tests.access import Row
from tests.agreements.rounds import opened, prepared
from tests.factories import NOON, PASSWORD, make_agreement, make_authority, make_terms, make_version

# The pages run by the machine's clock.
DEADLINE = datetime(2099, 1, 1, tzinfo=UTC)

# anonymous, stranger, client, provider, manager, escalation, auditor, admin (no contract power by itself)
EVERYBODY = (302, 200, 200, 200, 200, 200, 200, 200)
READ = (302, 404, 200, 200, 200, 200, 200, 404)
MANAGE = (302, 404, 403, 403, 200, 403, 403, 404)
MANAGE_POST = (302, 404, 403, 403, 302, 403, 403, 404)
CLIENT_TOO = (302, 404, 200, 403, 200, 403, 403, 404)
CLIENT_TOO_POST = (302, 404, 302, 403, 302, 403, 403, 404)
SIGNER = (302, 404, 403, 403, 200, 403, 403, 404)
SIGNER_POST = (302, 404, 403, 403, 302, 403, 403, 404)


def agreed(world, reference):
    agreement = make_agreement(
        world.provider_org, world.client_org, world.manager, reference=reference, title="Mail"
    )
    return make_version(agreement, terms=make_terms(), state="ready")


def ready(world):
    """A second agreement whose first version may be sent for signature."""
    if not hasattr(world, "ready"):
        world.ready = agreed(world, "SLA-2026-901")
    return world.ready


def signing(world):
    """A third one's round: the manager is asked first and has opened the document, then the client."""
    if not hasattr(world, "signing"):
        version = agreed(world, "SLA-2026-902")
        who = SimpleNamespace(version=version, manager=world.manager, agreement=version.agreement)
        who.round = actions.open_round(
            version, people={"provider-1": world.manager, "client-1": world.client}, deadline=DEADLINE,
            actor=world.manager, at=NOON,
        )
        prepared(who)
        world.signing, world.slot = Version.objects.get(pk=version.pk), opened(who)
    return world.signing


def place(version):
    return [version.agreement.reference, version.label]


def slot(world):
    signing(world)
    return [world.slot.pk]


def ref(world):
    return [world.agreement.reference]


def a_signature(world):
    return {
        "shown_sha256": signing(world).terms_sha256, "consent": "on", "typed_name": world.manager.name,
        "password": PASSWORD,
    }


CONTESTS = (302, 404, 200, 403, 200, 403, 403, 404)
CONTESTS_POST = (302, 404, 302, 403, 302, 403, 403, 404)


def signed_slot(world):
    """A signature on the version in force, made past the acts."""
    if not hasattr(world, "signed_slot"):
        round_ = Round.objects.create(
            version=world.version, number=1, opened_by=world.manager, opened_at=NOON, deadline=DEADLINE,
            document=world.version.signed, state="complete", closed_at=NOON,
        )
        world.signed_slot = Slot.objects.create(
            round=round_, key="provider-1", party="provider", step=1, capacity="Director", person=world.provider,
            state="signed", closed_at=NOON, document=world.document,
        )
    return [world.signed_slot.pk]


def contested(world):
    signed_slot(world)
    if not hasattr(world, "contested"):
        world.contested = actions.contest(world.signed_slot, reason="No decision", actor=world.client, at=NOON)
    return [world.contested.pk]


ROWS = [
    Row("agreements:index", "GET", EVERYBODY),
    Row("agreements:index", "GET", EVERYBODY, query="?state=in_force&role=owner&q=x"),
    Row("agreements:detail", "GET", READ, args=ref),
    Row("agreements:document", "GET", READ, args=ref),
    Row("agreements:version", "GET", READ, args=lambda w: [w.agreement.reference, w.version.label]),
    Row("agreements:versions", "GET", READ, args=ref),
    Row("agreements:history", "GET", READ, args=ref),
    Row("agreements:people", "GET", READ, args=ref),
    Row("agreements:hold", "GET", CLIENT_TOO, args=lambda w: [w.agreement.reference, "c-head"]),
    Row("agreements:hold", "GET", MANAGE, args=lambda w: [w.agreement.reference, "p-desk"]),
    Row(
        "agreements:hold", "POST", CLIENT_TOO_POST, args=lambda w: [w.agreement.reference, "c-head"],
        data=lambda w: {"user": w.client.pk},
    ),
    Row("agreements:authority", "GET", MANAGE, args=lambda w: [w.agreement.reference, "client"]),
    Row(
        "agreements:authority", "POST", MANAGE_POST, args=lambda w: [w.agreement.reference, "client"],
        free=("what_for", "source"),
        data=lambda w: {
            "user": w.client.pk, "what_for": "SLAs", "source": "Register of 3 March", "since": "2026-03-03",
            "until": "",
        },
    ),
    Row("agreements:send", "GET", MANAGE, args=lambda w: place(ready(w))),
    Row(
        "agreements:send", "POST", MANAGE_POST, args=lambda w: place(ready(w)),
        data=lambda w: {"provider-1": w.manager.pk, "client-1": w.client.pk, "deadline": "2099-01-01"},
    ),
    Row("agreements:signing", "GET", READ, args=lambda w: place(signing(w))),
    Row(
        "agreements:withdraw", "POST", MANAGE_POST, args=lambda w: place(signing(w)), free=("reason",),
        data=lambda w: {"reason": "The annex is wrong"},
    ),
    Row("agreements:open_seats", "GET", (302, 403, 403, 403, 403, 403, 403, 200), args=lambda w: [w.provider.pk]),
    Row("agreements:contest", "GET", CONTESTS, args=signed_slot),
    Row(
        "agreements:contest", "POST", CONTESTS_POST, args=signed_slot, data=lambda w: {"reason": "No decision"},
        free=("reason",),
    ),
    Row("agreements:ratify", "POST", MANAGE_POST, args=contested, data=lambda w: {"password": PASSWORD}),
    Row(
        "agreements:end_contest", "POST", (302, 404, 302, 403, 403, 403, 403, 404), args=contested, actor="client",
        data=lambda w: {"reason": "A mistake"}, free=("reason",),
    ),
    # Nothing has failed: who may press the button is told so.
    Row("agreements:retry_seal", "POST", MANAGE_POST, args=lambda w: place(signing(w))),
    Row("agreements:remind", "POST", MANAGE_POST, args=slot),
    Row("agreements:reassign", "GET", MANAGE, args=slot),
    Row(
        "agreements:reassign", "POST", MANAGE_POST, args=lambda w: [another_signer(w), *slot(w)][1:],
        data=lambda w: {"person": another_signer(w).pk},
    ),
    Row("agreements:sign", "GET", SIGNER, args=slot),
    # A box is ticked by whatever value a browser gives it.
    Row("agreements:sign", "POST", SIGNER_POST, args=slot, data=a_signature, free=("consent",)),
    Row(
        "agreements:decline", "POST", SIGNER_POST, args=slot, free=("reason",),
        data=lambda w: {"reason": "Credits too low"},
    ),
    Row("agreements:amend", "GET", MANAGE, args=ref),
    Row(
        "agreements:amend", "POST", MANAGE_POST, args=ref, free=("reason_text",),
        data=lambda w: {"reason": "business", "reason_text": "More hours"},
    ),
]


def another_signer(world):
    if not world.provider.authorities.exists():
        make_authority(world.provider, world.provider_org)
    return world.provider
