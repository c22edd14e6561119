"""Which limits are being used up, and what a breach keeps of a deadline that was missed."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from agreements.models import Version
from incidents.deadlines import Clock
from incidents.models import Incident
from kpis.models import Period, Standing

PERCENTS = (75, 90, 100)
RUNNING = (Incident.State.OPEN, Incident.State.ACKNOWLEDGED, Incident.State.IN_PROGRESS)
WHAT = {"response": _("answer"), "resolution": _("resolve")}


def _running() -> QuerySet[Standing]:
    related = ["period__target__agreement__owner", "period__target__indicator__owner", "period__target__version"]
    return Standing.objects.exclude(period__state=Period.State.CLOSED).select_related(*related).order_by("pk")


def using_up() -> list[Standing]:
    """Standings of periods with a room that is counted and in use."""
    return [each for each in _running() if _room(each) not in (None, "0")]


def _room(standing: Standing) -> str | None:
    room = standing.outcome.get("room")
    return room["allowed"] if room and room["unit"] != "value" and room["used"] != "0" else None


def with_late_cases() -> list[Standing]:
    """Standings of periods that know open cases past their deadline."""
    return [each for each in _running() if each.outcome.get("figures", {}).get("open_past_due")]


def figures(version: Version, case: dict[str, Any]) -> dict[str, Any]:
    """The figures of a breach that is about one case, with the signed version behind it."""
    return {
        "case": case, "version": version.label, "terms_sha256": version.terms_sha256, "edition": None,
        "result_sha256": "",
    }


def case_of(incident: Incident, clock: Clock) -> dict[str, Any]:
    """What is kept of an incident's clock: seconds of the contract's calendar."""
    reading = clock.reading
    return {
        "id": incident.number,
        "clock": clock.kind,
        "limit_seconds": reading.limit_seconds,
        "opened_at": reading.opened_at.isoformat(),
        "due_at": reading.due_at.isoformat() if reading.due_at else None,
    }
