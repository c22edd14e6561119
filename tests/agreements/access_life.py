"""Rows of the access table for the term of an agreement and its end. Things are made when first asked for."""

from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile

from agreements import actions
from agreements.terms import Term
from tests.access import Row
from tests.agreements.endings import given
from tests.agreements.papers import a_scan, bring_in
from tests.factories import NOON, PASSWORD, make_agreement, make_signed, make_terms, make_version

# anonymous, stranger, client, provider, manager, escalation, auditor, admin (no contract power by itself)
READ = (302, 404, 200, 200, 200, 200, 200, 404)
SIGNERS = (302, 404, 200, 403, 200, 403, 403, 404)
CLIENT_POST = (302, 404, 302, 403, 403, 403, 403, 404)
MANAGER_POST = (302, 404, 403, 403, 302, 403, 403, 404)
# The pages run by the machine's clock.
LAST_DAY = date(2040, 1, 1)


def ref(world):
    return [world.agreement.reference]


def ending(world, name, kind):
    """An end that the provider declared for an agreement of its own."""
    if not hasattr(world, name):
        agreement, _version = make_signed(
            provider=world.provider_org, client=world.client_org, owner=world.manager
        )
        act = actions.propose_end if kind == "mutual" else actions.give_notice
        made = act(
            agreement, kind=kind, party="provider", last_day=LAST_DAY, reason="We close", given=given(world.manager),
            actor=world.manager, at=NOON,
        )
        setattr(world, name, made)
    return [getattr(world, name).pk]


def recalled(world):
    if not hasattr(world, "recalled"):
        ending(world, "recalled", "cause")
        actions.take_back(world.recalled, reason="We stay", actor=world.manager, at=NOON)
    return [world.recalled.pk]


def an_end(world):
    return {"party": "provider", "last_day": "2040-01-01", "reason": "We close", "password": PASSWORD}


def fixed(world):
    """An agreement whose end a renewal may move."""
    if not hasattr(world, "fixed"):
        world.fixed = make_agreement(world.provider_org, world.client_org, world.manager, state="active")
        terms = make_terms(term=Term("2026-05-01", "2040-04-30", "by_agreement"))
        make_version(world.fixed, terms=terms, state="executed")
    return [world.fixed.reference]


def successor(world):
    if not hasattr(world, "successor"):
        world.successor = make_agreement(world.provider_org, world.client_org, world.manager)
    return {"successor": world.successor.pk}


def imported(world):
    """A first draft whose paper the manager brought in."""
    if not hasattr(world, "imported"):
        agreement = make_agreement(world.provider_org, world.client_org, world.manager)
        world.imported = make_version(agreement, terms=make_terms())
        world.paper = bring_in(world.imported, actor=world.manager)
    return [world.imported.agreement.reference, world.imported.label]


def a_paper(world):
    return {
        "file": SimpleUploadedFile("scan.pdf", a_scan()), "signed_by": "Helen Marsh", "concluded_on": "2026-04-20",
        "statement": "In the safe",
    }


ROWS = [
    Row("agreements:paper", "GET", SIGNERS, args=imported),
    Row(
        "agreements:paper", "POST", MANAGER_POST, args=imported, data=a_paper, free=("signed_by", "statement"),
    ),
    # Who brought it in is told that another person confirms.
    Row("agreements:confirm_paper", "POST", (302, 404, 302, 403, 302, 403, 403, 404), args=imported),
    Row("agreements:keep", "POST", MANAGER_POST, args=ref),
    Row("agreements:renew", "POST", MANAGER_POST, args=fixed, data=lambda w: {"ends_on": "2041-04-30"}),
    Row("agreements:replace", "POST", MANAGER_POST, args=ref, data=successor),
    Row("agreements:term", "GET", READ, args=ref),
    Row("agreements:end", "GET", SIGNERS, args=lambda w: [w.agreement.reference, "cause"]),
    # The client's person cannot act for the provider.
    Row(
        "agreements:end", "POST", (302, 404, 422, 403, 302, 403, 403, 404), free=("reason",), data=an_end,
        args=lambda w: [w.agreement.reference, "mutual"],
    ),
    Row(
        "agreements:agree_end", "POST", CLIENT_POST, args=lambda w: ending(w, "proposed", "mutual"), actor="client",
        data=lambda w: {"password": PASSWORD},
    ),
    Row(
        "agreements:refuse_end", "POST", CLIENT_POST, args=lambda w: ending(w, "proposed", "mutual"), actor="client",
        data=lambda w: {"reason": "Not yet"}, free=("reason",),
    ),
    Row("agreements:receive_notice", "POST", CLIENT_POST, args=lambda w: ending(w, "noticed", "cause")),
    Row(
        "agreements:take_back", "POST", MANAGER_POST, args=lambda w: ending(w, "noticed", "cause"),
        data=lambda w: {"reason": "We stay"}, free=("reason",),
    ),
    Row("agreements:answer_recall", "POST", CLIENT_POST, args=lambda w: [*recalled(w), "consent"]),
]
