"""The demo's two organisations and a person of every role, joined by invitation like everybody."""

from dataclasses import dataclass
from datetime import datetime

from accounts import actions
from accounts.models import Organisation, Role, User


@dataclass
class Cast:
    """Everybody who acts in the demo."""

    provider: Organisation
    client: Organisation
    admin: User
    manager: User
    desk: User
    head: User
    director: User
    auditor: User
    it_head: User
    platform_lead: User
    team: Organisation
    team_lead: User
    supplier: Organisation
    account_manager: User


PROVIDER_PEOPLE = {
    "manager": ("Ingrid Solheim", "ingrid@northgate.example", Role.MANAGER),
    "desk": ("Daniel Osei", "daniel@northgate.example", Role.PROVIDER),
    "head": ("Priya Raman", "priya@northgate.example", Role.ESCALATION),
    "director": ("Helen Marsh", "helen@northgate.example", Role.MANAGER),
    "auditor": ("Otto Falk", "otto@northgate.example", Role.AUDITOR),
}
CLIENT_PEOPLE = {
    "it_head": ("Amara Lindqvist", "amara@fennmarket.example", Role.CLIENT),
    "platform_lead": ("Joel Bright", "joel@fennmarket.example", Role.CLIENT),
}


def gather(*, password: str, at: datetime) -> Cast:
    """Make the organisations, invite and join everybody, record who may sign."""
    northgate = actions.create_organisation(
        name="Northgate Hosting", internal=True, timezone="UTC", address="14 Wharf Street, Leeds", actor=None, at=at
    )
    admin = _join("Ada Moor", "ada@northgate.example", northgate, Role.ADMIN, None, password, at)
    fennmarket = actions.create_organisation(
        name="Fennmarket", internal=False, timezone="UTC", address="3 Granary Row, Cambridge",
        added_by=northgate, actor=admin, at=at,
    )
    joined = {
        key: _join(name, email, organisation, role, admin, password, at)
        for organisation, people in ((northgate, PROVIDER_PEOPLE), (fennmarket, CLIENT_PEOPLE))
        for key, (name, email, role) in people.items()
    }
    for key, organisation in (("director", northgate), ("it_head", fennmarket)):
        actions.authorise_signer(
            user=joined[key], organisation=organisation, what_for="service level agreements", since=at, until=None,
            source="Extract from the company register, 2 March 2026", actor=admin, at=at,
        )
    return Cast(
        provider=northgate, client=fennmarket, admin=admin, **joined, **_behind(northgate, admin, password, at)
    )


def _behind(northgate: Organisation, admin: User, password: str, at: datetime) -> dict:
    """A team of the house and a supplier, each with the person who answers for it."""
    team, supplier = (
        actions.create_organisation(
            name=name, internal=internal, timezone="UTC", address=address, added_by=northgate, actor=admin, at=at
        )
        for name, internal, address in [
            ("Northgate Platform Team", True, "14 Wharf Street, Leeds"),
            ("Peakline Cloud", False, "80 Canal Quay, Rotterdam"),
        ]
    )
    lead = _join("Bo Larsen", "bo@northgate.example", team, Role.MANAGER, admin, password, at)
    seller = _join("Tomas Reyes", "tomas@peakline.example", supplier, Role.MANAGER, admin, password, at)
    return {"team": team, "team_lead": lead, "supplier": supplier, "account_manager": seller}


def _join(name, email, organisation, role, actor, password, at) -> User:
    _invitation, path = actions.invite(
        email=email, name=name, organisation=organisation, role=role, actor=actor, at=at
    )
    token = path.strip("/").rsplit("/", 1)[-1]
    return actions.accept_invitation(token=token, name=name, password=password, timezone="UTC", at=at)
