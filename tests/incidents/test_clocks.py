"""The engine under clocks that jump and days of 23 and 25 hours, and people who go while it climbs."""

import random
from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts import outbox
from accounts.models import Message, Notice
from agreements import terms as t
from agreements.models import PositionHolder
from incidents import escalation, ladder
from incidents.models import Run, Step
from incidents.subjects import Subject
from tests import mailbox as mailboxes
from tests.factories import MAY, hold_position, make_agreement, make_terms, make_user, make_version
from tests.incidents.rows import CLOSED, DAY, HOUR, MATRIX, make_breach, make_ladder

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def mailbox(settings):
    yield from mailboxes.served(settings)


# A clock that jumps


@pytest.mark.parametrize("jump", [2 * HOUR, -2 * HOUR])
def test_a_clock_that_jumps_by_two_hours_tells_nobody_twice_and_moves_no_plan(jump):
    """Wrong from 3 h until 3 h 30 min after the start; level 1 is due after 4 h, level 2 after 28."""
    version, people = make_ladder()
    breach = make_breach(version)
    for minutes in range(0, 29 * 60, 10):
        wrong = jump if 180 <= minutes < 210 else timedelta()
        escalation.tick(now=CLOSED + timedelta(minutes=minutes) + wrong)
    steps = breach.run.steps.order_by("level").values_list("level", "state", "due_at")
    assert list(steps) == [(0, "fired", CLOSED), (1, "fired", CLOSED + 4 * HOUR), (2, "fired", CLOSED + 28 * HOUR)]
    # Ahead by two hours it is told as soon as the clock says so, and not again when the clock is right.
    assert breach.run.steps.get(level=1).fired_at == CLOSED + (5 if jump > timedelta() else 4) * HOUR
    assert Notice.objects.count() == 4


@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_clock_does_each_step_fires_once_and_each_mail_goes_once(mailbox, seed):
    """A walk with jumps of up to two hours either way, then the right time: nothing lost, nothing twice."""
    numbers = random.Random(seed)
    versions = [make_ladder()[0] for _ in range(3)]
    for version in versions:
        make_breach(version)
    for hours in range(0, 30, 2):
        now = CLOSED + hours * HOUR + numbers.uniform(-2, 2) * HOUR
        escalation.tick(now=now)
        outbox.deliver(now=now + numbers.uniform(-2, 2) * HOUR)
    escalation.tick(now=CLOSED + 40 * HOUR)
    outbox.deliver(now=CLOSED + 40 * HOUR)

    assert set(Step.objects.values_list("state", flat=True)) <= {"fired", "coalesced"}
    fired = Step.objects.filter(state="fired").values_list("run", "level", "round")
    assert len(fired) == len(set(fired))
    assert {run.level for run in Run.objects.all()} == {2}
    assert set(Counter(Notice.objects.values_list("recipient", "key")).values()) == {1}
    assert set(Counter(mail["Message-ID"] for mail in mailbox.mails).values()) == {1}
    assert len(mailbox.mails) == Message.objects.filter(state="sent").count() == Message.objects.count()


# The nights on which the clocks change: 29 March and 25 October 2026 in Berlin


NIGHTS = {day: [["00:00", "04:00"]] if day in ("sat", "sun") else [] for day in
          ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def make_night_ladder(hours, clock):
    terms = make_terms(escalation=t.Escalation(MATRIX.positions, [
        t.Level(0, "Contact", 0, ["p-desk"]), t.Level(1, "Management", int(hours * 3600), ["p-head"], clock=clock),
    ]))
    terms.calendars.append(t.CalendarTerm("night", "Nights of the weekend", "Europe/Berlin", NIGHTS))
    agreement = make_agreement(state="active")
    version = make_version(agreement, state="executed", terms=terms, concluded_at=MAY, executed_at=MAY)
    for key in ("p-desk", "p-head"):
        hold_position(agreement, key, make_user())
    PositionHolder.objects.update(since=MAY.replace(month=1))
    return version


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(("start", "hours", "clock", "due"), [
    # In spring the night from 00:00 to 04:00 has three hours, in autumn five.
    ("2026-03-29T00:00", 2.5, "night", "2026-03-29T03:30"),
    ("2026-03-29T00:00", 3.5, "night", "2026-04-04T00:30"),
    ("2026-10-25T00:00", 4.5, "night", "2026-10-25T03:30"),
    ("2026-10-25T00:00", 5.5, "night", "2026-10-31T00:30"),
    # Elapsed hours are hours: the wall clock shows another time of day.
    ("2026-03-28T12:00", 24, "", "2026-03-29T13:00"),
    ("2026-10-24T12:00", 24, "", "2026-10-25T11:00"),
])
def test_a_delay_over_a_change_of_the_clocks(start, hours, clock, due):
    version = make_night_ladder(hours, clock)
    run = escalation.start(Subject("kpis.latedata:1:1", "Late", "/x/"), version, at=local(start))
    assert escalation.tick(now=local(start)) == 1
    assert escalation.tick(now=local(due).astimezone(CLOSED.tzinfo) - SECOND) == 0
    assert escalation.tick(now=local(due)) == 1
    assert run.steps.get(level=1).due_at == local(due)


@pytest.mark.parametrize(("lo", "hi", "due"), [
    ("2026-03-29T01:00", "2026-03-29T03:30", "2026-03-29T04:30"),  # half an hour of the clock does not exist
    ("2026-10-25T01:00", "2026-10-25T03:30", "2026-10-25T04:30"),
])
def test_maintenance_over_a_change_of_the_clocks(lo, hi, due):
    """An hour is left when it begins, and an hour when it ends."""
    version = make_night_ladder(2, "")
    matrix = ladder.read(ladder.freeze(version.read_terms()))
    (_first, second) = ladder.plan(matrix, local(lo).astimezone(CLOSED.tzinfo) - HOUR, [(local(lo), local(hi))])
    assert second.due_at == local(due)


# People who go


def test_who_is_deactivated_meanwhile_stays_in_what_was_said_and_is_not_asked_again():
    """Steps told keep their people; a level that nobody reachable holds goes up at once, and the owner hears it."""
    version, people = make_ladder()
    breach = make_breach(version)
    escalation.tick(now=CLOSED)
    before = breach.run.matrix
    for key in ("p-desk", "p-head", "c-head"):
        person = people[key]
        person.is_active = False
        person.save(update_fields=["is_active"])

    assert escalation.tick(now=CLOSED + 4 * HOUR) == 2

    run = Run.objects.get()
    assert run.matrix == before
    assert [person["name"] for person in run.steps.get(level=0).told] == ["Service desk lead"]
    assert (run.level, run.steps.get(level=1).told) == (2, [])
    assert Notice.objects.filter(recipient=people["p-board"]).count() == 1
    assert Notice.objects.get(recipient=breach.agreement.owner).key == f"run:{run.pk}:1:1:nobody"
    assert escalation.tick(now=CLOSED + 30 * DAY) == 0
