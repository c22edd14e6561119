"""Reads of the service catalogue."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Organisation, User
from agreements.models import Agreement, Requirement, Service


def services(organisations: set[int]) -> QuerySet[Service]:
    """The services of some organisations, each knowing whether an agreement that is in use covers it."""
    covering = Agreement.objects.filter(services=OuterRef("pk"), state=Agreement.State.ACTIVE)
    found = Service.objects.filter(organisation__in=organisations)
    return found.annotate(covered=Exists(covering)).select_related("owner", "organisation")


def lacking(found: QuerySet[Service]) -> QuerySet[Service]:
    """Those that should have an SLA and don't."""
    return found.filter(needs_sla=True, covered=False)


def clients(organisations: set[int]) -> QuerySet[Organisation]:
    """The parties that these organisations deal with: whom they look after or have an agreement with.

    Never every organisation of the portal: who is a client of another provider is that provider's secret.
    """
    dealt = Agreement.objects.filter(provider__in=organisations).values("client")
    return Organisation.objects.filter(Q(added_by__in=organisations) | Q(pk__in=dealt))


def requirements_for(user: User, organisations: set[int]) -> QuerySet[Requirement]:
    """Those that a person was asked, and those about the services of some organisations."""
    return Requirement.objects.filter(Q(asked_of=user) | Q(service__organisation__in=organisations)).select_related(
        "service__organisation", "client", "asked_of", "asked_by", "decided_by"
    )
