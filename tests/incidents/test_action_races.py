"""Breaches that several people or sweeps act on at once."""

import pytest

from incidents import actions
from incidents.models import Breach, Run
from records.models import AuditEntry
from tests.incidents.rows import CLOSED, make_breach, make_ladder, make_period, make_result
from tests.incidents.test_actions import OUTCOME
from tests.race import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("prepare, act", [
    ([], "acknowledge"),
    (["acknowledge"], "document_outcome"),
    (["acknowledge", "document_outcome"], "close"),
    (["acknowledge", "document_outcome"], "reopen"),
])
def test_eight_at_once_and_one_wins(prepare, act):
    version, people = make_ladder()
    breach = make_breach(version)
    inputs = {"document_outcome": OUTCOME, "reopen": {"reason": "Failover is missing."}}
    for earlier in prepare:
        getattr(actions, earlier)(breach, **inputs.get(earlier, {}), actor=people["p-desk"], at=CLOSED)

    outcomes = race(
        lambda: getattr(actions, act)(breach, **inputs.get(act, {}), actor=people["c-head"], at=CLOSED)
    )

    assert sorted(type(o).__name__ for o in outcomes) == ["Breach"] + ["TransitionNotAllowed"] * 7
    verb = {"acknowledge": "acknowledged", "document_outcome": "outcome_documented", "close": "closed"}
    assert AuditEntry.objects.filter(verb=f"breach.{verb.get(act, 'reopened')}").count() == 1


def test_eight_sweeps_log_each_cause_once():
    version, _ = make_ladder()
    for key in ("K1", "K2", "K4"):
        make_result(make_period(version, key))

    outcomes = race(lambda: actions.log_breaches(now=CLOSED))

    assert sum(outcomes) == 3
    assert sorted(Breach.objects.values_list("number", flat=True)) == ["BR-0001", "BR-0002", "BR-0003"]
    assert Run.objects.count() == 3
