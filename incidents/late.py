"""Which limits are being used up, and what a breach keeps of a deadline that was missed."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from agreements.models import Version
from incidents.deadlines import Clock
from incidents.feeding import SOURCE
from incidents.models import Incident
from kpis.models import Case, Period, Standing

PERCENTS = (75, 90, 100)
RUNNING = (Incident.State.OPEN, Incident.State.ACKNOWLEDGED, Incident.State.IN_PROGRESS)
WHAT = {"response": _("answer"), "resolution": _("resolve")}


def _running() -> QuerySet[Standing]:
    return Standing.objects.exclude(period__state=Period.State.CLOSED)


def _whole(found: QuerySet[Standing]) -> QuerySet[Standing]:
    related = ["period__target__agreement__owner", "period__target__indicator__owner", "period__target__version"]
    return found.select_related(*related).order_by("pk")


def using_up() -> QuerySet[Standing]:
    """Standings of periods that have used so much of a counted room that somebody is warned of it."""
    # The rooms alone first: an outcome is long, and few of them are near their limit.
    rooms = _running().filter(outcome__room__allowed__isnull=False).values_list("pk", "outcome__room")
    return _whole(Standing.objects.filter(pk__in=[pk for pk, room in rooms if share(room) >= PERCENTS[0]]))


def share(room: Mapping[str, str]) -> Fraction:
    """Percent of a room that is used; 0 where nothing is counted in it."""
    allowed = Fraction(room["allowed"])
    if room["unit"] == "value" or allowed <= 0:
        return Fraction(0)
    return 100 * Fraction(room["used"]) / allowed


def with_late_cases() -> QuerySet[Standing]:
    """Standings of periods that know open cases past their deadline."""
    return _whole(_running().filter(outcome__figures__open_past_due__0__isnull=False))


def of_an_incident(indicator_id: int, case: str) -> bool:
    """Whether a case is the row of an incident of ours, whose own clock says when it is late."""
    return Case.objects.current(indicator_id).filter(source=SOURCE, external_id=case).exists()


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
