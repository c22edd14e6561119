"""Agreed maintenance, in which a ladder rests: the approved exclusions that were announced or agreed beforehand.

* It counts as far as notice and yearly cap let it count, from the moment it is agreed, and not while it is disputed.
* A ladder rests while maintenance of a KPI runs that it is about: that of the breach, or one that the incident is
  linked to. Whatever nobody linked to that KPI climbs on, so that no maintenance hides what it has nothing to do with.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from incidents.models import IncidentLink, Run
from incidents.subjects import INCIDENTS, is_incident
from kpis.models import Exclusion, ExclusionSpan

AGREED = [Exclusion.State.APPROVED, Exclusion.State.ACKNOWLEDGED]


@dataclass(frozen=True)
class Rest:
    """[lo, hi): a ladder stands still. `why` names what was agreed, `kpis` for which."""

    lo: datetime
    hi: datetime
    why: str
    kpis: frozenset[str] = frozenset()

    def holds(self, at: datetime) -> bool:
        return self.lo <= at < self.hi


def agreed() -> QuerySet[ExclusionSpan]:
    """The spans in which something rests: announced, or approved, before they began."""
    beforehand = Q(exclusion__notice_at__lte=F("lo")) | Q(exclusion__decided_at__lte=F("lo"))
    return ExclusionSpan.objects.filter(beforehand, exclusion__state__in=AGREED, counted_until__gt=F("lo"))


def windows(agreements: Collection[int], since: datetime) -> dict[int, list[Rest]]:
    """What is agreed for each agreement and ends after `since`; two queries."""
    spans = agreed().filter(exclusion__agreement__in=agreements, counted_until__gt=since)
    found: dict[int, list[Rest]] = defaultdict(list)
    for span in spans.select_related("exclusion").prefetch_related("exclusion__targets").order_by("lo", "pk"):
        exclusion = span.exclusion
        lo = max(span.lo, exclusion.decided_at)
        if lo < span.counted_until:
            kpis = frozenset(target.key for target in exclusion.targets.all())
            why = f"{exclusion.number}: {exclusion.reason}"
            found[exclusion.agreement_id].append(Rest(lo, span.counted_until, why, kpis))
    return found


@dataclass(frozen=True)
class Agreed:
    """What is agreed for some runs: windows by agreement, and the KPIs that each run is about."""

    windows: Mapping[int, list[Rest]]
    kpis: Mapping[int, set[str]]

    def rests(self, run: Run) -> list[Rest]:
        """In which a run rests, from the moment it is awake on: joined, and in order."""
        about = self.kpis.get(run.pk, set())
        return joined(
            Rest(max(rest.lo, run.awake_from), rest.hi, rest.why)
            for rest in self.windows.get(run.agreement_id, [])
            if rest.hi > run.awake_from and rest.kpis & about
        )

    def running(self, run: Run, at: datetime) -> Rest | None:
        """The maintenance in which a run rests at a moment, if it does."""
        return next((rest for rest in self.rests(run) if rest.holds(at)), None)


def agreed_for(runs: Collection[Run]) -> Agreed:
    """What is agreed for these runs, whose breaches came with them; one query where nothing is."""
    since = min((run.awake_from for run in runs), default=None)
    found = windows({run.agreement_id for run in runs}, since) if since else {}
    if not found:
        return Agreed({}, {})
    kpis = {run.pk: {run.breach.kpi} - {""} for run in runs if run.breach is not None}
    incidents = {int(run.subject.removeprefix(INCIDENTS)): run.pk for run in runs if is_incident(run)}
    links = IncidentLink.objects.filter(incident__in=incidents, target__isnull=False)
    for incident, kpi in links.values_list("incident", "target__key"):
        kpis.setdefault(incidents[incident], set()).add(kpi)
    return Agreed(found, kpis)


def joined(rests: Iterable[Rest]) -> list[Rest]:
    """What touches or overlaps as one, in order; the first says why."""
    found: list[Rest] = []
    for rest in sorted(rests, key=lambda rest: (rest.lo, rest.hi)):
        if found and rest.lo <= found[-1].hi:
            found[-1] = Rest(found[-1].lo, max(found[-1].hi, rest.hi), found[-1].why)
        else:
            found.append(Rest(rest.lo, rest.hi, rest.why))
    return found
