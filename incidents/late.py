"""Which limits are being used up, and what a breach keeps of a deadline that was missed."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from agreements.models import Version
from incidents.deadlines import Clock
from incidents.feeding import SOURCE
from incidents.models import Breach, Incident
from kpis.models import Case, Period, Standing, Target

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


def unlogged(target: Target, cases: Iterable[str]) -> dict[str, str]:
    """The late cases of a KPI that have no breach yet, by the cause that their breach will have.

    Without those that are the row of an incident of ours: its own clock says when it is late.
    """
    own = Case.objects.current(target.indicator_id).filter(source=SOURCE).values_list("external_id", flat=True)
    ours = set(own)
    causes = {f"case:{target.agreement_id}:{target.key}:{case}"[:120]: case for case in cases if case not in ours}
    known = Breach.objects.filter(agreement=target.agreement_id, kpi=target.key, cause__startswith="case:")
    logged = set(known.values_list("cause", flat=True)) if causes else set()
    return {cause: case for cause, case in causes.items() if cause not in logged}


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
