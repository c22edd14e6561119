"""Terms that are a template: without parties, services and dates (no ORM).

The pages of the editor ask for a service of each KPI and a zone of each calendar. A template has neither: it is
opened with a stand-in for both and closed without them again.
"""

import copy
from dataclasses import replace

from django.utils.translation import gettext as _

from agreements import clauses
from agreements.terms import Heading, Parties, Party, Representative, Service, Terms

STAND_IN = "service"
ZONE = "UTC"


def from_agreement(terms: Terms) -> Terms:
    """What others can start from: everything but who, which services, which requirements and when."""
    own = copy.deepcopy(terms)
    zone = own.agreement.timezone
    return replace(
        own,
        agreement=Heading(kind=own.agreement.kind, currency=own.agreement.currency),
        parties=Parties(),
        services=[],
        requirements=[],
        kpis=[replace(kpi, service="", requirements=[]) for kpi in own.kpis],
        calendars=[
            replace(
                each,
                timezone="" if each.timezone == zone else each.timezone,
                holidays=[],
                special_hours={},
                breaks=[],
            )
            for each in own.calendars
        ],
        term=replace(own.term, effective_from="", ends_on=None),
    )


def opened(terms: Terms) -> Terms:
    """The template as the pages of the editor take it."""
    own = copy.deepcopy(terms)
    return replace(
        own,
        services=[Service(STAND_IN, _("the first service of the agreement"))],
        kpis=[replace(kpi, service=kpi.service or STAND_IN) for kpi in own.kpis],
        calendars=[replace(each, timezone=each.timezone or ZONE) for each in own.calendars],
    )


def closed(terms: Terms) -> Terms:
    """The template as it is kept; a calendar in UTC gets the zone of the agreement that it is used for."""
    return replace(
        terms,
        services=[],
        kpis=[replace(kpi, service="") for kpi in terms.kpis],
        calendars=[replace(each, timezone="" if each.timezone == ZONE else each.timezone) for each in terms.calendars],
    )


def sample(terms: Terms, title: str, number: int) -> Terms:
    """The template under its name and version, filled with words in brackets, to be read and printed."""
    own = opened(terms)
    return replace(
        own,
        agreement=replace(own.agreement, title=title, reference=_("[number]"), version=str(number), timezone=ZONE),
        parties=Parties(
            Party(_("[Provider]"), "", [Representative(_("[name]"))]),
            Party(_("[Client]"), "", [Representative(_("[name]"))]),
        ),
        services=[Service(STAND_IN, _("[service]"), _("[description from the catalogue]"))],
    )


def problems(terms: Terms) -> list[str]:
    """What keeps a template from being published."""
    found = [] if terms.clauses else [_("It has no clause.")]
    return found + [
        _("The clause “%(title)s” asks for “%(name)s”, which the terms do not have.")
        % {"title": each.title, "name": name}
        for each in terms.clauses
        for name in clauses.unknown(each.body)
    ]
