import io

from kpis import actions
from kpis.models import Credit, Indicator, PeriodResult
from tests.kpis.build import case, deliver, observed, outage, utc

JUNE_3 = utc("2026-06-03T00:00")
GOOD = b"number,opened_at,closed_at,priority\nINC-7,2026-05-04T15:00Z,2026-05-06T16:30Z,3\n"


def extend(world):
    """The agreement's streams with May delivered and closed: availability missed, a credit proposed."""
    actions.bind_executed(now=JUNE_3)
    world.log = Indicator.objects.get(organisation=world.provider_org, key="canvas-lms")
    world.probe = Indicator.objects.create(
        organisation=world.provider_org, key="probe-p95", name="Response", kind="values", unit="ms"
    )
    world.desk = Indicator.objects.get(organisation=world.provider_org, key="desk-cases")
    at = utc("2026-06-02T09:00")
    world.delivery = deliver(world.log, [observed(until="2026-06-01T00:00"), outage()], world.provider, at=at)
    deliver(world.desk, [case(closed="2026-05-06T15:00")], world.provider, at=at)
    actions.close_due(now=JUNE_3)
    world.result = PeriodResult.objects.get(period__target__agreement=world.agreement, verdict="breached")
    world.credit = Credit.objects.get(result=world.result)
    world.held = actions.hold_file(
        world.desk, file=io.BytesIO(GOOD), filename="may.csv", actor=world.provider, at=at
    )
