"""How many agreements stand now, in one query, with exact figures."""

import pytest

from kpis import actions, glance, standings
from tests.kpis.build import case, deliver, observed, outage, stream, utc
from tests.kpis.test_kinds import kpi, signed

pytestmark = pytest.mark.django_db
MAY_20 = utc("2026-05-20T00:00")
K1 = kpi("uptime", indicator="log", target="99.3", calendar="always", decimals=2)
K2 = kpi("deadline", "K2", indicator="desk", target="95", params={"cohort": "closed_in", "priorities": [3]})


def made():
    agreement, person = signed(K1, K2, now=MAY_20)
    rows = [observed("2026-05-01T00:00", "2026-05-20T00:00"), outage("2026-05-07T20:00", "2026-05-08T03:00")]
    deliver(stream(agreement, "log"), rows, person, at=MAY_20)
    late = [case("A", "2026-05-01T15:00", "2026-05-18T15:00"), case("B", "2026-05-04T15:00", "2026-05-04T16:00")]
    deliver(stream(agreement, "desk"), late, person, at=MAY_20)
    standings.refresh(now=MAY_20)
    return agreement


def test_what_is_missed_comes_before_what_is_at_risk_with_its_target_s_own_digits():
    agreement = made()

    found = glance.at([agreement], MAY_20)[agreement.pk]

    shown = [(one.name, one.verdict, one.value, one.target, one.period) for one in found.shown]
    space = "\N{NO-BREAK SPACE}"
    assert shown == [
        ("K1", "breached", f"98.46{space}%", f"≥{space}99.3{space}%", "May 2026"),
        ("K2", "at_risk", f"50.00{space}%", f"≥{space}95{space}%", "May 2026"),
    ]
    assert (found.counts["missed"], found.counts["at_risk"], found.more) == (1, 1, 0)


def test_the_newest_closed_result_of_each_kpi_is_kept_beside():
    agreement = made()
    actions.bind_executed(now=utc("2026-06-09T00:00"))
    actions.close_due(now=utc("2026-06-09T00:00"))

    found = glance.at([agreement], utc("2026-06-09T00:00"))[agreement.pk]

    assert found.last == {"K1": "breached", "K2": "breached"}
    assert found.running == ["insufficient_data", "insufficient_data"]
    # The last result of a yearly KPI is as old as that before the next.
    assert glance.at([agreement], utc("2027-05-30T00:00"))[agreement.pk].last == found.last


@pytest.mark.parametrize("count", [1, 3])
def test_one_query_for_any_number(django_assert_num_queries, count):
    agreements = [made() for _ in range(count)]

    with django_assert_num_queries(1):
        glance.at(agreements, MAY_20)
