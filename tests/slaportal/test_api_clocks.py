"""The clocks of a case through the API."""

from urllib.parse import urlencode

import pytest

from kpis.models import Case
from tests.slaportal.test_api import WHO, call
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def read(client, world, person="client", **query):
    asked = {"kpi": "K2", "case": "INC-1"} | query
    return call(client, getattr(world, person), "clocks", world.agreement.reference, query=f"?{urlencode(asked)}")


def test_who_may_read_them(client, world):
    got = {who: read(client, world, who).status_code for who in WHO}
    assert got == {who: 404 if who in ("stranger", "admin") else 200 for who in WHO}


def test_each_stretch_of_time_is_there_and_adds_up(client, world):
    case = Case.objects.get(indicator_id=world.desk.pk, external_id="INC-1")
    found = read(client, world).json()

    (clock,) = found["clocks"]
    assert (found["case"], found["priority"], found["version"]) == ("INC-1", 3, "v1.0")
    assert (clock["kind"], clock["state"], clock["met"], clock["limit_seconds"]) == (
        "resolution", "stopped", True, 49 * 3600,
    )  # fmt: skip
    ran = [each for each in clock["segments"] if each["kind"] == "running"]
    assert sum(each["seconds"] for each in ran) == clock["elapsed_seconds"]
    assert clock["segments"][0]["start"] == found["opened_at"] == case.at.isoformat().replace("+00:00", "Z")
    assert set(clock["thresholds"]) == {"50", "75", "90", "100"}


@pytest.mark.parametrize("query", [{"case": "nobody"}, {"kpi": "K1"}, {"kpi": ""}, {"case": "\x00"}, {"kpi": "\x00"}])
def test_what_is_not_there(client, world, query):
    assert read(client, world, **query).status_code == 404
