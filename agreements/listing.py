"""The list of agreements: filters of the address, sorting, saved views and their counts, all judged in the database."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet, Value
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.rules import Grants
from agreements import lives, search, states
from agreements.lifecycle import Standing
from agreements.models import Agreement

# Groups of states that people look for; the words of single states are in the status vocabulary.
STATES = {
    "in_force": ("in_force", "expiring", "terminating"),
    "scheduled": ("scheduled",),
    "expiring": ("expiring", "terminating"),
    "being_agreed": ("draft", "in_review", "ready", "signing", "sealing", "preparing"),
    "draft": ("draft", "preparing"),
    "in_review": ("in_review",),
    "signing": ("ready", "signing", "sealing"),
    "ended": ("expired", "terminated", "replaced", "rescinded", "ended", "superseded", "abandoned"),
}
ROLES = ("provider", "client", "owner")
PARTIES = ("provider", "client", "owner")
# A review is due from two weeks before its day is over.
REVIEWS = {"due": timedelta(days=14), "overdue": timedelta()}
ENDS_WITHIN = (30, 90, 180, 365)
# Ten years: more is a slip of the keyboard.
MOST_DAYS = 3660
SORTS = {
    "title": ["title"],
    "provider": ["provider__name", "title"],
    "client": ["client__name", "title"],
    "state": ["place"],
    "end": ["fixed_end"],
    "owner": ["owner__name", "title"],
    "changed": ["changed_at"],
}
NEWEST = "-changed"


@dataclass(frozen=True)
class Row:
    """One line of the list, from an agreement that came by `lives.with_lives`."""

    agreement: Agreement
    standing: Standing

    @property
    def ends_on(self) -> date | None:
        """The last day of the running term, in the agreement's zone."""
        if self.standing.ends_at is None or self.standing.version is None:
            return None
        zone = ZoneInfo(self.standing.version.timezone)
        return self.standing.ends_at.astimezone(zone).date() - timedelta(days=1)

    @property
    def renews(self) -> bool:
        return self.ends_on is not None and self.standing.version.term.renewal == "automatic"


@dataclass(frozen=True)
class Filters:
    """What the address asks for; what it does not understand is named in `unknown` and left out."""

    q: str = ""
    state: str = ""
    kind: str = ""
    role: str = ""
    provider: int | None = None
    client: int | None = None
    owner: int | None = None
    ends: int | None = None
    review: str = ""
    sort: str = NEWEST
    unknown: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def read(cls, query: QueryDict) -> "Filters":
        known = {
            "q": query.get("q", "").replace("\x00", "").strip()[:100] or None,
            "state": _one_of(query.get("state"), STATES),
            "kind": _one_of(query.get("kind"), Agreement.Kind.values),
            "role": _one_of(query.get("role"), ROLES),
            "sort": _one_of(query.get("sort"), [*SORTS, *(f"-{name}" for name in SORTS)]),
            "ends": _number(query.get("ends"), MOST_DAYS),
            "review": _one_of(query.get("review"), REVIEWS),
        } | {name: _number(query.get(name)) for name in PARTIES}
        unknown = tuple(name for name, value in known.items() if value is None and query.get(name, "").strip("\x00 "))
        return cls(**{name: value for name, value in known.items() if value is not None}, unknown=unknown)

    def condition(self, grants: Grants, at: datetime) -> Q:
        """As a condition on agreements that came by `states.with_state`."""
        found = Q()
        if self.q:
            found &= mentions(self.q) | _holds(self.q, grants)
        if self.state:
            found &= states.named(*STATES[self.state])
        if self.kind:
            found &= Q(kind=self.kind)
        if self.role:
            found &= _plays(self.role, grants)
        if self.ends is not None:
            found &= Q(fixed_end__gt=at, fixed_end__lte=at + timedelta(days=self.ends))
        if self.review:
            found &= Q(state=Agreement.State.ACTIVE, review_due_at__lte=at + REVIEWS[self.review])
        parties = {f"{name}_id": getattr(self, name) for name in PARTIES if getattr(self, name) is not None}
        return found & Q(**parties)

    def sorted(self, agreements: QuerySet[Agreement]) -> QuerySet[Agreement]:
        """In the order asked for; what has no value of the column comes last."""
        name, down = self.sort.removeprefix("-"), self.sort.startswith("-")
        columns = [F(each) for each in SORTS[name]]
        ordered = [each.desc(nulls_last=True) if down else each.asc(nulls_last=True) for each in columns]
        return agreements.order_by(*ordered, "-pk")

    @property
    def values(self) -> dict[str, str]:
        """The query of the address, without what is as usual."""
        return {
            each.name: str(value)
            for each in fields(self)
            if each.name != "unknown" and (value := getattr(self, each.name)) != each.default
        }

    def url(self, page: str = "agreements:index", **changes: object) -> str:
        """The address of the list under these filters, with some of them changed; None takes one away."""
        usual = {each.name: each.default for each in fields(self)}
        given = {name: usual[name] if value is None else value for name, value in changes.items()}
        kept = replace(self, **given).values
        return reverse(page) + (f"?{urlencode(kept)}" if kept else "")

    def head(self, column: str) -> dict[str, str]:
        """How a column is sorted now and where a click on it leads: to its own order, then to the reverse."""
        order = {column: "ascending", f"-{column}": "descending"}.get(self.sort, "none")
        return {"order": order, "url": self.url(sort=f"-{column}" if order == "ascending" else column)}


def mentions(words: str) -> Q:
    """Each word somewhere in title, number or a party's name."""
    found = Q()
    for word in words.split()[:10]:
        found &= (
            Q(title__icontains=word) | Q(reference__icontains=word)
            | Q(provider__name__icontains=word) | Q(client__name__icontains=word)
        )  # fmt: skip
    return found


def _holds(text: str, grants: Grants) -> Q:
    """The words in a piece of the text that the person may read."""
    hits = search.matching(search.readable(Agreement.objects.all(), grants), text)
    return Q(pk__in=hits.order_by().values("version__agreement"))


def counts(agreements: QuerySet[Agreement], conditions: Sequence[Q]) -> list[int]:
    """How many of the agreements meet each condition: one query, whatever their number, and no rows."""
    asked = {f"n{place}": Count("pk", filter=each or None) for place, each in enumerate(conditions)}
    found = agreements.aggregate(**asked)
    return [found[name] for name in asked]


def rows(agreements: QuerySet[Agreement], at: datetime) -> list[Row]:
    """The rows of a page, with their dates: two queries."""
    loaded = lives.with_lives(agreements.select_related("provider", "client", "owner"))
    return [Row(each, lives.standing(each, at)) for each in loaded]


def choices(agreements: QuerySet[Agreement]) -> dict[str, list[tuple[int, str]]]:
    """The providers, clients and owners that occur, by name: one query."""
    plain = agreements.order_by()
    first, *others = [
        plain.annotate(part=Value(name)).values_list("part", f"{name}_id", f"{name}__name").distinct()
        for name in PARTIES
    ]
    found: dict[str, list[tuple[int, str]]] = {name: [] for name in PARTIES}
    for name, pk, words in sorted(first.union(*others), key=lambda row: row[2].casefold()):
        found[name].append((pk, words))
    return found


def standard_views() -> list[tuple[str, Filters]]:
    return [
        (_("All"), Filters()),
        (_("In force"), Filters(state="in_force")),
        (_("Being agreed"), Filters(state="being_agreed")),
        (_("Ends in 90 days"), Filters(state="expiring")),
        (_("Review due"), Filters(review="due")),
        (_("Mine"), Filters(role="owner")),
    ]


def chips(filters: Filters, named: dict[str, list[tuple[int, str]]]) -> list[dict[str, str]]:
    """The filters in use, each with the address without it; one that is not understood says so."""
    labels = field_words()
    shown = [
        {"label": labels[name], "value": _value_word(name, value, named), "remove": filters.url(**{name: None})}
        for name, value in filters.values.items()
        if name != "sort"
    ]
    lost = [
        {"label": labels[name], "value": _("not understood"), "remove": filters.url()} for name in filters.unknown
    ]
    return shown + lost


def described(filters: Filters, named: dict[str, list[tuple[int, str]]]) -> str:
    """The filters in words: "State: In force; Client: Fennmarket"."""
    return "; ".join(f"{chip['label']}: {chip['value']}" for chip in chips(filters, named)) or _("none")


def field_words() -> dict[str, str]:
    return {
        "q": _("Text"), "state": _("State"), "kind": _("Kind"), "role": _("You are"), "provider": _("Provider"),
        "client": _("Client"), "owner": _("Owner"), "ends": _("Ends"), "review": _("Review"), "sort": _("Order"),
    }  # fmt: skip


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


def review_words() -> dict[str, str]:
    return {"due": _("Due within 14 days"), "overdue": _("Overdue")}


def end_words(days: int) -> str:
    return ngettext("within %d day", "within %d days", days) % days


def _value_word(name: str, value: str, named: dict[str, list[tuple[int, str]]]) -> str:
    if name in PARTIES:
        # A party that is not among those one sees is not named: its number is all one gave.
        return dict(named[name]).get(int(value), value)
    if name == "ends":
        return end_words(int(value))
    kinds = dict(Agreement.Kind.choices)
    words = {"state": state_words, "role": role_words, "review": review_words, "kind": lambda: kinds}
    return words[name]()[value] if name in words else value


def _plays(role: str, grants: Grants) -> Q:
    if role == "owner":
        return Q(owner_id=grants.user_id)
    return Q(**{f"{role}_id__in": grants.organisations()})


def _one_of(value: str | None, known: Sequence[str]) -> str | None:
    return value if value in known else None


def _number(value: str | None, most: int = 2**31 - 1) -> int | None:
    plain = value and value.isascii() and value.isdecimal() and len(value) <= 10
    return int(value) if plain and int(value) <= most else None
