"""The main job, from an empty database to an amendment, through the acts that the browser calls.

Each step happens at its own moment: the clock is set, people act, the engine's sweeps run. It ends at NOW.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import agreements.actions as agreeing
import incidents.actions as handling
import kpis.actions as measuring
import reports.actions as reporting
import reviews.actions as reviewing
from accounts import identity
from agreements.models import Agreement, Slot, Template, Version
from incidents.models import Breach
from kpis.intake import files
from kpis.models import Credit, Indicator
from records import clock
from reports.models import Report
from reviews.models import Meeting
from slaportal import engine
from slaportal.demo import aside, claims, desk, promises, rawdata
from slaportal.demo.people import Cast, gather
from slaportal.timetable import TIMETABLE

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
MAY, JUNE, JULY = (datetime(2026, month, 1, tzinfo=UTC) for month in (5, 6, 7))


@dataclass
class Story:
    """What one step hands to the next, and what the command prints at the end."""

    password: str
    cast: Cast = None
    service: object = None
    version: Version = None
    meeting: Meeting = None
    lines: list[str] = field(default_factory=list)

    @property
    def agreement(self) -> Agreement:
        return self.version.agreement


def moment(day: int, month: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


STEPS: list[tuple[datetime, str, Callable[[Story, datetime], None]]] = []


def step(at: datetime, title: str):
    """Register a step of the story; they run in the order written here."""

    def register(act):
        STEPS.append((at, title, act))
        return act

    return register


def tell(story: Story) -> Iterator[tuple[int, int, str]]:
    """Run the whole story; yields (number, of, title) before each step. Leaves the clock at NOW."""
    for number, (at, title, act) in enumerate(STEPS, start=1):
        yield number, len(STEPS), title
        clock.shift(at - clock.real_now())
        run_sweeps()  # what the engine did since the last step
        act(story, at)
        run_sweeps()
    clock.shift(NOW - clock.real_now())
    run_sweeps()


def run_sweeps() -> None:
    """Run every sweep until what one causes is done by the next; an error stops the story."""
    for _ in range(2):
        for name in TIMETABLE:
            engine.sweep(name)


@step(moment(16, 3, 9), "Two organisations, and a person of every role joins by invitation")
def people(story: Story, at: datetime) -> None:
    story.cast = gather(password=story.password, at=at)


@step(moment(17, 3, 9), "A service that needs an SLA, and two requirements")
def requirements(story: Story, at: datetime) -> None:
    cast = story.cast
    story.service = agreeing.add_service(
        organisation=cast.provider, key="canvas", name="Learning platform", criticality="high", needs_sla=True,
        description="Courses, assignments and grades for all students, with its service desk.", reason="",
        owner=cast.manager, actor=cast.manager, at=at,
    )
    needs = [
        (cast.it_head, "Courses can be reached at any hour", "Students hand in at night, before deadlines", "must"),
        (cast.platform_lead, "Incidents are closed within a known time", "Teachers plan around them", "should"),
    ]
    for person, text, why, priority in needs:
        asked = agreeing.ask_requirement(
            story.service, client=cast.client, asked_of=person, actor=cast.manager, at=at
        )
        stated = agreeing.state_requirement(
            asked, text=text, why=why, priority=priority, actor=person, at=at + timedelta(hours=5)
        )
        agreeing.accept_requirement(stated, actor=cast.manager, at=at + timedelta(hours=7))


@step(moment(24, 3, 10), "An SLA drafted from a template, with four KPIs, credits and an escalation matrix")
def draft(story: Story, at: datetime) -> None:
    cast = story.cast
    version = agreeing.draft(
        template=Template.objects.filter(published_at__isnull=False, kind="sla").latest("number"),
        provider=cast.provider, client=cast.client, services=[story.service], title="Learning platform",
        kind="sla", actor=cast.manager, at=at,
    )
    story.version = agreeing.save_terms(
        version, terms=promises.fill(version.read_terms()), revision=version.revision, actor=cast.manager, at=at
    )
    holders = {"p-desk": cast.desk, "p-head": cast.head, "c-lead": cast.platform_lead, "c-head": cast.it_head}
    for position, person in holders.items():
        agreeing.hold_position(story.agreement, position=position, user=person, actor=cast.manager, at=at)


@step(moment(1, 4, 10), "Both parties review; a comment is settled")
def review(story: Story, at: datetime) -> None:
    cast, hour = story.cast, timedelta(hours=1)
    reviewers = [(cast.head, "provider", True), (cast.it_head, "client", True)]
    version = agreeing.submit(story.version, reviewers=reviewers, actor=cast.manager, at=at)
    remark = agreeing.comment(
        version, part="kpis", text="Is 99.3 % over the month or over the year?", blocking=True,
        actor=cast.it_head, at=at + hour,
    )
    agreeing.comment(
        version, part="kpis", text="Over each calendar month; the sentence under the target says so.",
        blocking=False, thread=remark, actor=cast.manager, at=at + 2 * hour,
    )
    agreeing.settle(remark, actor=cast.it_head, at=at + 3 * hour)
    for person in (cast.head, cast.it_head):
        agreeing.approve(version, actor=person, at=at + 4 * hour)
    story.version = Version.objects.get(pk=version.pk)


@step(moment(14, 4, 9), "Sent for signature")
def send(story: Story, at: datetime) -> None:
    cast = story.cast
    agreeing.open_round(
        story.version, people={"provider-1": cast.director, "client-1": cast.it_head},
        deadline=at + timedelta(days=14), actor=cast.manager, at=at,
    )


@step(moment(15, 4, 11), "The provider signs")
def provider_signs(story: Story, at: datetime) -> None:
    _sign(story, story.cast.director, at)


@step(moment(16, 4, 15), "The client signs; the sealed PDF goes into the vault")
def client_signs(story: Story, at: datetime) -> None:
    _sign(story, story.cast.it_head, at)


def _sign(story: Story, person, at: datetime) -> None:
    slot = Slot.objects.get(person=person, round__version=story.version)
    slot = agreeing.open_slot(slot, actor=person, at=at)
    version = Version.objects.get(pk=story.version.pk)
    agreeing.sign(
        slot, shown_sha256=version.terms_sha256, consent=True, typed_name=person.name,
        proof=identity.prove(person, password=story.password, at=at), address="127.0.0.1", agent="demo",
        actor=person, at=at,
    )


@step(moment(1, 6, 10), "May: the client says how satisfied it is")
def may_feedback(story: Story, at: datetime) -> None:
    _rate(story, "2026-05", 3, "Six hours without the platform on 7 May, in the week of hand-ins.", at)


@step(moment(2, 6, 9), "May: outages and 8,300 incidents are taken in")
def may_data(story: Story, at: datetime) -> None:
    _deliver(story, MAY, JUNE, at)


@step(moment(3, 6, 0, 5), "May is closed: breaches logged, the report shared, the first level told")
def close_may(story: Story, at: datetime) -> None:
    """The sweeps do it."""


@step(moment(3, 6, 4, 10), "Nobody acknowledged in four hours: the next level is told")
def escalate(story: Story, at: datetime) -> None:
    """The sweeps do it."""


@step(moment(3, 6, 9), "Breach and report are acknowledged, an outcome is documented, the credit agreed")
def handle(story: Story, at: datetime) -> None:
    cast, day = story.cast, timedelta(days=1)
    outage = Breach.objects.get(agreement=story.agreement, period__target__key="K1")
    outage = handling.acknowledge(outage, actor=cast.head, at=at)
    outage = handling.document_outcome(
        outage, root_cause="The supplier's platform was down on 7 and 8 May for six hours.",
        corrective="Hand-in dates of that week were moved; the supplier's status is watched every minute.",
        preventive="Large hand-ins are announced two weeks ahead.", check_days=21, actor=cast.head, at=at + day,
    )
    handling.close(outage, actor=cast.it_head, at=at + 2 * day)
    report = Report.objects.get(agreement=story.agreement, label="2026-05")
    reporting.acknowledge(report, remark="Received.", actor=cast.it_head, at=at + day)
    credit = Credit.objects.get(result__period__target__agreement=story.agreement)
    measuring.agree_credit(credit, actor=cast.it_head, at=at + 2 * day)


@step(moment(10, 6, 10), "Announced work is excluded from May; its result and report get an edition 2")
def correct(story: Story, at: datetime) -> None:
    claims.correct_may(story, at)


@step(moment(1, 7, 10), "An incident of June is solved and confirmed; the client says how satisfied it is")
def june_feedback(story: Story, at: datetime) -> None:
    desk.solve_one(story, at - timedelta(days=21))
    _rate(story, "2026-06", 5, "Quick answers, and the morning of 3 June was explained at once.", at)


@step(moment(2, 7, 9), "June: outages and 7,900 incidents are taken in")
def june_data(story: Story, at: datetime) -> None:
    _deliver(story, JUNE, JULY, at)


@step(moment(3, 7, 0, 5), "June and the quarter are closed; their reports are made and shared")
def close_june(story: Story, at: datetime) -> None:
    """The sweeps do it."""


@step(moment(3, 7, 9), "June's report and the quarter's are acknowledged")
def confirm(story: Story, at: datetime) -> None:
    for report in Report.objects.filter(agreement=story.agreement, state=Report.State.SHARED).order_by("hi", "lo"):
        reporting.acknowledge(report, remark="Received.", actor=story.cast.it_head, at=at)


@step(moment(3, 7, 10), "A review with minutes, an action and an agreed change")
def hold_review(story: Story, at: datetime) -> None:
    cast = story.cast
    meeting = reviewing.plan_meeting(
        story.agreement, planned_for=at, place="Video call", actor=cast.manager, at=at - timedelta(days=1)
    )
    meeting = reviewing.hold(
        meeting, attendees=[cast.manager.name, cast.head.name, cast.it_head.name], actor=cast.manager, at=at
    )
    said = [f"{item['title']}: looked at together, no objection." for item in meeting.agenda]
    reviewing.save_minutes(meeting, minutes=said, actor=cast.manager, at=at)
    promised = [
        (cast.desk, "Ask the supplier for a maintenance calendar", 11),
        (cast.manager, "Send the draft with the higher target for review", 7),
    ]
    for owner, text, days in promised:
        reviewing.add_action(
            meeting, text=text, owner=owner, due_on=NOW.date() + timedelta(days=days), actor=cast.manager, at=at
        )
    reviewing.agree_change(
        meeting, part="kpis", text="Raise the availability target from 99.3 % to 99.5 %", actor=cast.manager, at=at
    )
    reviewing.share_minutes(meeting, actor=cast.manager, at=at)
    for person in (cast.manager, cast.it_head):
        reviewing.approve_minutes(meeting, actor=person, at=at + timedelta(minutes=30))
    story.meeting = meeting


@step(moment(3, 7, 11), "The agreed change opens an amendment draft")
def amend(story: Story, at: datetime) -> None:
    reviewing.start_amendment(story.meeting.changes.get(number=1), actor=story.cast.manager, at=at)


@step(moment(3, 7, 11, 15), "An OLA and a supplier's contract, signed on paper, stand behind the agreement")
def support(story: Story, at: datetime) -> None:
    aside.link_support(story, at)


@step(moment(3, 7, 11, 30), "Loose ends: what waits for somebody on the day you look")
def loose_ends(story: Story, at: datetime) -> None:
    claims.maintenance_of_july(story, at)
    aside.leave_loose_ends(story, at)
    desk.leave_loose_ends(story, at)


def _rate(story: Story, period: str, score: int, text: str, at: datetime) -> None:
    reviewing.give_feedback(story.agreement, period=period, score=score, text=text, actor=story.cast.it_head, at=at)


def _deliver(story: Story, lo: datetime, hi: datetime, at: datetime) -> None:
    files = {
        "canvas-lms": (rawdata.outages_csv(lo, hi), "outages", (lo, hi)),
        "desk-cases": (rawdata.cases_csv(lo, hi), "incidents", None),
    }
    for key, (content, name, observed) in files.items():
        held = measuring.hold_file(
            Indicator.objects.get(organisation=story.cast.provider, key=key), file=io.BytesIO(content),
            filename=f"{name}-{lo:%Y-%m}.csv", timezone="UTC", observed=observed, actor=story.cast.desk, at=at,
        )
        measuring.decide_held(held, actor=story.cast.desk, at=at)
    _push_again(story, hi, at)


def _push_again(story: Story, until: datetime, at: datetime) -> None:
    """The desk's nightly job sends the last day by the API once more: what is known changes nothing."""
    content = io.BytesIO(rawdata.cases_csv(until - timedelta(days=1), until))
    desk = Indicator.objects.get(organisation=story.cast.provider, key="desk-cases")
    rows = files.read(desk.kind, content, zone=None).rows
    if rows:
        measuring.take_in(desk, rows=rows, source=desk.log_name, door="api", by=story.cast.desk, at=at)
