"""The main job on its real input: told once for this module, then looked at from all sides."""

import csv
import gzip
import io
import json
import math
import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

import agreements.actions as agreeing
import incidents.actions as handling
import kpis.actions as measuring
import reviews.actions as reviewing
from accounts.models import Message, Notice, User
from agreements.models import Requirement, Version
from agreements.terms import canonical
from incidents.models import Breach, BreachAction, Run, Step
from kpis.models import Credit, Dispute, Exclusion, PeriodResult
from records import clock, heads, pki, vault, verification
from records.models import AuditEntry, Document
from reports.models import Report
from reviews.models import Action, Meeting
from slaportal.demo.story import JULY, JUNE, MAY, NOW, Story, tell
from tests.acts import WRITES, public, recorded
from tests.flush import triggers_off
from tests.slaportal import other_acts

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
DATA = Path(__file__).parents[2] / "slaportal/demo/data"


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker, tmp_path_factory):
    """The story, told into one transaction that is rolled back at the end."""
    places = {
        "VAULT_DIR": tmp_path_factory.mktemp("vault"),
        "PKI_DIR": tmp_path_factory.mktemp("pki"),
        "HEADS_DIR": tmp_path_factory.mktemp("heads"),
        "EMAIL_FILE_PATH": tmp_path_factory.mktemp("mail"),
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    }
    with django_db_blocker.unblock(), override_settings(**places), transaction.atomic(), recorded() as acts:
        story = Story(password="a long and quiet river")
        for _ in tell(story):
            pass
        yield SimpleNamespace(story=story, places=places, acts=acts)
        transaction.set_rollback(True)
        clock.shift(None)


@pytest.fixture
def job(told, settings):
    """The told story; the test's own transaction is a savepoint within the story's."""
    for name, value in told.places.items():
        setattr(settings, name, value)
    return told


def shift(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC) + timedelta(days=3682)


def incidents(lo, hi):
    with gzip.open(DATA / "incidents.csv.gz", "rt") as file:
        return [row for row in csv.DictReader(file) if lo <= shift(row["closed_at"]) < hi]


def desk_seconds(start, end):
    """Open seconds of Monday to Friday 15:00 to 22:00 UTC, day by day: another road than the portal's."""
    total, day = 0, start.replace(hour=0, minute=0)
    while day < end:
        if day.weekday() < 5:
            opens, closes = day.replace(hour=15), day.replace(hour=22)
            total += max(0, int((min(end, closes) - max(start, opens)).total_seconds()))
        day += timedelta(days=1)
    return total


def result(key, label):
    """As the period was closed: before any correction."""
    return PeriodResult.objects.get(period__target__key=key, period__label=label, edition=1)


MONTHS = [("2026-05", MAY, JUNE), ("2026-06", JUNE, JULY)]


@pytest.mark.parametrize("label, lo, hi", MONTHS)
def test_availability_is_what_the_outage_log_says(job, label, lo, hi):
    sites = json.loads((DATA / "outages.json").read_text())["sites"]
    outages = next(site["outages"] for site in sites if site["site"] == "canvas-lms")
    spans = [(datetime.fromisoformat(each["down_at"]), datetime.fromisoformat(each["up_at"])) for each in outages]
    down = sum(max(0, int((min(up, hi) - max(fell, lo)).total_seconds())) for fell, up in spans)
    whole = int((hi - lo).total_seconds())
    found = result("K1", label)

    assert found.outcome["figures"]["down"] == str(down)
    assert found.outcome["figures"]["up"] == str(whole - down)
    assert Fraction(found.outcome["value"]) == Fraction(100 * (whole - down), whole)
    assert found.verdict == ("met" if 100 * (whole - down) * 10 >= 993 * whole else "breached")


@pytest.mark.parametrize("label, lo, hi", MONTHS)
def test_the_share_closed_in_time_is_what_the_desk_log_says(job, label, lo, hi):
    rows = [row for row in incidents(lo, hi) if row["priority"] == "3"]
    met = sum(desk_seconds(shift(row["opened_at"]), shift(row["closed_at"])) <= 49 * 3600 for row in rows)
    found = result("K2", label)

    assert (found.outcome["figures"]["met"], found.outcome["figures"]["total"]) == (met, len(rows))
    assert Fraction(found.outcome["value"]) == Fraction(100 * met, len(rows))
    assert found.verdict == ("met" if met * 100 >= 80 * len(rows) else "breached")


@pytest.mark.parametrize("label, lo, hi", MONTHS)
def test_the_percentile_is_what_the_desk_log_says(job, label, lo, hi):
    rows = [row for row in incidents(lo, hi) if row["priority"] in ("1", "2")]
    hours = sorted(
        Fraction(int((shift(row["resolved_at"]) - shift(row["opened_at"])).total_seconds()), 3600)
        for row in rows
        if row["resolved_at"]
    )
    found = result("K3", label)

    assert Fraction(found.outcome["value"]) == hours[math.ceil(95 * len(hours) / 100) - 1]
    assert found.outcome["figures"]["present"] == len(hours)
    assert found.outcome["figures"]["missing"] == len(rows) - len(hours)
    assert found.verdict == "met"


def test_satisfaction_is_what_the_client_said(job):
    assert [(result("K4", label).outcome["value"], result("K4", label).verdict) for label, _, _ in MONTHS] == [
        ("3", "breached"), ("5", "met"),
    ]


def test_each_report_shows_the_results_and_names_the_signed_version(job):
    version = Version.objects.executed().get(agreement__kind="sla")
    assert sorted(Report.objects.values_list("number", "edition")) == [
        ("RPT-2026-05-001", 1), ("RPT-2026-05-001", 2), ("RPT-2026-06-001", 1), ("RPT-2026-Q2-001", 1),
    ]
    for label, _, _ in MONTHS:
        said = json.dumps(Report.objects.newest().get(label=label).facts)
        assert version.terms_sha256 in said
        for found in PeriodResult.objects.filter(period__label=label):
            assert found.sha256 in said
            assert found.inputs["terms_sha256"] == version.terms_sha256


def test_the_correction_of_may_made_an_edition_and_a_report_that_tells_both(job):
    """Half an hour of the outage is dropped from both sides; it is still a miss, of the same credit."""
    first = result("K1", "2026-05")
    second = PeriodResult.objects.get(period=first.period, edition=2)
    down, whole = (int(first.outcome["figures"][name]) for name in ("down", "expected"))
    assert Fraction(second.outcome["value"]) == Fraction(100 * (whole - down), whole - 1800)
    assert (second.verdict, second.reason[:9]) == ("breached", "COR-0001:")
    assert not Credit.objects.filter(result=second).exists()

    report = Report.objects.get(label="2026-05", edition=2)
    (told,) = report.facts["corrections"]
    assert (told["before"]["sha256"], told["after"]["sha256"]) == (first.sha256, second.sha256)
    (row,) = [each for each in report.facts["kpis"] if each["key"] == "K1"]
    assert [(each["number"], each["counted"], each["time"]) for each in row["exclusions"]] == [
        ("EXC-0001", True, "30\N{NO-BREAK SPACE}min"),
    ]
    assert report.reason == second.reason


def test_the_yearly_cap_cuts_the_maintenance_of_july(job):
    weekly = Exclusion.objects.get(number="EXC-0003")
    assert [(span.counted_until - span.lo) // timedelta(minutes=1) for span in weekly.spans.all()] == [240, 240, 30, 0]
    assert Exclusion.objects.get(number="EXC-0002").state == "disputed"


def test_breaches_are_logged_and_climb_the_signed_matrix(job):
    may = Breach.objects.filter(period__label="2026-05").order_by("period__target__key")
    assert [breach.period.target.key for breach in may] == ["K1", "K2", "K4"]
    assert not Breach.objects.filter(period__label="2026-06").exists()
    for breach in may:
        fired = Step.objects.filter(run__breach=breach, state=Step.State.FIRED, kind="notify").order_by("level")
        assert [(step.level, len(step.told)) for step in fired] == [(0, 2), (1, 2)]
        assert Notice.objects.filter(key__startswith=f"run:{breach.run.pk}:").count() == 4


def test_mails_are_files_and_none_is_left(job):
    sent = Message.objects.filter(state="sent").count()
    assert sent == Message.objects.exclude(state="cancelled").count()
    written = sum(
        file.read_text().count("Message-ID:") for file in Path(job.places["EMAIL_FILE_PATH"]).iterdir()
    )
    assert written == sent


@pytest.mark.parametrize("years", [0, 2])
def test_the_sealed_agreement_verifies(job, years):
    version = Version.objects.executed().get(agreement__kind="sla")
    verdict = verification.check(
        vault.read(version.signed.sha256), roots=[pki.root_certificate()], at=NOW + years * timedelta(days=365),
        required=["provider-1", "client-1"], attachment=(verification.TERMS, canonical(version.read_terms())),
    )
    assert verdict.problems == []
    assert [each.person for each in verdict.people] == ["Helen Marsh", "Amara Lindqvist"]


@pytest.mark.parametrize("clock_of", [[], ["faketime", "-f", "+2y"]], ids=["today", "two years on"])
def test_poppler_agrees(job, tmp_path, clock_of):
    file = tmp_path / "signed.pdf"
    file.write_bytes(vault.read(Version.objects.executed().get(agreement__kind="sla").signed.sha256))
    said = subprocess.run([*clock_of, "pdfsig", file], capture_output=True, text=True).stdout
    assert (said.count("Signature is Valid"), "Mismatch" in said) == (3, False)


def test_the_review_opened_an_amendment(job):
    meeting = Meeting.objects.get()
    draft = Version.objects.get(state=Version.State.DRAFT)
    assert (meeting.state, meeting.document is not None) == ("approved", True)
    assert (draft.label, draft.reason, draft.reason_source) == ("v1.1", "review", f"{meeting.number}, change 1")
    assert draft.base == Version.objects.executed().get(agreement__kind="sla")


def duties(person):
    client = Client()
    client.force_login(person)
    return [need.title for need in client.get("/").context["needs"]]


def test_the_managers_duties_come_in_due_order_and_go_with_their_acts(job):
    manager = job.story.cast.manager
    found = duties(manager)
    assert ["missed in May 2026" in title for title in found[:2]] == [True, True]
    assert len(found) == 8, found

    # Two breaches, an incident and a complaint wait at its level.
    for run in Run.objects.filter(state=Run.State.ACTIVE):
        handling.acknowledge_run(run, actor=manager, at=NOW)
    assert [title for title in found if title in duties(manager)] == found[4:]
    agreeing.accept_requirement(Requirement.objects.get(state="stated"), actor=manager, at=NOW)
    reviewing.finish_action(Action.objects.get(owner=manager), actor=manager, at=NOW)
    handling.finish_breach_action(BreachAction.objects.get(owner=manager), actor=manager, at=NOW)
    measuring.answer_dispute(Dispute.objects.get(), text="Then on Monday", stands=False, actor=manager, at=NOW)
    assert [title for title in found if title in duties(manager)] == []


def test_the_clients_four_duties_come_in_due_order_and_go_with_their_acts(job):
    client = job.story.cast.it_head
    found = duties(client)
    assert ["missed in May 2026" in title for title in found[:2]] == [True, True]
    assert len(found) == 4

    for breach in Breach.objects.filter(state="open"):
        handling.acknowledge(breach, actor=client, at=NOW)
    assert [title for title in found if title in duties(client)] == found[2:]
    for asked in Requirement.objects.filter(asked_of=client, state="asked"):
        agreeing.state_requirement(asked, text="It works", why="", priority="must", actor=client, at=NOW)
    assert [title for title in found if title in duties(client)] == []


def verify():
    out, err = io.StringIO(), io.StringIO()
    call_command("verify_records", stdout=out, stderr=err)
    return out.getvalue()


def test_verify_records_finds_everything_right(job):
    said = verify()
    assert "Everything holds." in said
    assert re.search(rf"Entries of the chain +{AuditEntry.objects.count()} ", said)
    assert re.search(rf"Closed results +{PeriodResult.objects.count()} ", said)


@pytest.mark.parametrize(
    "statement, words",
    [
        ("UPDATE records_auditentry SET verb = 'slot.forged' WHERE verb = 'slot.signed'", "slot.forged"),
        ("DELETE FROM records_chainlink WHERE seq = 10", "link 10 is missing"),
        ("UPDATE kpis_periodresult SET verdict = 'met' WHERE verdict = 'breached'", "result: SLA-2026-001 K"),
        ("UPDATE kpis_periodresult SET sha256 = 'f'", "result: SLA-2026-001 K"),
        ("UPDATE kpis_case SET closed_at = at WHERE priority = 3", "result: SLA-2026-001 K2"),
        ("DELETE FROM kpis_outage", "result: SLA-2026-001 K1"),
        ("UPDATE reports_report SET facts = '{}'", "the facts of RPT-"),
    ],
)
def test_verify_records_names_what_was_changed_behind_its_back(job, statement, words):
    with triggers_off(connection), connection.cursor() as cursor:
        cursor.execute(statement)
    with pytest.raises(CommandError) as error:
        verify()
    assert words in str(error.value)


def test_verify_records_names_changed_terms(job):
    version = Version.objects.executed().get(agreement__kind="sla")
    version.terms["kpis"][0]["target"] = "90"
    with triggers_off(connection):
        Version.objects.filter(pk=version.pk).update(terms=version.terms)
    with pytest.raises(CommandError, match="terms: .* v1.0 were changed"):
        verify()


@pytest.mark.parametrize("kind", ["signed", "report", "minutes", "data"])
def test_verify_records_names_a_changed_file(job, kind):
    document = Document.objects.filter(kind=kind).last()
    place = vault.path(document.sha256)
    content = place.read_bytes()
    os.chmod(place, 0o644)
    try:
        place.write_bytes(content + b" ")
        with pytest.raises(CommandError, match=f"document {document.sha256} was changed"):
            verify()
    finally:
        place.write_bytes(content)


def crawl(client, start):
    """Every page reached by links from a page, with how many queries each took."""
    seen, waiting, costs = {start}, [start], {}
    while waiting:
        url = waiting.pop()
        connection.queries_log.clear()  # it holds 9,000, and there are many pages
        with CaptureQueriesContext(connection) as queries:
            response = client.get(url)
        costs[url] = (response.status_code, len(queries))
        if not response.get("Content-Type", "").startswith("text/html"):
            continue
        for link in re.findall(r'(?:href|hx-get)="(/[^"#]*)', response.content.decode()):
            link = link.replace("&amp;", "&")
            if link not in seen and not link.startswith(("/static/", "/accounts/", "/api/")):
                seen.add(link)
                waiting.append(link)
    return costs


@pytest.mark.parametrize("email", ["ingrid", "daniel", "priya", "otto", "ada", "amara", "joel"])
def test_no_page_takes_more_than_25_queries_and_none_is_broken(job, email):
    client = Client()
    client.force_login(User.objects.get(email__startswith=email))
    heads.alarm()  # asked once a process, not once a page

    costs = crawl(client, "/")

    assert {url: cost for url, cost in costs.items() if cost[0] not in (200, 302)} == {}
    assert {url: cost for url, cost in costs.items() if cost[1] > 25} == {}
    assert len(costs) > 5


def test_every_act_writes_its_entry(job):
    """All of them: those of the story and, on its things, those it does not need."""
    with recorded() as others:
        other_acts.all_of_them(job.story)
    calls = [*job.acts, *others]

    assert set(WRITES) == set(public())
    assert {name for name, verbs in calls if not verbs} == set()
    seen = {(name, verb) for name, verbs in calls for verb in verbs}
    assert sorted(name for name, verb in WRITES.items() if (name, verb) not in seen) == []
