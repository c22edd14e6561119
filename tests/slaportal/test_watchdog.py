"""Each invariant of the watchdog has a state that breaks it; health says so; the engine runs every sweep."""

import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from prometheus_client.parser import text_string_to_metric_families

from accounts import actions as people
from accounts.models import Invitation, Membership, Message, Notice, Organisation, Role
from incidents import escalation, resting
from incidents.models import Breach, Run, Step
from kpis.models import DirtyDay, Period
from records import audit, clock
from records.models import AuditEntry, Sweep
from slaportal import engine, watchdog
from slaportal.celery import app
from slaportal.timetable import TIMETABLE
from tests.factories import NOON, make_member, make_organisation, make_signed, make_user
from tests.incidents.rows import make_breach
from tests.kpis.build import make_bound
from tests.race import race

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=400)


@pytest.fixture(autouse=True)
def _swept():
    """Every sweep ended just now, so that only what a test breaks is broken."""
    for name in TIMETABLE:
        Sweep.objects.create(name=name, finished_at=clock.real_now())


def broken(now=NOON):
    return {name for name, count in watchdog.counts(now=now).items() if count}


def make_message(**kwargs):
    fields = {"key": "m", "address": "a@example.org", "subject": "s", "body": "b"}
    return Message.objects.create(**fields | {"next_try_at": NOON, "created_at": NOON} | kwargs)


def test_an_empty_portal_is_sound():
    assert broken() == set()


def escalated(**step):
    _agreement, version = make_signed()
    breach = make_breach(version)
    return breach, Run.objects.get(breach=breach)


def test_a_step_that_nobody_took():
    _breach, run = escalated()
    due = run.steps.pending().earliest("due_at").due_at
    assert "steps overdue" not in broken(due + timedelta(minutes=4))
    assert "steps overdue" in broken(due + timedelta(minutes=6))


def test_a_run_that_waits_for_nothing():
    _breach, run = escalated()
    name = "active runs without a step to come or a level told"
    assert name not in broken()
    for step in run.steps.all():
        step.cancel()
        step.save(update_fields=["state"])
    assert name in broken()


def test_a_breach_without_a_ladder():
    breach, run = escalated()
    assert "breaches without a run" not in broken()
    Step.objects.filter(run=run).delete()
    run.delete()
    assert Breach.objects.get(pk=breach.pk)
    assert "breaches without a run" in broken()


def test_a_period_that_nobody_closed():
    make_bound()
    first = Period.objects.order_by("grace_until").first().grace_until
    assert "periods past grace" not in broken(first + timedelta(minutes=4))
    assert "periods past grace" in broken(first + timedelta(minutes=6))


def test_a_day_that_stays_dirty():
    DirtyDay.objects.create(indicator_id=1, day=NOON.date(), marked_at=NOON)
    assert broken(NOON + timedelta(minutes=9)) == set()
    assert broken(NOON + timedelta(minutes=11)) == {"days dirty for 10 minutes"}


@pytest.mark.parametrize("state", ["unknown", "failed"])
def test_a_mail_that_may_not_have_arrived(state):
    make_message(state=state)
    assert broken() == {"mails not known to have arrived"}


def test_a_message_in_doubt_that_somebody_let_rest_is_no_exception():
    make_message(state="unknown", settled_at=NOON)
    assert broken() == set()


def test_a_message_that_waits_although_somebody_acknowledged():
    breach, run = escalated()
    name = "messages that wait although somebody acknowledged"
    make_message(group=f"run:{run.pk}")
    assert name not in broken()
    Run.objects.filter(pk=run.pk).update(state="acknowledged")
    assert name in broken()


def test_a_suspension_without_an_end():
    _breach, run = escalated()
    name = "suspended runs without an end"
    resting.suspend(run, at=NOON, until=NOON + timedelta(days=1), why="Work")
    run.steps.filter(kind="notify").delete()
    assert name not in broken()
    run.steps.all().delete()
    assert name in broken()


def test_a_mail_whose_sender_died():
    make_message(state="sending", lease_until=NOON)
    assert broken(NOON + timedelta(minutes=4)) == set()
    assert broken(NOON + timedelta(minutes=6)) == {"mails whose sender stopped"}


def test_an_entry_outside_the_chain():
    organisation = make_organisation()
    audit.record("organisation.created", organisation, actor=None, at=NOON)
    assert broken() == set()
    old = clock.real_now() - timedelta(minutes=2)
    AuditEntry.objects.create(verb="x.y", target_label="a.b", target_id=1, at=NOON, recorded_at=old)
    assert broken() == {"entries unlinked for a minute"}
    audit.link()
    assert broken() == set()


@pytest.mark.parametrize("spoil", ["never", "started", "long ago"])
def test_a_sweep_that_does_not_end(spoil):
    sweep = Sweep.objects.get(name="kpis.close_periods")
    sweep.finished_at = None if spoil != "long ago" else clock.real_now() - timedelta(seconds=3 * 60 + 61)
    sweep.save(update_fields=["finished_at"])
    if spoil == "never":
        sweep.delete()
    assert watchdog.counts(now=NOON)["sweeps late"] == 1


def test_what_an_engine_has_not_run_yet_is_late_after_three_intervals():
    Sweep.objects.all().delete()
    assert watchdog.counts(now=NOON)["sweeps late"] == len(TIMETABLE)  # no engine ran

    assert watchdog.report(now=NOON) == 0

    hourly = Sweep.objects.filter(name="kpis.clear_intake")
    hourly.update(started_at=clock.real_now() - timedelta(hours=3))
    assert watchdog.counts(now=NOON)["sweeps late"] == 0
    hourly.update(started_at=clock.real_now() - timedelta(hours=3, minutes=2))
    assert watchdog.counts(now=NOON)["sweeps late"] == 1
    hourly.update(started_at=clock.real_now(), failures=1)
    assert watchdog.counts(now=NOON)["sweeps late"] == 1


def test_the_report_counts_what_does_not_hold():
    make_message(state="failed")
    assert watchdog.report(now=NOON) == 1


def test_a_level_told_without_an_entry():
    _breach, run = escalated()
    name, at = "steps told without an entry of it", run.started_at
    escalation.tick(now=at)
    assert run.steps.filter(state="fired").exists() and name not in broken(at)
    Step.objects.create(run=run, level=5, due_at=at, state="fired", fired_at=at)
    assert watchdog.counts(now=at)[name] == 1
    assert name in broken(at + timedelta(minutes=60)) and name not in broken(at + timedelta(minutes=61))


# Who is told


MINUTE = timedelta(minutes=1)


@pytest.fixture
def ada():
    home = make_organisation()
    home.internal = True
    home.save(update_fields=["internal"])
    make_member(make_organisation(), Role.ADMIN)  # of a client: runs nothing here
    return make_member(home, Role.ADMIN, name="Ada Moor")


def told(person):
    return list(Notice.objects.filter(recipient=person).order_by("pk").values_list("title", flat=True))


def looks(*minutes, since=NOON):
    for minute in minutes:
        watchdog.report(now=since + minute * MINUTE)


def test_the_administrator_is_told_once_when_it_begins_and_once_when_it_ends(ada):
    looks(-1)
    assert told(ada) == []
    message = make_message(state="failed")
    looks(0, 1, 2)
    assert told(ada) == ["1 thing that must be zero is not"]
    notice = Notice.objects.get()
    assert (notice.text, notice.url) == ("- mails not known to have arrived: 1", "/setup/watch/")
    assert Message.objects.get(recipient=ada).critical
    message.delete()
    looks(3, 12)
    assert len(told(ada)) == 1  # zero for less than ten minutes
    looks(13, 14)
    assert told(ada)[1:] == ["Zero again: mails not known to have arrived"]
    verbs = AuditEntry.objects.filter(verb__startswith="watchdog.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["watchdog.alarmed", "watchdog.cleared"]


def test_what_comes_and_goes_is_one_alarm(ada):
    for minute in range(0, 60, 6):
        message = make_message(state="failed")
        looks(minute)
        message.delete()
        looks(minute + 3)
    assert len(told(ada)) == 1
    looks(80)
    assert len(told(ada)) == 2


def test_what_comes_back_after_its_end_is_told_again(ada):
    for minute in (0, 30):
        message = make_message(state="failed")
        looks(minute)
        message.delete()
        looks(minute + 1, minute + 11)
    assert [title[:4] for title in told(ada)] == ["1 th", "Zero"] * 2


def test_what_begins_together_is_one_message(ada):
    make_message(state="failed")
    DirtyDay.objects.create(indicator_id=1, day=NOON.date(), marked_at=NOON - timedelta(minutes=11))
    looks(0)
    assert told(ada) == ["2 things that must be zero are not"]


def test_the_owner_is_told_of_what_is_about_the_agreement_alone(ada):
    breach, run = escalated()
    make_message(state="failed")
    looks(4, 6, since=run.started_at)
    owner = breach.agreement.owner
    assert told(owner) == ["Something stands still: steps overdue"]
    assert breach.agreement.reference in Notice.objects.get(recipient=owner).text
    escalation.tick(now=run.started_at + 7 * MINUTE)
    looks(8, 18, since=run.started_at)
    assert told(owner)[-1] == "Zero again: steps overdue"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_looks_at_once_tell_once(ada):
    make_message(state="failed")
    outcomes = race(lambda: watchdog.report(now=NOON))
    assert [each for each in outcomes if isinstance(each, Exception)] == []
    assert len(told(ada)) == 1


def test_the_page_shows_what_is_and_what_was(client, ada, django_assert_max_num_queries):
    make_message(state="failed")
    looks(0)
    client.force_login(ada)
    with django_assert_max_num_queries(20):
        page = client.get(reverse("watch")).content.decode()
    assert "Mails not known to have arrived" in page and "still open" in page


# Health


def test_health_says_what_is_wrong(client):
    assert client.get(reverse("healthz")).status_code == 200
    make_message(state="failed")
    answer = client.get(reverse("healthz"))
    assert answer.status_code == 503
    assert answer.json()["counts"]["mails not known to have arrived"] == 1


def test_ready_when_the_database_answers(client):
    assert client.get(reverse("readyz")).json() == {"ok": True}


@pytest.mark.parametrize("name", ["healthz", "readyz"])
def test_health_is_only_read(client, name):
    assert client.post(reverse(name)).status_code == 405


def test_prometheus_reads_with_its_token_alone(client, settings):
    url = reverse("metrics")
    assert client.get(url, headers={"Authorization": "Bearer "}).status_code == 404
    settings.METRICS_TOKEN = "a-long-token"
    for given in ({}, {"Authorization": "Bearer another"}, {"Authorization": "a-long-token"}):
        assert client.get(url, headers=given).status_code == 404
    make_message(state="failed")
    make_message(key="late", next_try_at=NOON)
    escalated()
    answer = client.get(url, headers={"Authorization": "Bearer a-long-token"})
    read = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }
    assert read["slaportal_messages", "email", "failed"] == 1
    assert read["slaportal_messages", "email", "pending"] == 1
    assert read["slaportal_runs", "active"] == read["slaportal_steps_due",] == 1
    assert read["slaportal_invariant_exceptions", "mails not known to have arrived"] == 1
    assert read["slaportal_message_oldest_due_seconds",] > 86_400
    assert 0 <= read["slaportal_sweep_age_seconds", "incidents.escalate"] < 600


# Engine


def test_the_engine_runs_every_sweep_of_the_timetable():
    Sweep.objects.all().delete()
    assert engine.run_once() == 0
    assert set(Sweep.objects.exclude(finished_at=None).values_list("name", flat=True)) == set(TIMETABLE)


def test_a_failing_sweep_stops_no_other(monkeypatch):
    Sweep.objects.all().delete()
    monkeypatch.setattr("kpis.actions.close_due", lambda **kwargs: 1 / 0)
    assert engine.run_once() == 1
    failed = Sweep.objects.get(name="kpis.close_periods")
    assert (failed.failures, failed.finished_at) == (1, None)
    assert "ZeroDivisionError" in failed.last_error
    assert Sweep.objects.exclude(finished_at=None).count() == len(TIMETABLE) - 1


def test_the_command_says_when_a_sweep_failed(monkeypatch):
    monkeypatch.setattr("kpis.actions.close_due", lambda **kwargs: 1 / 0)
    with pytest.raises(CommandError, match="1 sweeps failed"):
        call_command("engine", once=True)


def test_the_engine_runs_each_sweep_at_its_interval(monkeypatch):
    """A clock that jumps 10 seconds at each look: sweeps of 10 seconds run each time, those of a minute do not."""
    ran, stop, now = [], threading.Event(), [0.0]
    monkeypatch.setattr(engine, "_run", lambda name: ran.append((now[0], name)))
    monkeypatch.setattr(engine, "close_old_connections", lambda: None)

    def wait(seconds):
        now[0] += 10
        if now[0] > 60:
            stop.set()

    monkeypatch.setattr(stop, "wait", wait)
    engine.run_forever(stop, lambda: now[0])
    assert [at for at, name in ran if name == "records.link"] == [0, 10, 20, 30, 40, 50, 60]
    assert [at for at, name in ran if name == "kpis.close_periods"] == [0, 60]
    assert [at for at, name in ran if name == "reviews.warn_overdue"] == [0]


def test_every_sweep_is_a_task():
    app.loader.import_default_modules()
    assert set(TIMETABLE) <= set(app.tasks)


# The first administrator


def first_admin():
    out = StringIO()
    call_command("first_admin", "ada@example.org", "Ada Moor", "Northgate Hosting", stdout=out)
    return out.getvalue().strip()


def test_the_first_administrator_joins_by_the_printed_link(client):
    link = first_admin()
    home = Organisation.objects.get()
    assert home.internal
    path = "/" + link.split("/", 3)[3]
    answer = client.post(path, {"name": "Ada Moor", "timezone": "UTC", "password": "a long and quiet river"})
    assert answer.status_code == 302
    membership = Membership.objects.get()
    assert (membership.role, membership.organisation) == (Role.ADMIN, home)
    assert client.get(reverse("accounts:people")).status_code == 200


def test_a_portal_with_people_has_its_administrators():
    make_user()
    with pytest.raises(CommandError, match="people already"):
        first_admin()
    assert not Invitation.objects.exists()


def test_a_name_that_is_taken_invites_nobody():
    people.create_organisation(name="Northgate Hosting", internal=True, timezone="UTC", actor=None, at=NOON)
    with pytest.raises(CommandError, match="this name"):
        first_admin()
    assert not Invitation.objects.exists()
