"""Start an agreement, give a draft up."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from agreements import starting, terms
from agreements.actions.replacing import name_successor
from agreements.keeping import KEEPERS
from agreements.locking import lock
from agreements.models import Agreement, Party, Requirement, Service, Template, Version
from agreements.signing import Refused
from records import audit
from records.numbers import following


@transaction.atomic
def draft(
    *,
    template: Template,
    provider: Organisation,
    client: Organisation,
    services: Sequence[Service],
    title: str,
    kind: str,
    actor: User,
    at: datetime,
    predecessor: Agreement | None = None,
) -> Version:
    """Start an agreement: its number and the DRAFT v1.0, filled from the template.

    The actor becomes its owner. Zone, language and services are of the organisation that keeps the agreement: what
    is bought from a supplier stands in the catalogue of who buys it. Accepted requirements of this client for these
    services are taken in. A `predecessor` between the same parties ends when this one is signed.
    Raises Refused ("client", "services", "title", "template", "successor").
    """
    keeping = KEEPERS[kind]
    keeper = provider if keeping == Party.PROVIDER else client
    _check_parties(kind, provider, client)
    _check_start(template, keeper, services, title)
    year = at.astimezone(ZoneInfo(keeper.timezone)).year
    series = f"{kind.upper()}-{year}"
    agreement = Agreement.objects.create(
        reference=f"{series}-{following(series):03}",
        kind=kind,
        title=title,
        provider=provider,
        client=client,
        owner=actor,
        created_at=at,
        changed_at=at,
    )
    agreement.services.set(services)
    start = starting.Start(
        reference=agreement.reference,
        kind=kind,
        title=title,
        at=at,
        provider=starting.side(provider, [actor.name] if keeping == Party.PROVIDER else []),
        client=starting.side(client, [actor.name] if keeping == Party.CLIENT else []),
        timezone=keeper.timezone,
        language=keeper.language,
        services=[starting.service(each) for each in services],
        requirements=[starting.requirement(each) for each in _accepted(services, client)],
    )
    version = Version.objects.create(
        agreement=agreement,
        template=template,
        terms=terms.dump(starting.fill(terms.load(template.terms), start)),
        created_by=actor,
        created_at=at,
    )
    version.authors.add(actor)
    audit.record(
        "agreement.drafted",
        agreement,
        actor=actor,
        at=at,
        scope=agreement.reference,
        title=title,
        version=version.label,
        template=str(template),
        client=client.name,
    )
    if predecessor is not None:
        name_successor(predecessor, successor=agreement, actor=actor, at=at)
    return version


@transaction.atomic
def abandon(version: Version, *, reason: str, actor: User, at: datetime) -> Version:
    """Give a draft up for good. The agreement goes with its first version; a version in force stays.

    Raises Refused ("reason"), TransitionNotAllowed once it is out for signature.
    """
    if not reason.strip():
        raise Refused(_("Say why the draft is given up."), "reason")
    version, at = lock(Version.objects.select_related("agreement"), version.pk, at)
    version.abandon()
    version.save(update_fields=["state"])
    agreement = Agreement.objects.select_for_update().get(pk=version.agreement_id)
    fields = ["changed_at"]
    agreement.changed_at = at
    if agreement.state == Agreement.State.PREPARING:
        agreement.abandon()
        fields.append("state")
    agreement.save(update_fields=fields)
    audit.record(
        "version.abandoned",
        version,
        actor=actor,
        at=at,
        scope=agreement.reference,
        version=version.label,
        reason=reason,
    )
    return version


def _check_parties(kind: str, provider: Organisation, client: Organisation) -> None:
    if provider == client:
        raise Refused(_("Provider and client must be two organisations."), "client")
    outside = [each.name for each in (provider, client) if not each.internal]
    if kind == Agreement.Kind.OLA and outside:
        words = {"names": ", ".join(outside)}
        raise Refused(_("An OLA is agreed between internal organisations; not internal: %(names)s.") % words, "client")


def _check_start(template: Template, keeper: Organisation, services: Sequence[Service], title: str) -> None:
    if not title.strip():
        raise Refused(_("The agreement needs a title."), "title")
    if not services or any(service.organisation_id != keeper.pk for service in services):
        raise Refused(_("Choose services of %s.") % keeper, "services")
    if any(service.retired_at for service in services):
        raise Refused(_("A retired service cannot be agreed on."), "services")
    if template.retired_at is not None or template.organisation_id not in (None, keeper.pk):
        raise Refused(_("This template is not offered."), "template")
    if template.published_at is None:
        raise Refused(_("This template is not published."), "template")


def _accepted(services: Sequence[Service], client: Organisation) -> list[Requirement]:
    return list(
        Requirement.objects.filter(
            service__in=services, client=client, state=Requirement.State.ACCEPTED
        ).select_related("asked_of", "question")
    )
