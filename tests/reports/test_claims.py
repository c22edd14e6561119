"""What reports tell of exclusions, corrections and disputes, and when a correction makes an edition 2."""

from datetime import timedelta

import pytest

from incidents import actions as incident_actions
from incidents.models import Breach
from kpis import actions as kpi_actions
from kpis.models import Indicator, Period
from reports import actions, facts, sheet, spans
from reports.models import Report
from tests.factories import make_member, make_terms
from tests.kpis.build import deliver, outage, utc
from tests.reports.rows import CLOSED, DELIVERED, deliver_may, make_agreed, put_report, settle

pytestmark = pytest.mark.django_db
LATER = CLOSED + timedelta(days=2)


def agreed():
    kpis = make_terms().kpis
    kpis[0].exclusions = ["maintenance"]
    agreement, people = make_agreed(kpis=kpis)
    return agreement, people | {"other": make_member(agreement.provider, "provider")}


def exclude(agreement, people, *, at=DELIVERED, start="2026-05-07T21:00"):
    made = kpi_actions.propose_exclusion(
        agreement, category="maintenance", kpis=["K1"], starts_at=utc(start),
        ends_at=utc(start) + timedelta(hours=1), notice_at=utc("2026-05-01T09:00"), reason="New database",
        clause="6.3", actor=people["provider"], at=at,
    )
    return kpi_actions.approve_exclusion(made, actor=people["other"], at=at)


def correct(agreement, people, *, at=LATER, up="2026-05-07T21:59"):
    """The outage turns out to have ended much earlier: what was missed is met."""
    log = Indicator.objects.get(organisation=agreement.provider, key="canvas-lms")
    deliver(log, [outage("2026-05-07T20:50:59", up)], people["provider"], at=at, reason="Read from the wrong log")
    period = Period.objects.get(target__agreement=agreement, target__key="K1", label="2026-05")
    made = kpi_actions.propose_correction(period, reason="It ended at 21:59", actor=people["provider"], at=at)
    made = kpi_actions.approve_correction(made, actor=people["other"], at=at)
    return kpi_actions.accept_correction(made, actor=people["client"], at=at)


def row_of(known, key="K1"):
    return next(each for each in known["kpis"] if each["key"] == key)


def gathered(agreement, *, at=LATER):
    span = next(each for each in spans.ended(agreement, CLOSED) if each.label == "2026-05")
    return facts.gather(agreement, span, number="RPT-X", at=at)


def test_a_kpi_tells_its_exclusions_and_both_figures():
    agreement, people = agreed()
    deliver_may(agreement, people["provider"])
    exclusion = exclude(agreement, people)
    settle()
    unknown = exclude(agreement, people, at=LATER, start="2026-05-08T01:00")

    row = row_of(gathered(agreement))

    assert [(each["number"], each["counted"], each["clause"]) for each in row["exclusions"]] == [
        (exclusion.number, True, "6.3"), (unknown.number, False, "6.3"),
    ]
    assert row["exclusions"][0]["spans"] == [
        {"lo": "2026-05-07T21:00:00+00:00", "hi": "2026-05-07T22:00:00+00:00"}
    ]
    assert row["gross_shown"] != row["shown"] and row["result"]["reason"] == f"With {exclusion}."
    assert row_of(gathered(agreement), "K2")["exclusions"] == []


def test_a_dispute_stands_in_the_report_until_it_is_settled():
    agreement, people = agreed()
    deliver_may(agreement, people["provider"])
    settle()
    period = Period.objects.get(target__agreement=agreement, target__key="K2", label="2026-05")
    dispute = kpi_actions.open_dispute(period, reason="Two were late", actor=people["client"], at=LATER)

    assert row_of(gathered(agreement), "K2")["disputed"] == [dispute.number]
    assert row_of(gathered(agreement))["disputed"] == []

    kpi_actions.withdraw_dispute(dispute, actor=people["client"], at=LATER)
    assert row_of(gathered(agreement), "K2")["disputed"] == []


def test_the_page_says_disputed_while_it_is(client):
    agreement, people = agreed()
    report = put_report(agreed=(agreement, people))
    client.force_login(people["client"])
    period = Period.objects.get(target__agreement=agreement, target__key="K1", label="2026-05")
    assert "Disputed" not in client.get(report.get_absolute_url()).content.decode()

    dispute = kpi_actions.open_dispute(period, reason="It was longer", actor=people["client"], at=LATER)
    assert dispute.number in client.get(report.get_absolute_url()).content.decode()


def test_an_accepted_correction_makes_edition_2_with_the_difference_once():
    agreement, people = agreed()
    first = put_report(agreed=(agreement, people))
    assert actions.reissue_due(now=LATER) == 0

    correction = correct(agreement, people)
    # The breach is settled first: the new edition tells how it ended.
    assert actions.reissue_due(now=LATER + timedelta(minutes=1)) == 0
    incident_actions.log_breaches(now=LATER + timedelta(minutes=1))
    assert actions.reissue_due(now=LATER + timedelta(minutes=1)) == 1
    assert actions.reissue_due(now=LATER + timedelta(minutes=2)) == 0

    second = Report.objects.newest().get(number=first.number)
    (told,) = second.facts["corrections"]
    assert (second.edition, second.reason, second.state) == (2, f"{correction}: It ended at 21:59", "shared")
    assert (told["before"]["verdict"], told["after"]["verdict"]) == ("breached", "met")
    assert (told["before"]["sha256"], told["after"]["sha256"]) == (correction.base.sha256, correction.sha256)
    assert told["accepted_by"] == "Amara Lindqvist"
    assert {each["name"] for each in told["difference"]} == {"Figure", "Made of", "Down that counted", "Excluded"}
    breach = Breach.objects.get(period=correction.period)
    (said,) = [each for each in second.facts["breaches"] if each["number"] == breach.number]
    assert (said["state"], correction.number in said["reason"]) == ("not_a_breach", True)
    first.refresh_from_db()
    assert first.facts["corrections"] == []


def test_a_report_made_before_there_were_claims_is_still_shown():
    agreement, people = agreed()
    report = put_report(agreed=(agreement, people))
    known = {name: value for name, value in report.facts.items() if name != "corrections"}
    for row in known["kpis"]:
        del row["exclusions"], row["disputed"]

    assert sheet.build(known)["corrections"] == []
