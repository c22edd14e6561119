import pytest

from incidents import tasks
from incidents.models import Breach, Step
from records.models import Sweep
from tests.incidents.rows import make_ladder, make_period, make_result

pytestmark = pytest.mark.django_db


def test_the_sweeps_log_and_escalate_with_a_heartbeat():
    version, _ = make_ladder()
    make_result(make_period(version))

    tasks.log_breaches()
    tasks.escalate()

    assert Breach.objects.count() == 1
    assert Step.objects.get(level=0).state == "fired"
    beats = Sweep.objects.filter(finished_at__isnull=False, failures=0).values_list("name", flat=True)
    assert set(beats) == {"incidents.log_breaches", "incidents.escalate"}
