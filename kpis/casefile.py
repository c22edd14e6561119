"""One case and its clocks as the signed terms read them: what happened, step by step, in words.

The same rules judge it as in a closed result (kpis.gathering, agreements.caseclock): the version in force at its
start, the limit of its priority, pauses only for the reasons that this version names.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import simulator
from agreements.businesstime import Calendar
from agreements.caseclock import CaseReading, Pause, read_clock
from agreements.models import Version
from agreements.terms import Priority, Terms
from kpis import display, gathering
from kpis.models import Case, Delivery, Period, Target
from kpis.spec import case_terms

RESPONSE, RESOLUTION = "response", "resolution"
NAMES = {RESPONSE: gettext_lazy("Answer"), RESOLUTION: gettext_lazy("Resolution")}
STRETCHES = {
    "running": ("player-play", "ok", gettext_lazy("The clock runs")),
    "paused": ("clock-pause", "warn", gettext_lazy("It waits")),
    "closed": ("clock-x", "mute", gettext_lazy("Outside service hours")),
}


class Clock(NamedTuple):
    """One of the two clocks of a case. `judged`: it is the one that the KPI is about."""

    kind: str
    reading: CaseReading
    judged: bool

    @property
    def name(self) -> str:
        return str(NAMES[self.kind])


class Step(NamedTuple):
    """A line of the story: a moment, or a stretch up to `until`."""

    at: datetime
    until: datetime | None
    icon: str
    tone: str
    text: str
    note: str = ""


@dataclass(frozen=True)
class CaseFile:
    """A case as it is known now, with the version that judges it; no clocks where that has no row for it."""

    case: Case
    revisions: Sequence[Case]
    terms: Terms
    version: Version
    zone: str
    clocks: Sequence[Clock]
    deliveries: Mapping[int, Delivery]

    @cached_property
    def row(self) -> Priority | None:
        return next((each for each in self.terms.priorities if each.priority == self.case.priority), None)

    @property
    def counted(self) -> Sequence[Pause]:
        """Waiting for which the clocks stood still, oldest first."""
        return self.clocks[-1].reading.counted if self.clocks else ()

    @property
    def ignored(self) -> Sequence[Pause]:
        """Waiting for reasons that the version does not name."""
        return self.clocks[-1].reading.ignored if self.clocks else ()

    def told(self, since: datetime) -> str:
        """Who told of the waiting that began at an instant, in words: the delivery that said so first."""
        for revision in reversed(self.revisions):
            if any(start.replace(microsecond=0) == since for start, _end, _reason in gathering.pauses_of(revision)):
                return _("told by %s") % said_of(self.deliveries.get(revision.delivery_id))
        return ""


def find(target: Target, number: str, now: datetime) -> CaseFile | None:
    """The case of that number in the stream of a target, as known now; None when nobody delivered it.

    Of several sources that know the number the newest delivery counts, as in a figure. A stream may serve several
    agreements: a case that ended before this one measured, or began after it, is none of its parties' business.
    """
    newest = gathering.newest(Case.objects.current(target.indicator_id).filter(external_id=number))
    if not newest or not _concerns(target, newest[0], now):
        return None
    case = newest[0]
    same = Case.objects.filter(indicator_id=target.indicator_id, source=case.source, external_id=number)
    revisions = list(same.order_by("-revision"))
    version = judging(target, case)
    terms = version.read_terms()
    return CaseFile(
        case, revisions, terms, version, terms.agreement.timezone,
        clocks_of(case, terms, target.spec["kpi"]["params"], now),
        Delivery.objects.select_related("by").in_bulk([each.delivery_id for each in revisions]),
    )


def period_of(target: Target, file: CaseFile, now: datetime) -> Period | None:
    """The period whose figure counts a case, or would; None when it counts nowhere yet."""
    cohort = target.spec["kpi"]["params"].get("cohort", "closed_in")
    judged = next((each.reading for each in file.clocks if each.judged), None)
    at = {"opened_in": file.case.at, "due_in": judged and judged.due_at}.get(cohort, file.case.closed_at or now)
    same = Period.objects.filter(target__agreement=target.agreement_id, target__key=target.key)
    return same.filter(lo__lte=at, hi__gt=at).order_by("-lo").first() if at else None


def _concerns(target: Target, case: Case, now: datetime) -> bool:
    same = Period.objects.filter(target__agreement=target.agreement_id, target__key=target.key)
    return same.filter(lo__lte=case.closed_at or now, hi__gt=case.at).exists()


def said_of(delivery: Delivery | None) -> str:
    """ "Daniel Osei (Upload, delivery 7)"; what the portal fetched itself has nobody's name."""
    if delivery is None:
        return "–"
    by = delivery.by.name if delivery.by else _("the portal")
    return _("%(by)s (%(door)s, delivery %(number)d)") % {
        "by": by, "door": delivery.get_door_display(), "number": delivery.pk,
    }


def judging(target: Target, case: Case) -> Version:
    """The version in force at the start of a case; one from before them all is judged by the target's own."""
    executed = Version.objects.executed().filter(agreement=target.agreement_id, effective_from__lte=case.at)
    return executed.order_by("-effective_from").first() or target.version


def clocks_of(case: Case, terms: Terms, params: Mapping[str, Any], now: datetime) -> list[Clock]:
    """The clocks that the version promises for the priority of a case; `params` are those of the KPI that asks."""
    row = next((each for each in terms.priorities if each.priority == case.priority), None)
    if row is None:
        return []
    calendar = Calendar.from_dict(case_terms(terms, row.calendar)["calendars"][row.calendar])
    measure = params.get("measure", "opened_to_closed")
    answering = measure == "opened_to_responded"
    until = "opened_to_resolved" if answering else measure
    promised = [
        (RESPONSE, row.response_seconds, {"measure": "opened_to_responded"}, answering),
        (RESOLUTION, row.resolution_seconds, {"measure": until}, not answering),
    ]
    return [
        Clock(kind, _read(case, terms, calendar, limit, gathering.ended(case, ends), now), judged)
        for kind, limit, ends, judged in promised
        if limit
    ]


def _read(
    case: Case, terms: Terms, calendar: Calendar, limit: int, stopped_at: datetime | None, now: datetime
) -> CaseReading:
    return read_clock(
        calendar, limit, case.at, now=now, pauses=gathering.pauses_of(case),
        allowed_reasons=[each.key for each in terms.pauses], stopped_at=stopped_at,
    )


def story(file: CaseFile) -> list[Step]:
    """What happened, oldest first: moments of the case and of its clocks, and the stretches between them."""
    if not file.clocks:
        return sorted(_moments(file), key=lambda step: step.at)
    longest = max(file.clocks, key=lambda clock: clock.reading.until)
    steps = [*_moments(file), *_stretches(file, longest), *_marks(file), *_ignored(file)]
    return sorted(steps, key=lambda step: (step.at, step.until is not None))


def _moments(file: CaseFile) -> Iterable[Step]:
    case, name = file.case, file.row.name if file.row else "–"
    priority = _("priority %(number)d, %(name)s") % {"number": case.priority, "name": name}
    yield Step(case.at, None, "flag", "info", _("Opened"), priority)
    ends = [(case.responded_at, _("Answered")), (case.resolved_at, _("Resolved")), (case.closed_at, _("Closed"))]
    for at, words in ends:
        if at is not None:
            yield Step(at, None, "circle-check", "info", words)


def _stretches(file: CaseFile, clock: Clock) -> Iterable[Step]:
    names = {each.key: each.name for each in file.terms.pauses}
    limit = display.duration(clock.reading.limit_seconds)
    steps = list(simulator.steps(clock.reading.segments, names))
    for place, step in enumerate(steps):
        if place and step.segment.kind == "closed" and steps[place - 1].segment.kind == "running":
            continue  # said with the stretch before it
        symbol, tone, words = STRETCHES[step.segment.kind]
        note = ""
        if step.segment.kind == "running":
            said = {"ran": display.duration(step.segment.seconds), "used": display.duration(step.used), "limit": limit}
            note = _("%(ran)s; %(used)s of %(limit)s used by then") % said
            if any(each.segment.kind == "closed" for each in steps[place + 1 : place + 2]):
                note = f"{note}; {_('then the hours are over')}"
        elif step.segment.kind == "paused":
            spared = _("%(time)s of service time do not count") % {"time": display.duration(step.segment.seconds)}
            note = "; ".join(filter(None, [spared, file.told(_began(clock.reading, step.segment.start))]))
        text = f"{words}: {step.reasons}" if step.reasons else str(words)
        yield Step(step.segment.start, step.segment.end, symbol, tone, text, note)


def _began(reading: CaseReading, at: datetime) -> datetime:
    """When the waiting of an instant began: overlapping pauses make one stretch, and their edges cut it."""
    return max(each.start for each in reading.counted if each.start <= at)


def _marks(file: CaseFile) -> Iterable[Step]:
    """Shares of the limits used up, and the second from which each was missed; only what has come to pass."""
    for clock in file.clocks:
        reading = clock.reading
        for percent, at in reading.thresholds.items():
            if at is not None and at <= reading.until and percent < 100:
                said = _("%(percent)d %% of the time is used (%(clock)s)") % {"percent": percent, "clock": clock.name}
                yield Step(at, None, "hourglass", "warn" if percent >= 75 else "mute", said)
        if reading.due_at is not None and reading.due_at <= reading.until:
            yield Step(reading.due_at, None, "hourglass", "warn", _("Due (%s): the whole time is used") % clock.name)
        if reading.met is False and reading.missed_from is not None:
            yield Step(reading.missed_from, None, "alert-triangle", "bad", _("Late from here on (%s)") % clock.name)


def _ignored(file: CaseFile) -> Iterable[Step]:
    for pause in file.ignored:
        said = _("%(version)s names no such reason to pause: the clock goes on.") % {"version": file.version.label}
        note = " ".join(filter(None, [said, file.told(pause.start)]))
        yield Step(pause.start, pause.end, "ban", "mute", _("Waiting reported: %s") % pause.reason, note)
