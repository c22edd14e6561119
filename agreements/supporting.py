"""Links to supporting agreements -> the plain values that feasibility.py judges; who may link what to what."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet

from accounts.rules import Grants
from agreements import feasibility, lives, rules
from agreements.models import Agreement, Support, Version
from agreements.terms import Terms

GONE = (Agreement.State.ENDED, Agreement.State.ABANDONED)


def links(agreement: Agreement) -> QuerySet[Support]:
    """What stands behind an agreement, with its versions: one query, and one more when there is something."""
    versions = Version.objects.exclude(state=Version.State.ABANDONED)
    live = agreement.supports.live().select_related("by__provider", "by__client", "linked_by")
    return live.prefetch_related(Prefetch("by__versions", versions))


def behind(rows: Iterable[Support], at: datetime) -> tuple[feasibility.Support, ...]:
    """The rows with the terms that hold at a moment; of an agreement that is not signed those of its draft."""
    return tuple(_behind(row, at) for row in rows)


def lines(
    agreement: Agreement, terms: Terms, at: datetime, rows: Iterable[Support] | None = None
) -> list[feasibility.Line]:
    """What can be said about terms and all that stands behind their agreement."""
    found = behind(links(agreement) if rows is None else rows, at)
    return feasibility.check(terms, found, today(terms, at))


def about(grants: Grants, agreement: Agreement, terms: Terms | None, at: datetime) -> dict:
    """What the pages show of both sides of the links, as far as a person is of the provider's side."""
    hanging = Support.objects.live().filter(by=agreement).select_related("agreement__client")
    known = {"supported": [row for row in hanging if rules.can_read_support(grants, row.agreement)]}
    if not rules.can_read_support(grants, agreement):
        return known
    rows = list(links(agreement))
    found = lines(agreement, terms, at, rows) if rows and terms else []
    return known | {
        "can_read_support": True, "supports": rows, "feasible": found, "feasible_worst": feasibility.worst(found),
    }  # fmt: skip


def today(terms: Terms, at: datetime) -> date:
    return at.astimezone(ZoneInfo(terms.agreement.timezone)).date()


def candidates(agreement: Agreement, visible: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """The OLAs and UCs, of those a person sees, that the provider of an agreement receives."""
    kinds = (Agreement.Kind.OLA, Agreement.Kind.UC)
    received = visible.filter(kind__in=kinds, client=agreement.provider_id).exclude(pk=agreement.pk)
    return received.exclude(state__in=GONE).order_by("reference")


def reaches(start: Agreement, wanted: Agreement) -> bool:
    """Whether `wanted` stands, directly or not, behind `start`."""
    seen, edge = {start.pk}, {start.pk}
    while edge:
        if wanted.pk in edge:
            return True
        edge = set(Support.objects.live().filter(agreement__in=edge).values_list("by", flat=True)) - seen
        seen |= edge
    return False


def version_of(agreement: Agreement, versions: Sequence[Version], at: datetime) -> Version | None:
    """The version to read: the signed one that holds or comes next, else the one being written."""
    for each in versions:
        each.agreement = agreement
    return lives.current(versions, at) or next(iter(versions), None)


def _behind(row: Support, at: datetime) -> feasibility.Support:
    version = version_of(row.by, list(row.by.versions.all()), at)
    terms = version.read_terms() if version else None
    return feasibility.Support(
        row.by.reference, terms, row.service, row.kpi, row.promise, row.group,
        signed=version is not None and version.state == Version.State.EXECUTED,
        ended=row.by.state in GONE or version is not None and _over(version, terms, at),
    )  # fmt: skip


def _over(version: Version, terms: Terms | None, at: datetime) -> bool:
    if version.state != Version.State.EXECUTED or terms is None:
        return False
    if version.effective_to is not None and version.effective_to <= at:
        return True
    last = terms.term.ends_on
    return last is not None and terms.term.renewal != "automatic" and last < today(terms, at).isoformat()
