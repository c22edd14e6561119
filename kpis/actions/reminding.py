"""Late data are reminded of once; what came meanwhile is noted."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import nudge
from accounts.models import Role, User
from accounts.notifications import notify
from agreements.people import members
from kpis.due import Due, due
from kpis.late import missing
from kpis.models import Indicator, LateData
from kpis.text import period_name
from records import audit


def remind_late(*, now: datetime) -> int:
    """Remind of data that are past their due time, each once; note those that have come. Returns how many changed.

    A stream's owner is told; where it has none, everybody in the provider's role. Safe to run twice.
    """
    owed = {(one.indicator_id, one.ended_at): one for one in due(Indicator.objects.all(), now)}
    changed = sum(
        _came(late, now) for late in missing() if (late.indicator_id, late.ended_at) not in owed
    )
    known = set(LateData.objects.values_list("indicator_id", "ended_at"))
    fresh = [one for key, one in owed.items() if one.due_at <= now and key not in known]
    return changed + sum(_remind(one, now) for one in fresh)


@transaction.atomic
def _remind(one: Due, now: datetime) -> bool:
    indicator = Indicator.objects.select_related("organisation", "owner").get(pk=one.indicator_id)
    late, created = LateData.objects.get_or_create(
        indicator=indicator, ended_at=one.ended_at,
        defaults={"label": one.label, "due_at": one.due_at, "reminded_at": now},
    )
    if not created:
        return False
    said = {"stream": indicator.name, "period": period_name(one.label)}
    told = notify(
        _who(indicator, now),
        key=f"late:{late.pk}",
        title=(_("Data of %(stream)s for %(period)s are late") % said)[:200],
        text=_("They were due by %(day)s. Until they come the figures of that period are provisional.")
        % {"day": date_format(one.due_at, "j F Y")},
        url=reverse("kpis:upload", args=[indicator.pk]),
        at=now,
    )
    audit.record("data.reminded", late, actor=None, at=now, indicator=indicator.key, period=one.label, told=told)
    nudge.engine("accounts.deliver")
    return True


@transaction.atomic
def _came(late: LateData, now: datetime) -> bool:
    if not LateData.objects.filter(pk=late.pk, came_at=None).update(came_at=now):
        return False
    audit.record(
        "data.came_late", late, actor=None, at=now, indicator=late.indicator.key, period=late.label
    )
    return True


def _who(indicator: Indicator, now: datetime) -> list[User]:
    if indicator.owner is not None:
        return [indicator.owner]
    return list(members(indicator.organisation, Role.PROVIDER, at=now))
