from datetime import UTC, datetime

import pytest

from accounts.models import Message, Notice, Role
from agreements import terms as t
from agreements.models import PositionHolder
from incidents import actions, escalation, firing
from incidents.models import Run, Step
from records.models import AuditEntry
from tests.factories import make_member
from tests.incidents.rows import CLOSED, DAY, HOUR, MATRIX, make_breach, make_ladder

pytestmark = pytest.mark.django_db


def steps(run):
    return list(run.steps.order_by("round", "due_at", "level").values_list("kind", "level", "round", "state"))


def told(user):
    return list(Notice.objects.filter(recipient=user).order_by("created_at").values_list("key", flat=True))


@pytest.fixture
def ladder():
    version, people = make_ladder()
    breach = make_breach(version)
    return breach, people


def test_the_first_level_is_told_within_one_tick(ladder):
    breach, people = ladder

    assert escalation.tick(now=CLOSED) == 1

    run = breach.run
    assert told(people["p-desk"]) == [f"run:{run.pk}:0:1"]
    assert Notice.objects.count() == 1
    message = Message.objects.get()
    assert (message.group, message.critical, message.address) == (
        f"run:{run.pk}", False, people["p-desk"].email
    )
    assert steps(run) == [("notify", 0, 1, "fired"), ("notify", 1, 1, "pending")]
    assert run.steps.first().told == [
        {"id": people["p-desk"].pk, "name": "Service desk lead", "position": "Service desk lead"}
    ]
    entry = AuditEntry.objects.get(verb="escalation.told")
    assert (entry.target_label, entry.target_id, entry.data["level"]) == ("incidents.breach", breach.pk, 0)


def test_a_second_tick_tells_nobody_again(ladder):
    assert [escalation.tick(now=CLOSED), escalation.tick(now=CLOSED)] == [1, 0]
    assert Notice.objects.count() == 1


def test_the_ladder_climbs_from_the_planned_times_however_late_the_engine_is(ladder):
    breach, people = ladder
    escalation.tick(now=CLOSED + HOUR)  # an hour late

    assert escalation.tick(now=CLOSED + 4 * HOUR - HOUR / 60) == 0
    assert escalation.tick(now=CLOSED + 4 * HOUR) == 1

    run = Run.objects.get()
    assert run.level == 1
    assert told(people["c-head"]) == told(people["p-head"]) == [f"run:{run.pk}:1:1"]
    assert run.steps.get(level=2).due_at == CLOSED + 28 * HOUR


def test_the_top_ends_the_ladder(ladder):
    breach, people = ladder
    for hours in (0, 4, 28):
        assert escalation.tick(now=CLOSED + hours * HOUR) == 1
    assert escalation.tick(now=CLOSED + 300 * DAY) == 0
    assert "last level" in Notice.objects.get(recipient=people["p-board"]).text
    assert Run.objects.stalled().count() == 0


def test_a_stop_of_thirty_days_passes_the_levels_without_a_burst(ladder):
    breach, people = ladder
    escalation.tick(now=CLOSED)
    late = CLOSED + 30 * DAY

    assert escalation.tick(now=late) == 1

    run = breach.run
    assert steps(run) == [
        ("notify", 0, 1, "fired"), ("notify", 1, 1, "coalesced"), ("notify", 2, 1, "fired")
    ]
    assert told(people["p-desk"]) == [f"run:{run.pk}:0:1"]
    assert told(people["p-board"]) == [f"run:{run.pk}:2:1"]
    assert told(people["p-head"]) == [f"run:{run.pk}:2:1:passed"]
    assert "stood still: Management." in Notice.objects.get(recipient=people["p-board"]).text
    assert AuditEntry.objects.filter(verb="escalation.told", data__passed=[1]).count() == 1


def test_a_stop_before_the_first_step_tells_each_person_once(ladder):
    breach, people = ladder

    assert escalation.tick(now=CLOSED + 30 * DAY) == 1

    assert [state for _, _, _, state in steps(breach.run)] == ["coalesced", "coalesced", "fired"]
    assert Notice.objects.count() == Message.objects.count() == 4
    assert "Initial contact, Management" in Notice.objects.get(recipient=people["p-desk"]).text


def test_the_delay_runs_in_business_time_over_a_weekend():
    desk = t.Escalation(MATRIX.positions, [
        t.Level(0, "Initial contact", 0, ["p-desk"]),
        t.Level(1, "Management", 4 * 3600, ["p-head"], clock="desk"),
    ])
    version, people = make_ladder(desk)
    friday = datetime(2026, 6, 5, 20, 30, tzinfo=UTC)  # the desk closes at 22:00 and opens on Monday at 15:00
    breach = make_breach(version, at=friday)
    escalation.tick(now=friday)

    assert breach.run.steps.get(level=1).due_at == datetime(2026, 6, 8, 17, 30, tzinfo=UTC)
    assert escalation.tick(now=datetime(2026, 6, 8, 17, 29, 59, tzinfo=UTC)) == 0
    assert escalation.tick(now=datetime(2026, 6, 8, 17, 30, tzinfo=UTC)) == 1


def test_nobody_reachable_goes_up_at_once_and_the_owner_is_told(ladder):
    breach, people = ladder
    PositionHolder.objects.filter(position="p-desk").update(until=CLOSED)

    assert escalation.tick(now=CLOSED) == 2

    run = breach.run
    assert told(breach.agreement.owner) == [f"run:{run.pk}:0:1:nobody"]
    assert told(people["p-head"]) == [f"run:{run.pk}:1:1"]
    # The level above was due at once, so the one after it counts from now as well.
    assert run.steps.get(level=2).due_at == CLOSED + 24 * HOUR


def test_a_deactivated_person_is_nobody(ladder):
    breach, people = ladder
    people["p-desk"].is_active = False
    people["p-desk"].save()

    escalation.tick(now=CLOSED)

    assert told(people["p-desk"]) == []
    assert breach.run.steps.get(level=0).told == []


def test_who_holds_the_position_is_asked_when_the_step_fires(ladder):
    breach, people = ladder
    successor = make_member(breach.agreement.provider, Role.PROVIDER)
    PositionHolder.objects.filter(position="p-desk").update(user=successor)

    escalation.tick(now=CLOSED)

    assert (told(people["p-desk"]), len(told(successor))) == ([], 1)


def test_a_person_of_two_positions_is_told_once():
    level = t.Level(0, "Initial contact", 0, ["p-head", "c-head"])
    version, people = make_ladder(t.Escalation(MATRIX.positions, [level]))
    PositionHolder.objects.filter(position="c-head").update(user=people["p-head"])
    make_breach(version)

    escalation.tick(now=CLOSED)

    assert Notice.objects.count() == Message.objects.count() == 1


def test_an_empty_matrix_tells_the_owner():
    version, _ = make_ladder(t.Escalation())
    breach = make_breach(version)

    assert escalation.tick(now=CLOSED) == 1

    assert told(version.agreement.owner) == [f"run:{breach.run.pk}:0:1:nobody"]


# Acknowledging


def test_an_acknowledgement_stops_the_ladder_and_its_mails(ladder):
    breach, people = ladder
    escalation.tick(now=CLOSED)

    actions.acknowledge(breach, actor=people["p-desk"], at=CLOSED + HOUR)

    assert escalation.tick(now=CLOSED + 300 * DAY) == 0
    assert Message.objects.get().state == "cancelled"
    # Level 0 sets no time for the outcome.
    assert steps(breach.run) == [("notify", 0, 1, "fired"), ("notify", 1, 1, "cancelled")]


def test_an_acknowledgement_lapses_and_the_ladder_goes_on(ladder):
    breach, people = ladder
    for hours in (0, 4):
        escalation.tick(now=CLOSED + hours * HOUR)
    at = CLOSED + 5 * HOUR
    actions.acknowledge(breach, actor=people["p-head"], at=at)

    assert escalation.tick(now=at + 3 * DAY - HOUR) == 0
    assert escalation.tick(now=at + 3 * DAY) == 2  # the lapse, and the level above

    run = Run.objects.get()
    assert (run.state, run.level) == ("active", 2)
    assert told(people["p-board"]) == [f"run:{run.pk}:2:2"]
    assert AuditEntry.objects.filter(verb="escalation.lapsed").count() == 1


def test_a_lapse_at_the_top_tells_the_top_again(ladder):
    breach, people = ladder
    escalation.tick(now=CLOSED + 30 * DAY)
    at = CLOSED + 30 * DAY
    for round_ in (2, 3):
        actions.acknowledge(breach, actor=people["p-board"], at=at)
        at += DAY
        assert escalation.tick(now=at) == 2
        assert f"run:{breach.run.pk}:2:{round_}" in told(people["p-board"])


def test_an_acknowledgement_before_anybody_was_told_cancels_the_first_step(ladder):
    breach, people = ladder
    actions.acknowledge(breach, actor=people["p-desk"], at=CLOSED)
    assert (escalation.tick(now=CLOSED), Message.objects.count()) == (0, 0)


# Errors and crashes


def poison(run):
    run.matrix["escalation"]["levels"][0]["clock"] = run.matrix["escalation"]["levels"][1]["clock"] = "moon"
    run.save()


def test_a_poisoned_step_holds_nobody_back_and_raises_an_alarm(ladder):
    breach, people = ladder
    admin = make_member(breach.agreement.provider, Role.ADMIN)
    poison(breach.run)
    other, others = make_ladder()
    make_breach(other)

    assert escalation.tick(now=CLOSED) == 1

    assert len(told(others["p-desk"])) == 1
    step = breach.run.steps.get()
    assert (step.state, step.attempts, step.due_at) == ("pending", 1, CLOSED)
    assert "no calendar is called 'moon'" in step.last_error
    assert Notice.objects.filter(recipient=people["p-desk"]).count() == 0

    assert escalation.tick(now=CLOSED + HOUR) == escalation.tick(now=CLOSED + 2 * HOUR) == 0
    assert told(admin) == [f"step:{step.pk}:failing"]
    assert AuditEntry.objects.filter(verb="escalation.failing").count() == 1
    assert escalation.tick(now=CLOSED + 3 * HOUR) == 0
    assert len(told(admin)) == 1


def test_an_error_of_the_database_undoes_what_the_step_had_done(ladder):
    breach, people = ladder
    in_the_way = Step.objects.create(run=breach.run, level=1, due_at=CLOSED + DAY)
    other, others = make_ladder()
    make_breach(other)

    assert escalation.tick(now=CLOSED) == 1

    assert (told(people["p-desk"]), len(told(others["p-desk"]))) == ([], 1)
    assert breach.run.steps.get(level=0).state == in_the_way.state == "pending"


def test_a_failing_step_is_tried_again_only_after_a_pause(ladder):
    breach, _ = ladder
    poison(breach.run)
    for seconds, attempts in ((0, 1), (29, 1), (30, 2), (89, 2), (90, 3), (10**6, 4)):
        escalation.tick(now=CLOSED + seconds * HOUR / 3600)
        assert Step.objects.get().attempts == attempts


def test_a_mended_step_fires_and_the_next_counts_from_the_plan(ladder):
    breach, _ = ladder
    poison(breach.run)
    escalation.tick(now=CLOSED)
    breach.run.matrix["escalation"]["levels"][0]["clock"] = ""
    breach.run.matrix["escalation"]["levels"][1]["clock"] = ""
    breach.run.save()

    assert escalation.tick(now=CLOSED + HOUR) == 1
    assert breach.run.steps.get(level=1).due_at == CLOSED + 4 * HOUR


class Killed(BaseException):
    """The process dies: no handler runs."""


@pytest.mark.parametrize(
    "where",
    [
        "telling.told", "notifications.tell", "nudge.engine", "audit.record_all", "webhooks.announce",
        "Step.objects.bulk_create", "Batch._write_steps", "Batch._write_runs",
        "AckLink.objects.bulk_create",
    ],
)
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_anywhere_leaves_all_or_nothing(ladder, monkeypatch, where, after):
    breach, people = ladder
    module = firing
    *path, name = where.split(".")
    for part in path:
        module = getattr(module, part)
    real = getattr(module, name)

    def dying(*args, **kwargs):
        if after:
            real(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(module, name, dying)
    with pytest.raises(Killed):
        escalation.tick(now=CLOSED)
    monkeypatch.undo()

    assert (Notice.objects.count(), steps(breach.run)) == (0, [("notify", 0, 1, "pending")])
    assert escalation.tick(now=CLOSED) == 1
    assert len(told(people["p-desk"])) == 1
    assert steps(breach.run) == [("notify", 0, 1, "fired"), ("notify", 1, 1, "pending")]
