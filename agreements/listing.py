"""The list of agreements: which rows a filter keeps, which saved views there are. No queries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.rules import Grants
from agreements import lives
from agreements.lifecycle import Standing
from agreements.models import Agreement

# Groups of states that people look for; the words of single states are in the status vocabulary.
STATES = {
    "in_force": ("in_force", "expiring"),
    "scheduled": ("scheduled",),
    "expiring": ("expiring",),
    "being_agreed": ("draft", "in_review", "ready", "signing", "sealing", "preparing"),
    "draft": ("draft", "preparing"),
    "in_review": ("in_review",),
    "signing": ("ready", "signing", "sealing"),
    "ended": ("expired", "ended", "superseded", "abandoned"),
}
ROLES = ("provider", "client", "owner")


@dataclass(frozen=True)
class Row:
    agreement: Agreement
    standing: Standing
    roles: frozenset[str]

    @property
    def states(self) -> set[str]:
        """Its own state and that of the version under way: an agreement in force may be in review, too."""
        under_way = {self.standing.under_way.state} if self.standing.under_way else set()
        return {self.standing.state} | under_way

    @property
    def ends_on(self) -> date | None:
        """The last day of the running term, in the agreement's zone."""
        if self.standing.ends_at is None or self.standing.version is None:
            return None
        zone = ZoneInfo(self.standing.version.timezone)
        return self.standing.ends_at.astimezone(zone).date() - timedelta(days=1)


@dataclass(frozen=True)
class Filters:
    """What the address asks for; anything it does not know is left out."""

    q: str = ""
    state: str = ""
    role: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> "Filters":
        state, role = query.get("state", ""), query.get("role", "")
        return cls(
            query.get("q", "").replace("\x00", "").strip()[:100],
            state if state in STATES else "",
            role if role in ROLES else "",
        )

    def match(self, row: Row) -> bool:
        if self.state and not row.states & set(STATES[self.state]):
            return False
        if self.role and self.role not in row.roles:
            return False
        return not self.q or self.q.casefold() in _text(row.agreement)

    def url(self, **changes: str) -> str:
        """The address of the list under these filters, with some of them changed."""
        kept = {name: value for name, value in vars(replace(self, **changes)).items() if value}
        return reverse("agreements:index") + (f"?{urlencode(kept)}" if kept else "")

    @property
    def chips(self) -> list[dict]:
        labels = {"q": _("Text"), "state": _("State"), "role": _("You are")}
        words = state_words() | role_words() | {self.q: self.q}
        return [
            {"label": labels[name], "value": words[value], "remove": self.url(**{name: ""})}
            for name, value in vars(self).items()
            if value
        ]


def rows(agreements: Sequence[Agreement], grants: Grants, at: datetime) -> list[Row]:
    own = grants.organisations()
    return [Row(each, lives.standing(each, at), _roles(each, grants, own)) for each in agreements]


def views(everything: Sequence[Row], filters: Filters) -> list[dict]:
    """The saved views with their counts."""
    shown = [
        (_("All"), Filters()),
        (_("In force"), Filters(state="in_force")),
        (_("Being agreed"), Filters(state="being_agreed")),
        (_("Ends in 90 days"), Filters(state="expiring")),
        (_("Mine"), Filters(role="owner")),
    ]
    return [
        {"name": name, "url": view.url(), "current": view == filters, "count": sum(map(view.match, everything))}
        for name, view in shown
    ]


def state_words() -> dict[str, str]:
    return {
        "in_force": _("In force"),
        "scheduled": _("Starts later"),
        "expiring": _("Expires soon"),
        "being_agreed": _("Being agreed"),
        "draft": _("Draft"),
        "in_review": _("In review"),
        "signing": _("Out for signature"),
        "ended": _("Ended"),
    }


def role_words() -> dict[str, str]:
    return {"provider": _("Provider"), "client": _("Client"), "owner": _("Owner")}


def _roles(agreement: Agreement, grants: Grants, own: set[int]) -> frozenset[str]:
    roles = set()
    if agreement.provider_id in own:
        roles.add("provider")
    if agreement.client_id in own:
        roles.add("client")
    if agreement.owner_id == grants.user_id:
        roles.add("owner")
    return frozenset(roles)


def _text(agreement: Agreement) -> str:
    return f"{agreement.reference} {agreement.title} {agreement.provider} {agreement.client}".casefold()
