"""What follows a breach, what is logged by hand, and limits that are being used up."""

import csv

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django_fsm import TransitionNotAllowed

from accounts.models import Notice, Role
from agreements import terms as t
from agreements.grants import load
from incidents import actions, figures, needs, repeats
from incidents.models import Breach, BreachAction, IncidentLink, Mark, Run
from kpis.models import Case, Standing
from reviews import needs as review_needs
from tests.factories import MAY, NOON, make_agreement, make_member, make_terms, make_version
from tests.incidents.desk import log, make_scene, told
from tests.incidents.rows import CLOSED, DAY, HOUR, JUNE, make_breach, make_period, make_result, make_target

pytestmark = pytest.mark.django_db
OUTCOME = {"root_cause": "A switch failed.", "corrective": "Replaced.", "preventive": "A spare on site."}


@pytest.fixture
def scene():
    return make_scene()


def settled(scene, at=CLOSED, **kwargs):
    breach = make_breach(scene.version, **kwargs)
    who = {"actor": scene.staff, "at": at}
    breach = actions.acknowledge(breach, **who)
    breach = actions.document_outcome(breach, **OUTCOME, cause_kind="fault", check_days=30, **who)
    return actions.close(breach, actor=scene.guest, at=at)


def text(response):
    return " ".join(response.content.decode().split())


# Handing on and promises


def test_handed_on_it_is_the_new_owners(scene):
    breach = actions.acknowledge(make_breach(scene.version), actor=scene.staff, at=CLOSED)
    other = make_member(scene.provider, Role.PROVIDER)
    breach = actions.hand_on(breach, to=other, note="You know the switch", actor=scene.staff, at=CLOSED)
    assert breach.owner == other and "Yours: BR-0001 Availability missed in May 2026" in told(other)
    with pytest.raises(actions.Refused):
        actions.hand_on(breach, to=scene.guest, note="", actor=scene.staff, at=CLOSED)


def test_what_nobody_took_has_no_owner_to_change(scene):
    with pytest.raises(actions.Refused):
        actions.hand_on(make_breach(scene.version), to=scene.staff, note="", actor=scene.staff, at=CLOSED)


def promise(scene, breach, **kwargs):
    given = {
        "kind": "preventive", "text": "Keep a spare", "owner": scene.guest, "due_on": CLOSED.date(),
        "actor": scene.staff, "at": CLOSED,
    } | kwargs
    return actions.add_breach_action(breach, **given)


def test_a_promise_waits_for_its_person_until_it_is_done(scene):
    action = promise(scene, make_breach(scene.version))

    def waiting():
        return [each.key for each in review_needs.for_user(scene.guest, load(scene.guest, CLOSED), CLOSED)]

    assert waiting() == [f"breach-action:{action.pk}"]
    assert "Yours to do: Keep a spare" in told(scene.guest)
    actions.finish_breach_action(action, actor=scene.guest, at=CLOSED)
    assert waiting() == [] and BreachAction.objects.get().state == "done"
    with pytest.raises(TransitionNotAllowed):
        actions.drop_breach_action(action, reason="Too late", actor=scene.staff, at=CLOSED)


@pytest.mark.parametrize("given, place", [
    ({"kind": "other"}, "kind"), ({"text": " "}, "text"), ({"due_on": CLOSED.date() - DAY}, "due_on"),
    ({"due_on": CLOSED.date() + 800 * DAY}, "due_on"),
])
def test_what_is_no_promise(scene, given, place):
    with pytest.raises(actions.Refused) as refused:
        promise(scene, make_breach(scene.version), **given)
    assert refused.value.place == place


def test_strangers_promise_nothing_and_dropping_needs_a_reason(scene):
    breach = make_breach(scene.version)
    with pytest.raises(actions.Refused) as refused:
        promise(scene, breach, owner=make_scene().staff)
    assert refused.value.place == "owner"
    with pytest.raises(actions.Refused):
        actions.drop_breach_action(promise(scene, breach), reason=" ", actor=scene.staff, at=CLOSED)


# Did it help?


def test_the_check_waits_its_days_and_for_somebody_else(scene):
    breach = settled(scene)
    manager, due = scene.owner, CLOSED + 30 * DAY
    assert breach.check_due_on == due.date()

    def check(actor, at, **kwargs):
        return actions.record_check(breach, **{"effective": True, "note": "Quiet"} | kwargs, actor=actor, at=at)

    for actor, at, given in [(manager, due - DAY, {}), (scene.staff, due, {}), (manager, due, {"note": " "})]:
        with pytest.raises(actions.Refused):
            check(actor, at, **given)
    key = f"breach-check:{breach.pk}"
    assert key in [each.key for each in needs.for_user(manager, load(manager, due), due)]
    assert key not in [each.key for each in needs.for_user(scene.staff, load(scene.staff, due), due)]

    assert check(manager, due).effective is True

    assert key not in [each.key for each in needs.for_user(manager, load(manager, due), due)]
    with pytest.raises(actions.Refused):
        check(manager, due)


def test_what_did_not_help_is_taken_up_again(scene):
    breach, due = settled(scene), CLOSED + 30 * DAY
    breach = actions.record_check(breach, effective=False, note="Again in June", actor=scene.owner, at=due)
    assert (breach.state, breach.reason, breach.effective) == ("acknowledged", "Again in June", False)
    assert "BR-0001: what was done did not help" in told(scene.staff)
    breach = actions.document_outcome(breach, **OUTCOME, actor=scene.staff, at=due)
    breach = actions.close(breach, actor=scene.guest, at=due)
    assert (breach.effective, breach.check_due_on) == (None, (due + 30 * DAY).date())


def test_no_check_without_its_person_and_no_closing_without_an_outcome(scene):
    breach = settled(scene)
    for spoiled in ({"effective": True}, {"root_cause": ""}, {"corrective": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Breach.objects.filter(pk=breach.pk).update(**spoiled)


@pytest.mark.parametrize("days", [0, 367])
def test_a_check_lies_within_a_year(scene, days):
    breach = actions.acknowledge(make_breach(scene.version), actor=scene.staff, at=CLOSED)
    with pytest.raises(actions.Refused) as refused:
        actions.document_outcome(breach, **OUTCOME, check_days=days, actor=scene.staff, at=CLOSED)
    assert refused.value.place == "check_days"


# Repeats


def month(number, year=2026):
    return {"lo": MAY.replace(year, number), "hi": MAY.replace(year, number + 1)}


def test_repeats_are_the_same_kpi_or_the_same_kind_of_cause_within_a_year(scene):
    old = make_breach(scene.version, **month(5, 2024), at=CLOSED - 400 * DAY)
    first = make_breach(scene.version, **month(4), at=CLOSED - 30 * DAY)
    same_cause = settled(scene, key="K2", at=CLOSED - DAY)
    Breach.objects.filter(pk=same_cause.pk).update(opened_at=CLOSED - 2 * DAY)
    other = make_breach(scene.version, "K4", at=CLOSED - DAY)
    breach = make_breach(scene.version, **month(6), at=CLOSED)
    Breach.objects.filter(pk=breach.pk).update(cause_kind="fault")
    breach = Breach.objects.get(pk=breach.pk)

    assert set(repeats.earlier(breach)) == {first, same_cause}
    assert old not in repeats.earlier(breach) and other not in repeats.earlier(breach)
    actions.rescue(first, reason="Excluded", actor=scene.owner, at=CLOSED)
    assert set(repeats.earlier(breach)) == {same_cause}


@pytest.mark.parametrize("verdicts, count", [
    ([], 0), (["met"], 0), (["breached"], 1), (["breached", "breached", "met", "breached"], 2),
    (["insufficient_data", "breached"], 0),
])
def test_missed_in_a_row(verdicts, count):
    assert repeats.in_a_row(verdicts) == count


def test_the_page_says_missed_three_periods_running(client, scene):
    for number in (3, 4):
        make_result(make_period(scene.version, **month(number)))
    corrected = make_period(scene.version, **month(2))
    make_result(corrected)
    make_result(corrected, verdict="met", edition=2)
    breach = make_breach(scene.version)
    assert repeats.periods_missed(breach) == 3
    client.force_login(scene.staff)
    assert "Missed 3 periods running" in text(client.get(breach.get_absolute_url()))


# By hand


def log_by_hand(scene, **kwargs):
    given = {
        "title": "The plan never came", "text": "It was due on 1 May.", "kpi": "", "evidence": None,
        "actor": scene.guest, "at": NOON,
    } | kwargs
    return actions.log_breach(scene, **given)


def test_by_hand_with_evidence_its_ladder_begins(scene):
    breach = log_by_hand(scene, evidence=("mail.txt", b"Where is it?", "text/plain"), kpi="K1")
    assert (breach.number, breach.logged_by, breach.kpi) == ("BR-0001", scene.guest, "K1")
    assert breach.evidence.kind == "evidence"
    assert Run.objects.get().breach == breach


@pytest.mark.parametrize("given, place", [
    ({"title": " "}, "title"), ({"text": " "}, "text"), ({"kpi": "K9"}, "kpi"), ({"at": NOON - 30 * DAY}, ""),
    ({"evidence": ("big", b"x" * 10_000_001, "text/plain")}, "evidence"),
])
def test_what_is_not_logged_by_hand(scene, given, place):
    with pytest.raises(actions.Refused) as refused:
        log_by_hand(scene, **given)
    assert refused.value.place == place and not Breach.objects.exists()


def test_a_breach_by_hand_has_a_page_a_row_and_a_line(client, scene, monkeypatch):
    monkeypatch.setattr("records.clock.now", lambda: NOON)
    client.force_login(scene.guest)
    file = SimpleUploadedFile("mail.txt", b"Where is it?", "text/plain")
    given = {"title": "The plan never came", "text": "", "kpi": "", "evidence": file}
    body = text(client.post(reverse("incidents:log_breach", args=[scene.reference]), given, follow=True))
    assert "BR-0001 is logged." in body and "mail.txt" in body and "Amara Lindqvist logged the breach" in body
    assert "The plan never came" in text(client.get(reverse("incidents:index")))
    lines = list(csv.reader(client.get(reverse("incidents:export")).content.decode("utf-8-sig").splitlines()))
    assert lines[3][:4] == ["BR-0001", "The plan never came", scene.reference, "v1.0"]


def test_remarks_and_who_knew_what_stand_on_the_page(client, scene):
    breach = make_breach(scene.version)
    actions.acknowledge(breach, actor=scene.staff, at=CLOSED)
    actions.remark_on(breach, text="Ours alone", side="provider", actor=scene.owner, at=CLOSED)
    Notice.objects.filter(recipient=scene.staff).update(read_at=CLOSED)
    client.force_login(scene.guest)
    body = text(client.get(breach.get_absolute_url()))
    assert "Ours alone" not in body
    client.force_login(scene.staff)
    assert "Ours alone" in text(client.get(breach.get_absolute_url()))


# Limits that are being used up


def quick(scene):
    """An agreement whose only priority is to be answered in 10 minutes and resolved in an hour."""
    rows = [t.Priority(3, "Normal", 3600, "always", response_seconds=600)]
    agreement = make_agreement(state="active")
    agreement.version = make_version(
        agreement, state="executed", terms=make_terms(priorities=rows), concluded_at=MAY, executed_at=MAY
    )
    agreement.guest = scene.guest
    return agreement


def test_an_incident_warns_once_per_share_and_logs_what_is_late(scene):
    agreement = quick(scene)
    incident = actions.acknowledge_incident(log(agreement), actor=scene.staff, at=NOON)
    said = []
    for minutes in (44, 45, 46, 54, 60):
        actions.watch_limits(now=NOON + minutes * HOUR / 60)
        said.append(sorted(Mark.objects.values_list("percent", flat=True)))
    assert said == [[], [75], [75], [75, 90], [75, 90, 100]]
    assert not Breach.objects.exists()  # met to the second

    assert actions.watch_limits(now=NOON + HOUR + HOUR / 3600) == 1

    breach = Breach.objects.get()
    assert (breach.cause, breach.title, breach.period) == (
        f"incident:{incident.pk}:resolution", "INC-0001: late to resolve", None
    )
    assert breach.figures["case"]["limit_seconds"] == 3600
    assert IncidentLink.objects.get().breach == breach
    assert actions.watch_limits(now=NOON + 2 * HOUR) == 0
    assert [title for title in told(scene.staff) if "%" in title] == [
        f"INC-0001: {percent} % of the time to resolve is used" for percent in (75, 90, 100)
    ]


def test_after_a_stop_there_is_one_warning_and_a_late_answer_is_its_own_breach(scene):
    log(quick(scene))
    actions.watch_limits(now=NOON + 50 * HOUR / 60)
    assert sorted(Mark.objects.values_list("percent", flat=True)) == [75, 100]
    assert Breach.objects.get().title == "INC-0001: late to answer"


def stand(period, **outcome):
    base = {"room": None, "figures": {}, "verdict": "at_risk"}
    return Standing.objects.update_or_create(period=period, defaults={
        "verdict": "at_risk", "certain_loss": False, "outcome": base | outcome, "delivery_id": 0, "known_at": NOON,
    })[0]


@pytest.mark.parametrize("used, expected", [("74", []), ("75", [75]), ("89", [75]), ("95", [90]), ("100", [100])])
def test_the_room_of_a_period_is_warned_of(scene, used, expected):
    period = make_period(scene.version, state="open", closed_at=None)
    stand(period, room={"unit": "seconds", "allowed": "100", "used": used, "left": "0"})
    for _ in range(2):
        actions.watch_limits(now=NOON)
    assert list(Mark.objects.values_list("percent", flat=True)) == expected
    assert len([title for title in told(scene.owner) if "room" in title]) == len(expected)


def test_a_late_case_of_the_service_desk_is_one_breach(scene):
    period = make_period(scene.version, "K2", state="open", closed_at=None)
    actions.count_incident(log(scene), make_target(scene.version, "K2"), actor=scene.staff, at=NOON)
    stand(period, figures={"open_past_due": ["T-1", "INC-0001"]})
    assert actions.watch_limits(now=NOON) == 1
    later = make_period(scene.version, "K2", state="open", closed_at=None, lo=JUNE, hi=JUNE + 30 * DAY)
    stand(later, figures={"open_past_due": ["T-1"]})
    assert actions.watch_limits(now=NOON) == 0
    breach = Breach.objects.get()
    assert (breach.title, breach.kpi) == ("Case T-1 is late: Priority 3 closed in time", "K2")
    assert Case.objects.get().external_id == "INC-0001" and breach.agreement == scene
    case = figures.shown(breach, Breach.objects.none())[0]
    assert (case["value"], case["url"]) == ("T-1", reverse("kpis:case", args=[scene.reference, "K2"]) + "?case=T-1")


def test_from_the_queue_one_reports_a_breach_of_the_agreement_one_has(client, scene, monkeypatch):
    monkeypatch.setattr("records.clock.now", lambda: NOON)
    client.force_login(scene.guest)
    assert "Report a breach" in text(client.get(reverse("incidents:index")))
    there = client.get(reverse("incidents:choose") + "?what=breach")
    assert there.url == reverse("incidents:log_breach", args=[scene.reference])
