"""The ladder of a breach as its page shows it, in each stage of its life."""

import pytest

from accounts.models import Message
from agreements import people
from incidents import actions, display, escalation, history
from incidents.models import Run
from tests.factories import make_user
from tests.incidents.rows import CLOSED, DAY, HOUR, make_breach, make_ladder

pytestmark = pytest.mark.django_db

OUTCOME = {"root_cause": "A switch failed.", "corrective": "Replaced.", "preventive": ""}


@pytest.fixture
def scene():
    version, people = make_ladder()
    breach = make_breach(version)
    breach.people = people
    return breach


def ladder(breach, now, user=None):
    run = Run.objects.prefetch_related("steps").get(breach=breach)
    holders = people.holders_of(breach.agreement, now)
    return display.rungs(run, holders, user or make_user(), now)


def stages(rungs):
    return [(rung.state, rung.note) for rung in rungs]


def test_before_the_first_tick_all_is_ahead(scene):
    rungs = ladder(scene, CLOSED)
    assert [(rung.state, rung.at) for rung in rungs] == [
        ("next", CLOSED), ("next", CLOSED + 4 * HOUR), ("next", CLOSED + 28 * HOUR)
    ]
    assert rungs[1].people == "Head of operations, Head of operations · Head of IT, Head of IT"


def test_the_clock_of_the_level_told_runs_to_the_next(scene):
    escalation.tick(now=CLOSED)
    escalation.tick(now=CLOSED + 4 * HOUR)
    desk, head, board = ladder(scene, CLOSED + 10 * HOUR, scene.people["p-head"])
    assert (desk.state, desk.note, desk.at) == ("past", "told, no acknowledgement in time", CLOSED)
    assert (head.state, head.people, head.until, head.lead, head.share) == (
        "now", "You, Head of IT", CLOSED + 28 * HOUR, "To level 2 in", 25
    )
    assert head.hint == "Acknowledging stops this clock. A new one starts: outcome within 3 days."
    assert (board.state, board.at) == ("next", CLOSED + 28 * HOUR)


def test_a_stop_shows_the_levels_passed(scene):
    escalation.tick(now=CLOSED + 30 * DAY)
    assert stages(ladder(scene, CLOSED + 30 * DAY)) == [
        ("past", "passed while the portal stood still"), ("past", "passed while the portal stood still"),
        ("now", "told"),
    ]
    assert ladder(scene, CLOSED + 30 * DAY)[-1].hint == "This is the last level."


def test_an_acknowledgement_starts_the_clock_of_the_outcome(scene):
    escalation.tick(now=CLOSED)
    escalation.tick(now=CLOSED + 4 * HOUR)
    at = CLOSED + 5 * HOUR
    actions.acknowledge(scene, actor=scene.people["p-head"], at=at)
    rungs = ladder(scene, at + DAY)
    assert (rungs[1].note, rungs[1].until, rungs[1].lead, rungs[1].share) == (
        "told, acknowledged", at + 3 * DAY, "Outcome due in", 33
    )
    assert (rungs[2].note, rungs[2].at) == ("only if the acknowledgement lapses", None)


def test_after_the_outcome_no_clock_runs(scene):
    escalation.tick(now=CLOSED)
    desk = scene.people["p-desk"]
    actions.acknowledge(scene, actor=desk, at=CLOSED)
    actions.document_outcome(scene, **OUTCOME, actor=desk, at=CLOSED)
    rungs = ladder(scene, CLOSED)
    assert stages(rungs) == [("now", "told, acknowledged"), ("next", "not needed"), ("next", "not needed")]
    assert [rung.until for rung in rungs] == [None] * 3
    actions.close(scene, actor=scene.people["c-head"], at=CLOSED)
    assert stages(ladder(scene, CLOSED))[0] == ("past", "told, acknowledged")


@pytest.mark.parametrize("seconds, said", [
    (0, "0 h"), (1800, "30 min"), (3600, "1 h"), (5400, "1 h 30 min"), (86_400, "1 day"), (90_000, "25 h"),
    (259_200, "3 days"),
])
def test_delays_in_words(seconds, said):
    assert display.span(seconds) == said


def test_every_act_has_its_line_in_the_history(scene):
    for hours in (0, 4):
        escalation.tick(now=CLOSED + hours * HOUR)
    head, client = scene.people["p-head"], scene.people["c-head"]
    at = CLOSED + 5 * HOUR
    actions.acknowledge(scene, actor=head, at=at)
    escalation.tick(now=at + 3 * DAY)
    actions.document_outcome(scene, **OUTCOME, actor=head, at=at + 4 * DAY)
    actions.close(scene, actor=client, at=at + 5 * DAY)
    actions.reopen(scene, reason="It came back.", actor=client, at=at + 6 * DAY)

    lines = [(entry.text, entry.note) for entry in history.entries(scene) if entry.icon != "mail"]

    assert lines == [
        ("Head of IT took it up again", "It came back."),
        ("Head of IT confirmed the outcome and closed it", ""),
        ("Head of operations documented the outcome", "A switch failed."),
        ("Went to Level 2, Board", ""),
        ("The acknowledgement lapsed", "No outcome in the time that the matrix gives"),
        ("Head of operations acknowledged it", "This stopped the escalation"),
        ("Went to Level 1, Management", ""),
        ("Went to Level 0, Initial contact", ""),
        ("Breach logged", "Judged by v1.0 of the agreement"),
    ]


@pytest.mark.parametrize("state, note", [
    ("pending", "E-mail is on its way"),
    ("failed", "E-mail could not be sent"),
    ("unknown", "Not known whether the e-mail arrived"),
    ("held", "E-mail waits for the end of quiet hours"),
    ("cancelled", "E-mail stopped before it was sent: somebody had acknowledged"),
])
def test_the_history_says_whose_mail_went_out(scene, state, note):
    escalation.tick(now=CLOSED)
    Message.objects.update(state=state)
    assert history.entries(scene)[0].note == note


def test_the_history_says_when_a_mail_was_sent(scene):
    escalation.tick(now=CLOSED)
    Message.objects.update(state="sent", sent_at=CLOSED + HOUR)
    told = history.entries(scene)[0]
    assert (told.text, told.note) == (
        "Service desk lead told in the inbox and by e-mail", "E-mail sent Wed 3 Jun, 09:00"
    )
