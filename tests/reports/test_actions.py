import io
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django_fsm import TransitionNotAllowed
from pyhanko.pdf_utils.reader import PdfFileReader

from accounts.models import Message, Notice, Role
from agreements.terms import Reporting
from incidents import actions as incident_actions
from incidents import escalation
from kpis import actions as kpi_actions
from kpis.models import Period
from records import sealing, vault
from records.models import AuditEntry
from reports import actions, facts, render, spans
from reports.models import Receipt, Report
from tests.factories import make_member, make_terms
from tests.race import race
from tests.reports.rows import CLOSED, HOUR, JULY, deliver_may, make_agreed, make_report, put_report, settle

pytestmark = pytest.mark.django_db


def attached(pdf):
    names = PdfFileReader(io.BytesIO(pdf)).root["/Names"]["/EmbeddedFiles"]["/Names"]
    return {str(names[i]): names[i + 1].get_object()["/EF"]["/F"].data for i in range(0, len(names), 2)}


def verbs(report):
    found = AuditEntry.objects.filter(target_label="reports.report", target_id=report.pk)
    return list(found.order_by("pk").values_list("verb", flat=True))


# Compiling


def test_a_closed_month_is_compiled_sealed_and_shared_once():
    report, people = make_report()

    assert actions.compile_due(now=CLOSED + HOUR) == 0
    assert Report.objects.count() == 1
    running = report.agreement.reference.rsplit("-", 1)[-1]
    assert (report.number, report.state, report.label) == (f"RPT-2026-05-{running}", "shared", "2026-05")
    pdf = vault.read(report.document.sha256)
    assert attached(pdf) == {"report-facts.json": facts.canonical(report.facts)}
    assert sealing.signed_fields(pdf) == {"platform"}
    told = {each.user for each in report.receipts.all()}
    assert told == {people["client"], people["manager"]}
    assert {each.recipient for each in Notice.objects.filter(url=report.get_absolute_url())} == told
    mails = Message.objects.filter(key__startswith=f"report:{report.pk}:")
    assert sorted(each.recipient.pk for each in mails) == sorted(each.pk for each in told)
    assert verbs(report) == ["report.compiled", "report.shared"]


def test_nothing_is_compiled_while_a_period_is_open():
    kpis = make_terms().kpis
    kpis[3].data_due_days = 10  # the score closes later than the others
    agreement, people = make_agreed(kpis=kpis)
    deliver_may(agreement, people["provider"])
    settle()
    closed = Period.objects.filter(target__agreement=agreement, state="closed")
    assert closed.count() == 3
    assert actions.compile_due(now=CLOSED) == 0


def test_a_miss_is_reported_with_its_breach_and_who_was_told():
    agreement, people = make_agreed()
    deliver_may(agreement, people["provider"])
    kpi_actions.close_due(now=CLOSED)
    assert actions.compile_due(now=CLOSED) == 0, "breaches are not logged yet"
    incident_actions.log_breaches(now=CLOSED)
    assert actions.compile_due(now=CLOSED) == 0, "nobody was told yet"
    escalation.tick(now=CLOSED)
    assert actions.compile_due(now=CLOSED) == 1


@pytest.mark.parametrize(
    ("intervals", "labels"),
    [(["month", "quarter"], ["2026-05", "2026-06", "2026-Q2"]), (["month"], ["2026-05", "2026-06"]), ([], [])],
)
def test_only_intervals_that_the_terms_name_are_reported(intervals, labels):
    agreement, _people = make_agreed(reporting=Reporting(intervals, 2, ["c-head"], 20))
    assert [each.label for each in spans.unreported(agreement, JULY)] == labels


def test_the_number_of_another_agreement_is_not_taken():
    first = put_report()
    other, _people = make_agreed()
    other.reference = first.agreement.reference.replace("2026", "2025")
    span = spans.Span("month", "2026-05", first.lo, first.hi, ())
    assert actions._number(other, span) == f"RPT-2026-05-{other.reference}"
    assert actions._number(first.agreement, span) == first.number


@pytest.mark.typesets
def test_the_pdf_is_made_of_the_facts_alone(django_assert_num_queries):
    report = put_report()
    with django_assert_num_queries(0):
        before = render.html(report.facts)
    assert report.facts["agreement"]["title"] in before
    assert render.html(report.facts) == before


def test_the_database_refuses_other_facts():
    report = put_report()
    with pytest.raises(DatabaseError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(facts={})


def test_a_source_stands_in_the_report_word_for_word():
    report = put_report()
    known = report.facts | {"kpis": [row | {"source": "Public log, moved 3682 days"} for row in report.facts["kpis"]]}
    assert "Public log, moved 3682 days" in render.html(known)


# The client's answer


def test_acknowledged_by_the_client_with_a_remark():
    report = put_report()
    client = report.receipts.get(user__name="Amara Lindqvist").user

    actions.acknowledge(report, remark="Agrees.", actor=client, at=CLOSED + HOUR)

    report.refresh_from_db()
    receipt = report.receipts.get(user=client)
    assert (report.state, report.settled_at) == ("acknowledged", CLOSED + HOUR)
    assert (receipt.acknowledged_at, receipt.opened_at, receipt.remark) == (CLOSED + HOUR, CLOSED + HOUR, "Agrees.")
    assert Notice.objects.filter(recipient=report.agreement.owner, key__contains="acknowledged").count() == 1
    with pytest.raises(TransitionNotAllowed):
        actions.acknowledge(report, actor=client, at=CLOSED + HOUR)


def test_a_further_person_of_the_client_adds_a_receipt():
    report = put_report()
    for person in (make_member(report.agreement.client, Role.CLIENT) for _ in range(2)):
        actions.acknowledge(report, actor=person, at=CLOSED + HOUR)
    assert report.receipts.filter(acknowledged_at=CLOSED + HOUR).count() == 2
    assert Report.objects.get(pk=report.pk).settled_at == CLOSED + HOUR


def test_disputed_needs_a_word_and_stops_the_silence():
    report = put_report()
    client = report.receipts.get(user__name="Amara Lindqvist").user
    with pytest.raises(actions.Refused):
        actions.dispute(report, remark="  ", actor=client, at=CLOSED)

    actions.dispute(report, remark="We measured 98.7 %.", actor=client, at=CLOSED + HOUR)

    assert actions.deem_due(now=CLOSED + timedelta(days=90)) == 0
    assert Report.objects.get(pk=report.pk).state == "disputed"
    assert Notice.objects.filter(recipient=report.agreement.owner, key__contains="disputed").count() == 1
    actions.acknowledge(report, remark="Settled by phone.", actor=client, at=CLOSED + 2 * HOUR)
    assert Report.objects.get(pk=report.pk).state == "acknowledged"


@pytest.mark.parametrize(("after", "count"), [(timedelta(days=20) - timedelta(seconds=1), 0), (timedelta(days=20), 1)])
def test_silence_accepts_after_the_agreed_days(after, count):
    report = put_report()
    assert actions.deem_due(now=CLOSED + after) == count
    assert Report.objects.get(pk=report.pk).state == ("deemed" if count else "shared")
    assert actions.deem_due(now=CLOSED + after) == 0


def test_only_the_first_opening_is_noted():
    report = put_report()
    client = report.receipts.get(user__name="Amara Lindqvist").user
    actions.mark_opened(report, actor=client, at=CLOSED + HOUR)
    actions.mark_opened(report, actor=client, at=CLOSED + 2 * HOUR)
    assert report.receipts.get(user=client).opened_at == CLOSED + HOUR
    assert verbs(report).count("report.opened") == 1
    assert actions.mark_opened(report, actor=make_member(report.agreement.client, Role.CLIENT), at=CLOSED) is None


# A new edition


def test_a_new_edition_leaves_the_first_as_it_is():
    report = put_report()
    manager = report.agreement.owner
    with pytest.raises(actions.Refused):
        actions.reissue(report, reason=" ", actor=manager, at=CLOSED + HOUR)

    second = actions.reissue(report, reason="An outage came late.", actor=manager, at=CLOSED + HOUR)

    assert (second.number, second.edition, second.state) == (report.number, 2, "shared")
    assert second.facts["reason"] == second.reason == "An outage came late."
    assert Report.objects.get(pk=report.pk).facts_sha256 == report.facts_sha256
    assert list(Report.objects.newest()) == [second]
    client = report.receipts.get(user__name="Amara Lindqvist").user
    with pytest.raises(TransitionNotAllowed):
        actions.acknowledge(report, actor=client, at=CLOSED + HOUR)
    with pytest.raises(TransitionNotAllowed):
        actions.reissue(report, reason="Again.", actor=manager, at=CLOSED + HOUR)
    assert actions.deem_due(now=CLOSED + timedelta(days=60)) == 1, "only the newest edition is accepted"


# Races


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_compile_and_one_report_comes_of_it():
    agreement, people = make_agreed()
    deliver_may(agreement, people["provider"])
    settle()

    made = race(lambda: actions.compile_due(now=CLOSED))

    assert sorted(made, key=str) == [0] * 7 + [1]
    assert Report.objects.count() == 1
    assert Receipt.objects.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_dispute_and_one_is_heard():
    report = put_report()
    client = report.receipts.get(user__name="Amara Lindqvist").user

    answers = race(lambda: actions.dispute(report, remark="No.", actor=client, at=CLOSED))

    assert sum(isinstance(each, Report) for each in answers) == 1
    assert sum(isinstance(each, TransitionNotAllowed) for each in answers) == 7
    assert verbs(report).count("report.disputed") == 1
