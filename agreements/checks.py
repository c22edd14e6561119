"""The facts that lint needs, read from the tables."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from accounts.models import SigningAuthority
from agreements import lint, supporting
from agreements.models import Agreement, Party, Requirement, Version
from agreements.terms import Terms


def findings(version: Version, at: datetime, *, terms: Terms | None = None) -> list[lint.Finding]:
    """What lint says of a version as it stands at a moment. Four queries."""
    terms = terms or version.read_terms()
    return lint.check(terms, facts(version, terms, at))


def facts(version: Version, terms: Terms, at: datetime) -> lint.Facts:
    agreement, base = version.agreement, version.base
    return lint.Facts(
        today=at.astimezone(ZoneInfo(agreement.keeper.timezone)).date(),
        accepted=frozenset(accepted(agreement, terms).values_list("number", flat=True)),
        held=frozenset(agreement.holders.filter(until=None).values_list("position", flat=True)),
        able=able(agreement, at),
        not_before=_first_day(base),
        external=_external(agreement),
        supports=supporting.behind(supporting.links(agreement), at),
    )


def _external(agreement: Agreement) -> frozenset[str]:
    """The parties of an OLA that are outside the house; of other agreements nobody asks."""
    if agreement.kind != Agreement.Kind.OLA:
        return frozenset()
    return frozenset(party for party in Party.values if not agreement.organisation_of(party).internal)


def _first_day(base: Version | None) -> date | None:
    """The local day from which the version to be changed holds."""
    if base is None or base.effective_from is None:
        return None
    return base.effective_from.astimezone(ZoneInfo(base.terms["agreement"]["timezone"])).date()


def accepted(agreement: Agreement, terms: Terms):
    """The requirements that the client was promised for the services of these terms."""
    return Requirement.objects.filter(
        service__organisation=agreement.keeper_id,
        service__key__in=[service.key for service in terms.services],
        client=agreement.client_id,
        state=Requirement.State.ACCEPTED,
    )


def able(agreement: Agreement, at: datetime) -> frozenset[str]:
    """The parties with somebody whose authority to sign is on record."""
    sides = {agreement.provider_id: Party.PROVIDER.value, agreement.client_id: Party.CLIENT.value}
    on_record = SigningAuthority.objects.current(at).filter(organisation__in=sides, user__is_active=True)
    return frozenset(sides[organisation] for organisation in on_record.values_list("organisation_id", flat=True))
