"""Late data climb the signed ladder: a day after the reminder, once, until they come."""

from datetime import timedelta

import pytest

from accounts.models import Notice
from incidents import actions, escalation
from incidents.models import Run
from kpis import actions as measuring
from kpis.models import LateData
from records.models import AuditEntry
from slaportal import watchdog
from tests.factories import hold_position, make_terms, make_user
from tests.kpis.build import deliver, make_bound, observed, stream, utc
from tests.race import race

pytestmark = pytest.mark.django_db
DUE = utc("2026-06-03T00:00")  # two days after May, as the terms say
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def late():
    return make_late()


def make_late():
    """Two streams that were reminded of and did not come; a holder of the first level."""
    agreement, person = make_bound(now=DUE)
    contact = make_user(name="Contact")
    hold_position(agreement, "p-desk", contact)
    measuring.remind_late(now=DUE)
    return agreement, person, contact


def subjects():
    return sorted(Run.objects.values_list("title", "state"))


def test_a_day_after_the_reminder_each_begins_a_run_once(late):
    agreement, _person, contact = late
    assert actions.escalate_late_data(now=DUE + DAY - HOUR) == 0
    assert [actions.escalate_late_data(now=DUE + DAY) for _ in range(2)] == [2, 0]
    assert subjects() == [
        ("Data of canvas-lms for May 2026 are late", "active"), ("Data of desk-cases for May 2026 are late", "active"),
    ]
    run = Run.objects.get(title__contains="canvas")
    row = LateData.objects.get(indicator__key="canvas-lms")
    assert (run.subject, run.agreement) == (f"kpis.latedata:{row.pk}:{agreement.pk}", agreement)
    assert run.terms_sha256 == agreement.versions.get().terms_sha256
    entry = AuditEntry.objects.filter(verb="escalation.started").earliest("pk")
    assert (entry.target_label, entry.target_id, entry.scope) == ("kpis.latedata", row.pk, agreement.reference)
    assert escalation.tick(now=DUE + DAY) == 2
    notice = Notice.objects.get(recipient=contact, title__contains="Data of canvas-lms")
    assert notice.url == run.get_absolute_url()


def test_the_run_ends_when_the_data_came_and_whoever_was_told_hears_it(late):
    agreement, person, contact = late
    actions.escalate_late_data(now=DUE + DAY)
    escalation.tick(now=DUE + DAY)
    deliver(stream(agreement, "canvas-lms"), [observed(until="2026-06-01T00:00")], person, at=DUE + DAY)
    assert actions.escalate_late_data(now=DUE + DAY) == 0  # nobody has noted it yet
    measuring.remind_late(now=DUE + DAY + HOUR)

    assert [actions.escalate_late_data(now=DUE + DAY + HOUR) for _ in range(2)] == [1, 0]

    assert [state for _title, state in subjects()] == ["resolved", "active"]
    run = Run.objects.get(state="resolved")
    assert not run.steps.pending().exists()
    assert Notice.objects.get(recipient=contact, key=f"run:{run.pk}:settled").text.startswith("The data came")
    assert AuditEntry.objects.filter(verb="escalation.settled").count() == 1
    # It is over for good: no tick and no sweep of a later day begins it again.
    assert actions.escalate_late_data(now=DUE + 30 * DAY) == 0


def test_an_acknowledged_run_ends_too(late):
    _agreement, _person, contact = late
    actions.escalate_late_data(now=DUE + DAY)
    for run in Run.objects.all():
        actions.acknowledge_run(run, actor=contact, at=DUE + DAY)
    LateData.objects.update(came_at=DUE + 2 * DAY)
    assert actions.escalate_late_data(now=DUE + 2 * DAY) == 2
    assert {state for _title, state in subjects()} == {"resolved"}


def test_what_came_before_the_sweep_begins_nothing(late):
    LateData.objects.update(came_at=DUE + HOUR)
    assert actions.escalate_late_data(now=DUE + DAY) == 0


def test_one_that_fails_stops_no_other_and_is_reported():
    terms = make_terms()
    terms.escalation.levels[0].clock = "moon"  # no calendar gives it
    make_bound(now=DUE, terms=terms)
    other, _person = make_bound(now=DUE)
    measuring.remind_late(now=DUE)
    with pytest.raises(ValueError, match="moon"):
        actions.escalate_late_data(now=DUE + DAY)
    assert {run.agreement for run in Run.objects.all()} == {other}


def test_each_agreement_that_is_fed_has_its_own_ladder_and_reads_no_other(late, client):
    """One stream feeds two agreements: the page of one run says nothing of the other's people."""
    agreement, _person, contact = late
    actions.escalate_late_data(now=DUE + DAY)
    run = Run.objects.get(title__contains="canvas")
    row = LateData.objects.get(indicator__key="canvas-lms")
    AuditEntry.objects.create(
        verb="escalation.acknowledged", target_label="kpis.latedata", target_id=row.pk, scope="SLA-OTHER",
        actor=make_user(name="Stranger"), at=DUE + DAY, recorded_at=DUE + DAY,
    )
    escalation.tick(now=DUE + DAY)
    client.force_login(contact)
    page = client.get(run.get_absolute_url()).content.decode()
    target = stream(agreement, "canvas-lms").targets.earliest("pk")
    assert "Escalation began" in page and "Stranger" not in page
    assert target.get_absolute_url() in page


def test_the_watchdog_counts_what_no_sweep_took(late):
    name = "late data without a run"
    now = DUE + DAY + timedelta(minutes=5)
    assert watchdog.counts(now=now - timedelta(seconds=1))[name] == 0
    assert watchdog.counts(now=now)[name] == 2
    actions.escalate_late_data(now=now)
    assert watchdog.counts(now=now)[name] == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_sweeps_at_once_begin_each_once():
    make_late()
    found = race(lambda: actions.escalate_late_data(now=DUE + DAY))
    assert [each for each in found if isinstance(each, Exception)] == []
    assert (sum(found), Run.objects.count()) == (2, 2)
