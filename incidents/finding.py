"""The list of incidents: which ones a filter asks for, most urgent first, and what a row says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import User
from incidents.models import Incident, IncidentLink

S = Incident.State
OVER = [S.RESOLVED, S.CLOSED]


def views(user: User) -> dict[str, tuple[str, Q]]:
    """The tabs above the list: key in the URL, name, filter. The first is the default."""
    return {
        "open": (_("Open"), ~Q(state__in=OVER)),
        "mine": (_("With me"), ~Q(state=S.CLOSED) & (Q(assignee=user) | Q(logged_by=user))),
        "new": (_("Not acknowledged"), Q(state=S.OPEN)),
        "resolved": (_("Waits for confirmation"), Q(state=S.RESOLVED)),
        "closed": (_("Closed"), Q(state=S.CLOSED)),
        "all": (_("All"), Q()),
    }


def counts(incidents: QuerySet[Incident], user: User) -> dict[str, int]:
    """How many each tab holds, in one query."""
    each = {key: Count("pk", filter=condition) for key, (_name, condition) in views(user).items() if condition}
    return incidents.order_by().aggregate(**each, all=Count("pk"))


def search(incidents: QuerySet[Incident], words: str) -> QuerySet[Incident]:
    """Those whose number, title, text or agreement holds every word, or that an exclusion of this number is about."""
    for word in words.split():
        incidents = incidents.filter(
            Q(number__icontains=word)
            | Q(title__icontains=word)
            | Q(text__icontains=word)
            | Q(agreement__reference__icontains=word)
            | Q(agreement__title__icontains=word)
            | Exists(IncidentLink.objects.filter(incident=OuterRef("pk"), exclusion__number__iexact=word))
        )
    return incidents


def for_list(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """Most urgent first, with all that a row says: one query."""
    people = ["assignee", "logged_by"]
    related = incidents.select_related("agreement__client", "agreement__provider", "version", *people)
    urgency = Case(
        When(state=S.OPEN, then=Value(0)), When(state=S.RESOLVED, then=Value(2)), When(state=S.CLOSED, then=Value(3)),
        default=Value(1), output_field=IntegerField(),
    )
    next_due = Case(When(state=S.OPEN, then=Coalesce("respond_by", "resolve_by")), default=F("resolve_by"))
    ordered = related.annotate(urgency=urgency, next_due=next_due)
    return ordered.order_by("urgency", F("next_due").asc(nulls_last=True), "-logged_at", "-pk")


@dataclass(frozen=True)
class Row:
    """What the list says about one incident."""

    incident: Incident
    priority: str
    person: str
    next: str
    due: datetime | None
    late: bool


def rows(incidents: Iterable[Incident], user: User, now: datetime) -> list[Row]:
    """Rows of incidents that `for_list` brought."""
    return [_row(incident, user, now) for incident in incidents]


def _row(incident: Incident, user: User, now: datetime) -> Row:
    word, due = _next(incident)
    who = incident.assignee
    person = "" if who is None else _("You") if who == user else who.name
    return Row(incident, priority_name(incident), person, word, due, due is not None and due < now)


def _next(incident: Incident) -> tuple[str, datetime | None]:
    if incident.state == S.OPEN:
        return _("Answer"), incident.respond_by or incident.resolve_by
    if incident.state in (S.ACKNOWLEDGED, S.IN_PROGRESS):
        return _("Resolve"), incident.resolve_by
    return (_("Confirm"), None) if incident.state == S.RESOLVED else ("", None)


def priority_name(incident: Incident) -> str:
    """What the signed version calls the priority: "P1 Critical"; empty without one."""
    if incident.priority is None:
        return ""
    rows = incident.version.terms["priorities"]
    name = next((row["name"] for row in rows if row["priority"] == incident.priority), "")
    return f"P{incident.priority} {name}".strip()
