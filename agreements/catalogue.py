"""Reads of the service catalogue, and which rows of it a filter keeps."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from agreements import coverage
from agreements.coverage import Cover
from agreements.keeping import kept_by
from agreements.models import Agreement, Requirement, Service

VIEWS = ("lacking", "prepared", "not_needed", "retired")


@dataclass(frozen=True)
class Row:
    """A service of the catalogue with the agreements that cover it."""

    service: Service
    cover: Cover

    @property
    def word(self) -> str:
        return coverage.word(self.service, self.cover)

    @property
    def preparing(self) -> list[str]:
        """The agreements that are being prepared; a change of one that holds is none of them."""
        return [each for each in self.cover.preparing if each not in self.cover.holding]


@dataclass(frozen=True)
class Filters:
    """What the address asks for; anything it does not know is left out."""

    q: str = ""
    view: str = ""
    criticality: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> "Filters":
        view, criticality = query.get("view", ""), query.get("criticality", "")
        return cls(
            query.get("q", "").replace("\x00", "").strip()[:100],
            view if view in VIEWS else "",
            criticality if criticality in Service.Criticality.values else "",
        )

    def match(self, row: Row) -> bool:
        """A retired service is shown only to whoever asks for the retired ones."""
        in_view = row.word == self.view if self.view else row.word != "retired"
        return in_view and self._fits(row.service)

    def _fits(self, service: Service) -> bool:
        text = f"{service.key} {service.name} {service.description} {service.owner} {service.organisation}"
        return self.criticality in ("", service.criticality) and self.q.casefold() in text.casefold()

    def query(self, **changes: str) -> str:
        return urlencode({name: value for name, value in vars(replace(self, **changes)).items() if value})

    def url(self, **changes: str) -> str:
        """The address of the catalogue under these filters, with some of them changed."""
        query = self.query(**changes)
        return reverse("agreements:services") + (f"?{query}" if query else "")

    @property
    def chips(self) -> list[dict]:
        labels = {"q": _("Text"), "criticality": _("Criticality")}
        words = dict(Service.Criticality.choices) | {self.q: self.q}
        return [
            {"label": labels[name], "value": words[value], "remove": self.url(**{name: ""})}
            for name, value in vars(self).items()
            if value and name in labels
        ]


def views(rows: Sequence[Row], filters: Filters) -> list[dict]:
    """The saved views with their counts."""
    names = {
        "": _("In the catalogue"),
        "lacking": _("Should have an SLA"),
        "prepared": _("Being prepared"),
        "not_needed": _("Need none"),
        "retired": _("Retired"),
    }
    return [
        {
            "name": name,
            "url": filters.url(view=view),
            "current": view == filters.view,
            "count": sum(map(Filters(view=view).match, rows)),
        }
        for view, name in names.items()
    ]


COLUMNS = [
    "key", "name", "organisation", "owner", "criticality", "needs_sla", "reason", "sla", "agreements", "preparing",
    "depends_on", "description",
]  # fmt: skip


def cells(row: Row) -> list[str]:
    """A line of the CSV, by COLUMNS."""
    each = row.service
    return [
        each.key,
        each.name,
        str(each.organisation),
        str(each.owner),
        each.criticality,
        "yes" if each.needs_sla else "no",
        each.reason,
        row.word,
        " ".join(row.cover.holding),
        " ".join(row.cover.preparing),
        " ".join(other.key for other in each.depends_on.all()),
        each.description,
    ]


def services(organisations: Collection[int]) -> QuerySet[Service]:
    """The services of some organisations, retired ones among them."""
    return Service.objects.filter(organisation__in=organisations).select_related("owner", "organisation")


def rows(organisations: Collection[int], at: datetime) -> list[Row]:
    """The whole catalogue of some organisations at a moment. Five queries."""
    covers = coverage.covers(organisations, at)
    found = services(organisations).prefetch_related("depends_on")
    return [Row(each, covers.get((each.organisation_id, each.key), Cover())) for each in found]


def row(service: Service, at: datetime) -> Row:
    covers = coverage.covers([service.organisation_id], at)
    return Row(service, covers.get((service.organisation_id, service.key), Cover()))


def usable(organisations: Iterable[Organisation]) -> QuerySet[Service]:
    """What a service of these can depend on: their own services, and what suppliers provide to them."""
    supplied = Agreement.objects.filter(client__in=organisations, shared_at__isnull=False).values("services")
    found = Service.objects.filter(Q(organisation__in=organisations) | Q(pk__in=supplied), retired_at=None)
    return found.select_related("organisation")


def partners(organisations: set[int]) -> QuerySet[Organisation]:
    """Whom an agreement can be started with: the clients, and the suppliers whose agreements were shared."""
    suppliers = Agreement.objects.filter(_known_to(organisations), client__in=organisations).values("provider")
    return clients(organisations) | Organisation.objects.filter(pk__in=suppliers)


def clients(organisations: set[int]) -> QuerySet[Organisation]:
    """The parties that these organisations deal with: whom they look after or have an agreement with.

    Never every organisation of the portal: who is a client of another provider is that provider's secret.
    """
    dealt = Agreement.objects.filter(_known_to(organisations), provider__in=organisations).values("client")
    return Organisation.objects.filter(Q(added_by__in=organisations) | Q(pk__in=dealt))


def _known_to(organisations: set[int]) -> Q:
    return kept_by(organisations) | Q(shared_at__isnull=False)


def requirements_for(user: User, organisations: set[int]) -> QuerySet[Requirement]:
    """Those that a person was asked, and those about the services of some organisations."""
    return Requirement.objects.filter(Q(asked_of=user) | Q(service__organisation__in=organisations)).select_related(
        "service__organisation", "client", "asked_of", "asked_by", "decided_by", "question"
    )
