"""Ladders rest during agreed maintenance by themselves: to the second, in any stop, and as the dry run says."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Notice, User
from agreements import terms as t
from agreements.models import PositionHolder
from incidents import actions, display, escalation, ladder, queue
from incidents.models import Breach, Run
from incidents.subjects import Subject
from kpis import actions as measuring
from records.models import AuditEntry
from tests.factories import MAY, hold_position, make_agreement, make_member, make_terms, make_user, make_version
from tests.incidents import desk
from tests.incidents.rows import CLOSED, DAY, HOUR, MATRIX, make_breach, make_ladder, make_target
from tests.kpis.claims import excluding_terms
from tests.race import race

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
LO, HI = CLOSED + 2 * HOUR, CLOSED + 8 * HOUR  # level 1 is due in the middle, 4 h after the start


@pytest.fixture
def scene():
    return make_scene()


def make_scene():
    """A signed agreement whose K1 and K2 may be excluded from; a breach of K1 and its run."""
    terms = excluding_terms(cap=None, notice=0)
    terms.kpis[1] = replace(terms.kpis[0], key="K2", name="Availability of mail", indicator="mail")
    terms.escalation = MATRIX
    agreement = make_agreement(state="active")
    version = make_version(agreement, state="executed", terms=terms, concluded_at=MAY, executed_at=MAY)
    agreement.version = version
    agreement.people = {position.key: make_user(name=position.title) for position in MATRIX.positions}
    for key, user in agreement.people.items():
        hold_position(agreement, key, user)
    agreement.asker = make_member(agreement.provider, "provider")
    agreement.guest = make_member(agreement.client, "client")
    agreement.breach = make_breach(version)
    return agreement


def agree(agreement, lo=LO, hi=HI, *, kpi="K1", told=CLOSED - 9 * DAY, at=CLOSED - 9 * DAY):
    make_target(agreement.version, kpi)
    proposed = measuring.propose_exclusion(
        agreement, category="maintenance", kpis=[kpi], starts_at=lo, ends_at=hi, reason="New database", notice_at=told,
        actor=agreement.asker, at=at,
    )
    return measuring.approve_exclusion(proposed, actor=agreement.people["p-head"], at=at)


def told(agreement, position):
    return Notice.objects.filter(recipient=agreement.people[position], key__startswith="run:").count()


def run_of(agreement):
    return Run.objects.get(breach=agreement.breach)


def verbs():
    found = AuditEntry.objects.filter(verb__startswith="escalation.").order_by("pk")
    return [verb.removeprefix("escalation.") for verb in found.values_list("verb", flat=True)]


def test_it_rests_from_the_first_second_to_the_last_and_goes_on_with_what_was_left(scene):
    agree(scene)
    escalation.tick(now=CLOSED)
    escalation.tick(now=LO - SECOND)
    assert run_of(scene).state == "active"
    escalation.tick(now=LO)
    run = run_of(scene)
    assert (run.state, run.suspended_at, run.suspended_for) == ("suspended", LO, "EXC-0001: New database")

    assert [escalation.tick(now=at) for at in (CLOSED + 4 * HOUR, HI - SECOND)] == [0, 0]
    assert run_of(scene).state == "suspended"
    assert escalation.tick(now=HI) == 1
    assert (run_of(scene).state, run_of(scene).suspended_at) == ("active", None)

    # Two of the four hours were left when it began.
    assert escalation.tick(now=HI + 2 * HOUR - SECOND) == 0
    assert escalation.tick(now=HI + 2 * HOUR) == 1
    assert told(scene, "p-head") == told(scene, "c-head") == 1
    assert verbs() == ["told", "suspended", "went_on", "told"]


@pytest.mark.parametrize(("lo", "at", "fired"), [
    (CLOSED + 4 * HOUR, CLOSED + 4 * HOUR, 0),  # due at the second in which it begins: it rests
    (CLOSED + 4 * HOUR + SECOND, CLOSED + 4 * HOUR, 1),
    (CLOSED + 4 * HOUR + SECOND, CLOSED + 4 * HOUR + 59 * SECOND, 1),  # the engine is late, the level is not
])
def test_what_was_due_before_it_begins_is_told_and_what_is_due_as_it_begins_is_not(scene, lo, at, fired):
    agree(scene, lo, lo + HOUR)
    escalation.tick(now=CLOSED)
    assert escalation.tick(now=at) == fired
    assert told(scene, "p-head") == fired
    escalation.tick(now=at + 60 * SECOND)
    assert run_of(scene).state == "suspended"
    assert escalation.tick(now=lo + HOUR - SECOND) == 0


@pytest.mark.parametrize("hours", [4 * HOUR, 4 * HOUR + SECOND])
def test_maintenance_that_ends_as_a_level_is_due(scene, hours):
    """From 2 h before to the second of the level: it is told two hours after the end, in both cases."""
    hi = CLOSED + hours
    agree(scene, LO, hi)
    escalation.tick(now=CLOSED)
    escalation.tick(now=LO)
    escalation.tick(now=hi)
    assert run_of(scene).steps.get(level=1).due_at == hi + 2 * HOUR


def test_a_breach_that_is_seen_during_maintenance_is_told_when_it_ends(scene):
    agree(scene, CLOSED - HOUR, CLOSED + HOUR)
    assert [escalation.tick(now=CLOSED), escalation.tick(now=CLOSED + HOUR - SECOND)] == [0, 0]
    run = run_of(scene)
    assert (run.state, run.suspended_at, told(scene, "p-desk")) == ("suspended", CLOSED, 0)
    assert escalation.tick(now=CLOSED + HOUR) == 2  # its end, and the first level
    assert told(scene, "p-desk") == 1
    assert run_of(scene).steps.get(level=1).due_at == CLOSED + 5 * HOUR


def test_a_stop_over_the_whole_of_it_leaves_it_out_all_the_same(scene):
    """Down from before it began until after it ended: what is told is what would have been, and no burst."""
    agree(scene)
    escalation.tick(now=CLOSED)
    assert escalation.tick(now=HI + 2 * HOUR - SECOND) == 0
    assert escalation.tick(now=HI + 2 * HOUR) == 1
    assert run_of(scene).steps.get(level=2).due_at == HI + 26 * HOUR
    assert verbs() == ["told", "rested", "told"]


def test_a_stop_before_anybody_was_told(scene):
    """The levels passed count without the maintenance between them, and are told in one message."""
    agree(scene)
    assert escalation.tick(now=HI + 2 * HOUR) == 1
    run = run_of(scene)
    assert [(step.level, step.due_at, step.state) for step in run.steps.order_by("level")] == [
        (0, CLOSED, "coalesced"), (1, HI + 2 * HOUR, "fired"), (2, HI + 26 * HOUR, "pending"),
    ]
    assert told(scene, "p-desk") == told(scene, "p-head") == 1


def test_a_stop_that_ends_within_it_climbs_only_to_its_beginning(scene):
    agree(scene)
    assert escalation.tick(now=LO + 3 * HOUR) == 1
    assert (told(scene, "p-desk"), told(scene, "p-head")) == (1, 0)
    escalation.tick(now=LO + 3 * HOUR + 60 * SECOND)
    assert (run_of(scene).state, run_of(scene).suspended_at) == ("suspended", LO)
    escalation.tick(now=HI)
    assert run_of(scene).steps.get(level=1).due_at == HI + 2 * HOUR


@pytest.mark.parametrize("how", ["withdrawn", "disputed"])
def test_what_is_agreed_no_more_ends_the_rest_at_once(scene, how):
    exclusion = agree(scene)
    escalation.tick(now=CLOSED)
    escalation.tick(now=LO)
    at = LO + HOUR
    if how == "withdrawn":
        measuring.withdraw_exclusion(exclusion, reason="Called off", actor=scene.asker, at=at)
    else:
        measuring.open_dispute(exclusion, reason="Not that night", actor=scene.guest, at=at)
    assert escalation.tick(now=at) == 1
    assert run_of(scene).state == "active"
    assert run_of(scene).steps.get(level=1).due_at == CLOSED + 5 * HOUR  # one hour rested


def test_what_is_added_while_it_rests_prolongs_it(scene):
    agree(scene)
    escalation.tick(now=CLOSED)
    escalation.tick(now=LO)
    agree(scene, HI - HOUR, HI + HOUR)
    assert [escalation.tick(now=at) for at in (LO + HOUR, HI, HI + HOUR - SECOND, HI + HOUR)] == [0, 0, 0, 1]
    assert run_of(scene).steps.get(level=1).due_at == HI + 3 * HOUR


def test_it_rests_only_from_the_moment_it_is_agreed(scene):
    """Announced in time, approved while it runs: what was told before stays told, and nothing is paid twice."""
    escalation.tick(now=CLOSED)
    agree(scene, at=LO + HOUR)
    escalation.tick(now=LO + HOUR)
    assert run_of(scene).suspended_at == LO + HOUR
    escalation.tick(now=HI)
    assert run_of(scene).steps.get(level=1).due_at == HI + HOUR


@pytest.mark.parametrize("case", ["another KPI", "proposed", "afterwards", "never announced"])
def test_what_is_no_agreed_maintenance_of_this_holds_nothing_back(scene, case):
    if case == "another KPI":
        agree(scene, kpi="K2")
    elif case == "proposed":
        measuring.propose_exclusion(
            scene, category="maintenance", kpis=["K1"], starts_at=LO, ends_at=HI, reason="New database",
            notice_at=CLOSED - 9 * DAY, actor=scene.asker, at=CLOSED - 9 * DAY,
        )
    escalation.tick(now=CLOSED)
    if case == "afterwards":
        agree(scene, at=HI)
    elif case == "never announced":  # what went down by itself is no maintenance, though its time may be excluded
        agree(scene, told=None, at=LO + HOUR)
    assert escalation.tick(now=CLOSED + 4 * HOUR) == 1
    assert told(scene, "p-head") == 1


def test_an_incident_rests_once_it_is_linked_to_the_kpi_and_a_complaint_never(scene):
    """Nobody has said that it is about the maintenance: then its first level is told at once."""
    agree(scene, CLOSED, CLOSED + 10 * HOUR)
    linked, _other = (desk.log(scene, at=CLOSED, began_at=CLOSED, title=title) for title in ("Slow", "Mail is away"))
    actions.link_incident(linked, target=make_target(scene.version), actor=scene.asker, at=CLOSED)
    subject = Subject("reviews.complaint:1", "No answer", "/complaints/CMP-1/", "CMP-1")
    escalation.start(subject, scene.version, at=CLOSED)
    escalation.tick(now=CLOSED)
    assert {run.title: run.state for run in Run.objects.all() if run.breach is None} == {
        "Slow": "suspended", "Mail is away": "active", "No answer": "active",
    }


def test_a_person_who_asks_for_the_next_level_gets_it_at_once(scene):
    agree(scene)
    escalation.tick(now=CLOSED)
    escalation.tick(now=LO)
    actions.raise_run(run_of(scene), seen_level=0, actor=scene.people["p-desk"], at=LO + HOUR)
    assert escalation.tick(now=LO + HOUR) == 1
    assert (run_of(scene).state, told(scene, "p-head")) == ("active", 1)
    assert escalation.tick(now=HI) == 0
    assert run_of(scene).steps.get(level=2).due_at == LO + 25 * HOUR


def test_who_acknowledges_a_resting_run_stops_it(scene):
    agree(scene)
    escalation.tick(now=CLOSED)
    escalation.tick(now=LO)
    actions.acknowledge(scene.breach, actor=scene.people["p-desk"], at=LO + HOUR)
    assert escalation.tick(now=CLOSED + 300 * DAY) == 0


def test_a_lapse_within_maintenance_waits_for_its_end(scene):
    escalation.tick(now=CLOSED)
    escalation.tick(now=CLOSED + 4 * HOUR)
    at = CLOSED + 5 * HOUR
    actions.acknowledge(scene.breach, actor=scene.people["p-head"], at=at)
    lapse = at + 3 * DAY
    agree(scene, lapse - HOUR, lapse + HOUR, told=CLOSED, at=CLOSED)
    assert escalation.tick(now=lapse) == 1  # the lapse; the level above rests
    assert (run_of(scene).state, run_of(scene).suspended_at) == ("suspended", lapse)
    assert escalation.tick(now=lapse + HOUR) == 2
    assert told(scene, "p-board") == 1


def test_the_message_names_the_moment_after_the_maintenance(scene):
    agree(scene)
    escalation.tick(now=CLOSED)
    assert "by Wed 3 Jun 2026, 18:00 (UTC)" in Notice.objects.get(recipient=scene.people["p-desk"]).text


def test_the_dry_run_says_what_the_engine_does(scene, client):
    """The ladder on paper with its rest is that of the run, level for level."""
    agree(scene)
    matrix = ladder.read(ladder.freeze(scene.version.read_terms()))
    paper = [(rung.number, rung.due_at) for rung in ladder.plan(matrix, CLOSED, [(LO, HI)])]
    for minutes in range(0, 40 * 60, 10):
        escalation.tick(now=CLOSED + timedelta(minutes=minutes))
    assert [(step.level, step.due_at) for step in run_of(scene).steps.filter(kind="notify").order_by("level")] == paper
    assert [step.fired_at for step in run_of(scene).steps.filter(kind="notify").order_by("level")] == [
        due_at for _level, due_at in paper
    ]


hours = st.integers(0, 60).map(lambda number: number * HOUR / 2)


def test_the_pages_say_that_it_rests_and_offer_to_acknowledge(scene, client):
    agree(scene)
    escalation.tick(now=CLOSED)
    escalation.tick(now=LO)
    run = Run.objects.prefetch_related("steps").get(breach=scene.breach)
    first, second, third = display.rungs(run, {}, scene.guest, LO + 3 * HOUR)
    assert (first.lead, first.until, first.share) == ("Rests; goes on in", HI, 50)
    assert (second.at, third.at) == (HI + 2 * HOUR, HI + 26 * HOUR)
    (row,) = queue.rows(queue.for_list(Breach.objects.all()), scene.guest, LO + HOUR)
    assert (row.next, row.due, row.can_tick) == ("Rests during agreed maintenance", HI, True)
    client.force_login(scene.people["p-desk"])
    page = client.get(scene.breach.get_absolute_url()).content.decode()
    assert "Acknowledge" in page and "The ladder rests during agreed maintenance" in page


# The dry run


def dry_run(client, scene, start):
    client.force_login(scene.owner)
    page = client.get(reverse("incidents:ladder", args=[scene.reference, "v1.0"]), {"start": f"{start:%Y-%m-%dT%H:%M}"})
    assert page.status_code == 200
    return [(entry["at"], entry["text"], entry["note"]) for entry in page.context["entries"]]


def test_the_dry_run_shows_the_rest_and_what_comes_after_it(scene, client):
    agree(scene)
    entries = dry_run(client, scene, CLOSED)
    assert [at for at, *_rest in entries] == [CLOSED, LO, HI + 2 * HOUR, HI + 26 * HOUR]
    assert entries[1][1:] == (
        "The ladder of a KPI in maintenance rests until Wed 3 Jun, 16:00",
        "EXC-0001: New database. What is left of a level's time counts from then.",
    )


def test_the_dry_run_shows_quiet_hours_and_who_is_mailed_in_them(scene, client):
    for key in ("p-desk", "p-head"):
        User.objects.filter(pk=scene.people[key].pk).update(quiet_from=time(7), quiet_until=time(14))
    entries = dry_run(client, scene, CLOSED)
    held = "The mail to Service desk lead waits for the end of the quiet hours, Wed 3 Jun, 14:00"
    assert entries[0][2].endswith(f"{held}; the inbox has it at once.")
    assert entries[1][2].endswith("Head of operations is mailed in the quiet hours too: the level is critical.")
    assert "quiet" not in entries[2][2]


def test_the_dry_run_goes_up_at_once_where_nobody_can_be_reached_and_repeats(client):
    """As the engine does, and as often: the same levels at the same moments."""
    levels = [t.Level(0, "Contact", 0, ["p-desk"]), t.Level(1, "Management", 4 * 3600, ["p-head"])]
    version, people = make_ladder(t.Escalation(MATRIX.positions, levels, repeats=1, repeat_seconds=7200))
    PositionHolder.objects.filter(position="p-desk").update(until=MAY)
    entries = dry_run(client, version.agreement, CLOSED)
    assert [(at, text.split(":")[0]) for at, text, _note in entries] == [
        (CLOSED, "Contact"), (CLOSED, "Management"),
        (CLOSED + 2 * HOUR, "Repetition 1 of 1, Contact"), (CLOSED + 2 * HOUR, "Repetition 1 of 1, Management"),
    ]
    assert "Nobody can be reached: the next level is told at once" in entries[0][2]
    make_breach(version)
    for minutes in range(0, 600, 10):
        escalation.tick(now=CLOSED + timedelta(minutes=minutes))
    steps = Run.objects.get().steps.order_by("round", "level").values_list("fired_at", "level")
    assert list(steps) == [(CLOSED, 0), (CLOSED, 1), (CLOSED + 2 * HOUR, 0), (CLOSED + 2 * HOUR, 1)]


spells = st.lists(st.tuples(hours, hours), max_size=3)


@given(after=st.integers(0, 30), rests=spells, clock=st.sampled_from(["", "desk"]))
def test_no_level_is_due_within_a_rest_and_none_earlier_than_without(after, rests, clock):
    levels = [t.Level(number, "L", after * 3600, ["p-desk"], clock=clock) for number in range(3)]
    matrix = ladder.read(ladder.freeze(make_terms(escalation=t.Escalation(MATRIX.positions, levels))))
    spans = []
    for begin, length in sorted(rests):
        lo = CLOSED + begin
        if length and (not spans or lo > spans[-1][1]):
            spans.append((lo, lo + length))
    plain, resting = ladder.plan(matrix, CLOSED), ladder.plan(matrix, CLOSED, spans)
    for before, after_ in zip(plain, resting, strict=True):
        assert after_.due_at >= before.due_at
        assert not any(lo <= after_.due_at < hi for lo, hi in spans)
        if not clock:  # in elapsed time exactly the rests so far are added
            rested = sum((min(hi, after_.due_at) - lo for lo, hi in spans if lo < after_.due_at), timedelta())
            assert after_.due_at - before.due_at == rested


def test_one_that_cannot_be_put_to_rest_holds_nothing_back_and_is_reported(scene):
    agree(scene)
    other = make_breach(scene.version, lo=MAY.replace(year=2025), hi=MAY.replace(year=2025, month=6))
    escalation.tick(now=CLOSED)
    Run.objects.filter(breach=scene.breach).update(subject="incidents.nothing:1")
    version, people = make_ladder()
    make_breach(version, at=LO)
    with pytest.raises(LookupError):
        escalation.tick(now=LO)
    assert Run.objects.get(breach=other).state == "suspended"
    assert Notice.objects.filter(recipient=people["p-desk"]).count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_ticks_at_once_suspend_and_go_on_once():
    scene = make_scene()
    agree(scene)
    for at in (CLOSED, LO, CLOSED + 4 * HOUR, HI, HI + 2 * HOUR):
        outcomes = race(lambda at=at: escalation.tick(now=at))
        assert [each for each in outcomes if isinstance(each, Exception)] == []
    assert verbs() == ["told", "suspended", "went_on", "told"]


@pytest.mark.parametrize(
    "due, expected",
    [
        (datetime(2026, 6, 5, 15, 30, tzinfo=UTC), datetime(2026, 6, 8, 15, 30, tzinfo=UTC)),  # half an hour was left
        (datetime(2026, 6, 5, 14, tzinfo=UTC), datetime(2026, 6, 7, 12, tzinfo=UTC)),  # it was due before
    ],
)
def test_what_was_left_counts_on_the_levels_own_clock(due, expected):
    """The desk is open from 15:00 to 22:00 on weekdays; the maintenance ends on a Sunday."""
    levels = [t.Level(0, "Contact", 0, ["p-desk"], clock="desk")]
    matrix = ladder.read(ladder.freeze(make_terms(escalation=t.Escalation(MATRIX.positions, levels))))
    lo, hi = datetime(2026, 6, 5, 14, 30, tzinfo=UTC), datetime(2026, 6, 7, 12, tzinfo=UTC)
    assert ladder.moved(matrix, 0, due, lo, hi) == expected
