"""What waits for a person here: data that are due, credits to agree to, claims to decide on."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.needs import Need
from accounts.rules import Grants
from kpis import claim_needs
from kpis.due import due
from kpis.models import Credit, Indicator
from kpis.text import period_name


def for_user(user: User, grants: Grants, now: datetime) -> list[Need]:
    """Data due for the streams of one's house, proposed credits and open claims of one's agreements."""
    found = claim_needs.waiting(grants)
    credits = _credits(grants, now) if any(each.kind == "credit" for each in found) else []
    return [*_data(user, grants, now), *credits, *(claim_needs.need(each) for each in found if each.kind != "credit")]


def _data(user: User, grants: Grants, now: datetime) -> list[Need]:
    """A stream's owner is asked; where it has none, everybody in the provider's role."""
    if not grants.organisations(Role.PROVIDER, Role.MANAGER, Role.ESCALATION):
        return []  # nobody delivers for a house they do not work for
    house = Indicator.objects.filter(organisation__in=grants.organisations(Role.PROVIDER)) | (
        Indicator.objects.filter(owner=user)
    )
    streams = {each.pk: each for each in house.distinct() if each.owner_id in (None, user.pk)}
    return [
        Need(
            key=f"data:{one.indicator_id}:{one.label}",
            title=_("%(stream)s for %(period)s")
            % {"stream": streams[one.indicator_id].name, "period": period_name(one.label)},
            text=_("Figures of that period are provisional until its data are in."),
            url=reverse("kpis:upload", args=[one.indicator_id]),
            verb=_("Deliver data"),
            due=one.due_at,
            tone="bad" if one.due_at <= now else "warn",
            icon="upload",
        )
        for one in due(streams.values(), now)
    ]


def _credits(grants: Grants, now: datetime) -> list[Need]:
    mine = grants.organisations(Role.CLIENT, Role.MANAGER)
    proposed = Credit.objects.proposed_to(mine).select_related("result__period__target__agreement")
    return [
        Need(
            key=f"credit:{credit.pk}",
            title=_("Credit of %(percent)s %% for %(kpi)s, %(period)s")
            % {
                "percent": f"{credit.percent.normalize():f}",
                "kpi": credit.result.period.target.name,
                "period": period_name(credit.result.period.label),
            },
            text=_("Agree to it, or refuse it with a reason."),
            url=credit.get_absolute_url(),
            verb=_("Look at it"),
            due=credit.claim_until,
            icon="coin",
        )
        for credit in proposed
    ]
