"""Plain functions that make rows with sensible defaults. What an act would make, tests make by the act."""

from datetime import UTC, datetime, timedelta
from itertools import count

from accounts.models import Membership, Organisation, Role, SigningAuthority, User
from agreements import terms as t
from agreements.lifecycle import first_end
from agreements.models import Agreement, Involvement, PositionHolder, Service, Version

NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)
MAY = datetime(2026, 5, 1, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
_serial = count(1)


def number_from(n):
    global _serial
    _serial = count(n)


def make_organisation(**kwargs):
    """A party in which who sends an agreement may sign it alone: most tests have one person a side."""
    return Organisation.objects.create(**({"name": f"Organisation {next(_serial)}", "sole_signatory": True} | kwargs))


def make_user(**kwargs):
    n = next(_serial)
    fields = {"email": f"person{n}@example.org", "name": f"Person {n}", "password": PASSWORD} | kwargs
    return User.objects.create_user(**fields)


def make_member(organisation, role, **kwargs):
    """A person with one role, since long ago."""
    user = make_user(**kwargs)
    join(user, organisation, role)
    return user


def join(user, organisation, role):
    return Membership.objects.create(
        user=user, organisation=organisation, role=role, since=NOON - timedelta(days=900)
    )


def make_authority(user, organisation, **kwargs):
    fields = {
        "what_for": "service level agreements",
        "since": NOON - timedelta(days=900),
        "source": "register extract",
        "checked_by": user,
        "checked_at": NOON - timedelta(days=900),
    } | kwargs
    return SigningAuthority.objects.create(user=user, organisation=organisation, **fields)


def make_terms(**kwargs):
    """Complete terms without a lint error: four KPIs of four kinds, credits, matrix, two signatories."""
    always = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    desk = {day: [["15:00", "22:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    fields = {
        "agreement": t.Heading("SLA-2026-001", "sla", "Learning platform", "v1.0", "en-gb", "UTC", "EUR"),
        "parties": t.Parties(
            t.Party("Northgate Hosting", "1 Dock Road", [t.Representative("Ines Sommer", "SLA manager")]),
            t.Party("Fennmarket", "2 High Street", [t.Representative("Amara Lindqvist", "Head of IT")]),
        ),
        "services": [t.Service("canvas", "Learning platform", "Courses and assignments", "high")],
        "requirements": [t.RequirementTerm("R1", "Courses can be reached at any hour", "Head of IT")],
        "calendars": [
            t.CalendarTerm("always", "Day and night", "UTC", always),
            t.CalendarTerm("desk", "Service desk", "UTC", desk, holidays=["2026-12-25", "2027-01-01"]),
        ],
        "kpis": [
            t.Kpi("K1", "Availability", "canvas", "uptime", "canvas-lms", ">=", "99.5", "%", "status page",
                  calendar="always", critical=True, requirements=["R1"]),
            t.Kpi("K2", "Priority 3 closed in time", "canvas", "deadline", "desk-cases", ">=", "95", "%",
                  "service desk", calendar="desk", params={"cohort": "closed_in", "priorities": [3]}),
            t.Kpi("K3", "Time to resolve, 95th percentile", "canvas", "value", "desk-cases", "<=", "200", "h",
                  "service desk", decimals=1,
                  params={"aggregate": "percentile", "percentile": "95", "measure": "opened_to_resolved",
                          "priorities": [1, 2], "cohort": "closed_in"}),
            t.Kpi("K4", "Satisfaction", "canvas", "score", "satisfaction", ">=", "4", "points", "portal",
                  decimals=1, params={"minimum_answers": 1}),
        ],
        "priorities": [t.Priority(3, "Normal", 49 * 3600, "desk")],
        "pauses": [t.Pause("client", "Waiting for the client", "An answer of the client is missing")],
        "exclusions": [t.ExclusionTerm("maintenance", "Planned maintenance", "Announced work", "drop", 48, 600)],
        "escalation": t.Escalation(
            [
                t.Position("p-desk", "provider", "Service desk lead"),
                t.Position("p-head", "provider", "Head of operations"),
                t.Position("c-head", "client", "Head of IT"),
            ],
            [
                t.Level(0, "Initial contact", 0, ["p-desk"], critical=True),
                t.Level(1, "Management", 4 * 3600, ["p-head", "c-head"], ack_seconds=3 * 86400),
            ],
        ),
        "credits": [t.CreditTerm("K1", "2500.00", [t.Tier("99", "99.5", "5"), t.Tier("0", "99", "10")], "15")],
        "reporting": t.Reporting(["month", "quarter"], 2, ["c-head"], 20),
        "review": t.Review(6, "Figures, complaints, changes"),
        "duties": ["Names a contact for each incident"],
        "term": t.Term("2026-05-01", "2027-04-30", "automatic", 12, 90),
        "signatories": [
            t.Signatory("provider-1", "provider", 1, "Managing director"),
            t.Signatory("client-1", "client", 2, "Head of IT"),
        ],
        "clauses": [
            t.Clause("purpose", "Purpose", "What the provider promises for *{{ agreement.title }}*."),
            t.Clause("support", "Support", "The service desk answers in the hours named here."),
        ],
    } | kwargs
    return t.Terms(**fields)


def make_agreement(provider=None, client=None, owner=None, **kwargs):
    """An agreement being prepared, shared with the client, with its positions held by the owner unless told."""
    provider = provider or make_organisation()
    client = client or make_organisation()
    keeper = client if kwargs.get("kind") == "uc" else provider
    owner = owner or make_member(keeper, Role.MANAGER)
    service, _ = Service.objects.get_or_create(
        organisation=keeper, key="canvas", defaults={"name": "Learning platform", "owner": owner}
    )
    fields = {
        "reference": f"SLA-2026-{next(_serial):03}",
        "title": "Learning platform",
        "shared_at": NOON,
        "created_at": NOON,
        "changed_at": NOON,
    } | kwargs
    agreement = Agreement.objects.create(provider=provider, client=client, owner=owner, **fields)
    agreement.services.add(service)
    return agreement


def hold_position(agreement, position, user):
    Involvement.objects.get_or_create(agreement=agreement, user=user, capacity="position")
    return PositionHolder.objects.create(agreement=agreement, position=position, user=user, since=MAY)


def make_version(agreement, **kwargs):
    """A version in any state, made past the state machine: for tests of what comes after it."""
    terms = kwargs.pop("terms", None) or make_terms()
    terms.agreement.reference = agreement.reference
    fields = {
        "terms": t.dump(terms),
        "created_by": agreement.owner,
        "created_at": NOON,
    } | kwargs
    if fields.get("state") in ("signing", "sealing", "executed"):
        fields.setdefault("terms_sha256", t.digest(terms))
        fields.setdefault("effective_from", MAY)
        fields.setdefault("ends_at", first_end(terms.term, terms.agreement.timezone))
    return Version.objects.create(agreement=agreement, **fields)


def make_signed(*, terms=None, **kwargs):
    """An active agreement whose first version is executed and in force since 1 May 2026."""
    agreement = make_agreement(state=Agreement.State.ACTIVE, **kwargs)
    version = make_version(
        agreement, state=Version.State.EXECUTED, concluded_at=MAY, executed_at=MAY, terms=terms or make_terms()
    )
    return agreement, version
