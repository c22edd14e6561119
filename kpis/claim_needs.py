"""Claims that wait for a person: to decide on, to answer, to accept."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import CharField, DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Concat
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role
from accounts.needs import Need
from accounts.rules import Grants
from kpis.models import Correction, Credit, Dispute, Exclusion


class Waiting(NamedTuple):
    """What waits, as the one query brings it; of a credit only that there is one."""

    kind: str
    number: str
    state: str
    about: str
    due: datetime | None


def waiting(grants: Grants) -> list[Waiting]:
    """The claims that wait in the agreements of one's house, as a provider and as a client: one query."""
    provider = grants.organisations(Role.PROVIDER, Role.MANAGER)
    client = grants.organisations(Role.CLIENT, Role.MANAGER)
    if not provider and not client:
        return []
    of_provider, of_client = Q(agreement__provider__in=provider), Q(agreement__client__in=client)
    # Who asks does not approve.
    decides = of_provider & Q(state="proposed") & ~Q(proposed_by=grants.user_id)
    answers = of_client & Q(state="approved")
    disputes = Dispute.objects.filter(of_provider & Q(state="open") | of_client & Q(state="answered"))
    period, never = _period("period"), Value(None, output_field=DateTimeField())
    subject = Coalesce("exclusion__number", "correction__number", period)
    found = _columns("correction", Correction.objects.filter(decides | answers), period, F("accept_by")).union(
        _columns("exclusion", Exclusion.objects.filter(decides | answers), F("agreement__title"), never),
        _columns("dispute", disputes, subject, never),
        _columns("credit", Credit.objects.proposed_to(client).annotate(number=Value("")), Value(""), never),
    )
    return [Waiting(*row) for row in sorted(found, key=lambda row: row[1])]


def _period(path: str) -> Concat:
    return Concat(f"{path}__target__key", Value(" "), f"{path}__label", output_field=CharField())


def _columns(kind: str, rows: QuerySet, about, due) -> QuerySet:
    named = rows.order_by().annotate(claim=Value(kind), about=about, due=due)
    return named.values_list("claim", "number", "state", "about", "due")


def need(one: Waiting) -> Need:
    """A claim in words."""
    said, verb = _words(one)
    title = {
        "exclusion": _("%(number)s: time to be excluded, %(about)s"),
        "correction": _("%(number)s: correction of %(about)s"),
        "dispute": _("%(number)s: dispute of %(about)s"),
    }[one.kind]
    return Need(
        key=f"claim:{one.number}", title=title % one._asdict(), text=said, verb=verb, due=one.due, tone="warn",
        url=reverse(f"kpis:{one.kind}", args=[one.number]),
        icon={"exclusion": "ban", "correction": "pencil", "dispute": "scale"}[one.kind],
    )


def _words(one: Waiting) -> tuple[str, str]:
    return {
        ("exclusion", "proposed"): (_("Somebody of your side asks for it: approve or refuse it."), _("Decide")),
        ("exclusion", "approved"): (_("Acknowledge it, or dispute it with a reason."), _("Look at it")),
        ("correction", "proposed"): (_("Somebody of your side asks for it: approve or refuse it."), _("Decide")),
        ("correction", "approved"): (_("Accept it, or dispute it with a reason. Silence accepts it."), _("Look at it")),
        ("dispute", "open"): (_("The client finds something wrong: answer it."), _("Answer")),
        ("dispute", "answered"): (_("Agree to the answer, or insist."), _("Look at it")),
    }[one.kind, one.state]
