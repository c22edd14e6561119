import json
from copy import deepcopy
from fractions import Fraction

import pytest

from kpis.models import PeriodResult
from reports import facts, spans
from reports.facts import canonical, digest, problems
from tests.reports.rows import CLOSED, deliver_may, make_agreed, make_report, settle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gathered_once")]


def may(agreement, now=CLOSED):
    return next(each for each in spans.ended(agreement, now) if each.label == "2026-05")


@pytest.fixture(scope="module")
def gathered_once(module_db):
    agreement, people = make_agreed()
    deliver_may(agreement, people["provider"])
    settle()
    return facts.gather(agreement, may(agreement), number="RPT-2026-05-001", at=CLOSED)


@pytest.fixture
def gathered(gathered_once, db):
    return deepcopy(gathered_once)


def test_figures_are_those_of_the_results(gathered):
    by_key = {row["key"]: row for row in gathered["kpis"]}
    results = {each.period.target.key: each for each in PeriodResult.objects.all()}

    assert {key: row["value"] for key, row in by_key.items()} == {
        key: each.outcome["value"] for key, each in results.items()
    }
    assert {key: row["result"]["sha256"] for key, row in by_key.items()} == {
        key: each.sha256 for key, each in results.items()
    }
    # 6 h 10 min 44 s = 22,244 s of 31 days down.
    assert Fraction(by_key["K1"]["value"]) == 100 - Fraction(100 * 22_244, 31 * 86_400)
    assert (by_key["K1"]["shown"], by_key["K2"]["shown"]) == ("99.16 %".replace(" ", "\xa0"), "66.66\xa0%")
    assert by_key["K2"]["figures"]["missed_by_priority"] == {"3": 1}
    assert gathered["counts"] == {"met": 2, "missed": 2, "not_measured": 0, "waived": 0, "judged": 4}


def test_facts_hold_breaches_credits_people_and_data(gathered):
    assert gathered["light"] == "red"  # K1 is critical
    assert [each["kpi"] for each in gathered["breaches"]] == ["K1", "K2"]
    assert gathered["breaches"][0]["steps"][0]["told"] == ["Daniel Osei"]
    assert [(each["amount"], each["state"]) for each in gathered["credits"]] == [("125.00", "proposed")]
    assert sorted(each["name"] for each in gathered["recipients"])[0] == "Amara Lindqvist"
    added = {each["stream"]: each["added"] for each in gathered["deliveries"]}
    assert sorted(added.values()) == [1, 2, 4]


def test_canonical_bytes_survive_the_database(gathered):
    report, _people = make_report()
    report.refresh_from_db()
    assert digest(report.facts) == report.facts_sha256
    assert problems(report.facts, report.facts_sha256) == []
    assert json.loads(canonical(gathered)) == gathered


def test_one_changed_figure_is_found(gathered):
    sha256 = digest(gathered)
    gathered["kpis"][0]["shown"] = "99.99 %"
    assert problems(gathered, sha256) != []
