"""The first terms of an agreement: a template filled with who, what and when (no queries)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from accounts.models import Organisation
from agreements import models
from agreements.signing import next_start
from agreements.terms import Heading, Parties, Party, Representative, RequirementTerm, Service, Terms


@dataclass(frozen=True)
class Start:
    """What a new agreement is started with."""

    reference: str
    kind: str
    title: str
    at: datetime
    provider: Party
    client: Party
    timezone: str
    language: str
    services: Sequence[Service]
    requirements: Sequence[RequirementTerm]


def fill(template: Terms, start: Start) -> Terms:
    """The template's terms with parties, services and requirements in place.

    A calendar of the template without a zone gets the agreement's; a KPI without a service the first one. It
    holds from the first of a month that leaves two weeks to agree on it.
    """
    heading = Heading(
        start.reference, start.kind, start.title, "v1.0", start.language, start.timezone, template.agreement.currency
    )
    first = start.services[0].key
    return replace(
        template,
        agreement=heading,
        parties=Parties(start.provider, start.client),
        services=list(start.services),
        requirements=list(start.requirements),
        calendars=[replace(each, timezone=each.timezone or start.timezone) for each in template.calendars],
        kpis=[replace(kpi, service=kpi.service or first) for kpi in template.kpis],
        term=replace(template.term, effective_from=next_start(start.at, start.timezone).isoformat()),
    )


def side(organisation: Organisation, people: Sequence[str]) -> Party:
    return Party(organisation.name, organisation.address, [Representative(name) for name in people])


def service(row: models.Service) -> Service:
    """A row of the catalogue as it stands today."""
    return Service(row.key, row.name, row.description, row.criticality)


def requirement(row: models.Requirement) -> RequirementTerm:
    return RequirementTerm(row.number, row.text, row.person, row.why, row.priority)
