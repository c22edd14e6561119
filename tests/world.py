"""One small world for the tests that go over every page: a person of every role, a stranger, one of each thing.

Each app adds its own things in tests/<app>/world.py: `extend(world)`, called in the order of the layers.
"""

from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace

from accounts.models import Role
from tests.factories import hold_position, make_authority, make_member, make_organisation, make_signed, make_terms

LAYERS = ["accounts", "agreements", "kpis", "incidents", "reviews", "reports", "slaportal"]


def make_world():
    world = SimpleNamespace()
    world.provider_org = make_organisation(name="Northgate Hosting", internal=True)
    world.client_org = make_organisation(name="Fennmarket")
    world.stranger_org = make_organisation(name="Elsewhere")
    world.manager = make_member(world.provider_org, Role.MANAGER, name="Ines Sommer")
    world.provider = make_member(world.provider_org, Role.PROVIDER, name="Daniel Osei")
    world.escalation = make_member(world.provider_org, Role.ESCALATION, name="Priya Raman")
    world.auditor = make_member(world.provider_org, Role.AUDITOR, name="Otto Falk")
    world.admin = make_member(world.provider_org, Role.ADMIN, name="Ada Moor")
    world.client = make_member(world.client_org, Role.CLIENT, name="Amara Lindqvist")
    world.stranger = make_member(world.stranger_org, Role.MANAGER, name="Sam Stranger")
    make_authority(world.manager, world.provider_org)
    make_authority(world.client, world.client_org)
    terms = make_terms()
    terms.kpis[0].exclusions = ["maintenance"]
    world.agreement, world.version = make_signed(
        provider=world.provider_org, client=world.client_org, owner=world.manager, terms=terms
    )
    hold_position(world.agreement, "p-desk", world.provider)
    hold_position(world.agreement, "p-head", world.escalation)
    hold_position(world.agreement, "c-head", world.client)
    for layer in LAYERS:
        if find_spec(f"tests.{layer}.world"):
            import_module(f"tests.{layer}.world").extend(world)
    return world
