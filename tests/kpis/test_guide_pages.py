"""The measurement guide of an agreement as page, PDF and API."""

from io import BytesIO

import pikepdf
import pytest

from kpis import guidebook
from tests.factories import NOON
from tests.slaportal.test_api import WHO, call


@pytest.mark.django_db
@pytest.mark.typesets
def test_page_and_paper(world, client):
    client.force_login(world.client)
    place = f"/agreements/{world.agreement.reference}/{world.version.label}/guide"
    page = client.get(f"{place}/").content.decode()
    assert "time up ÷ time that counts × 100" in page and "down once for" in page
    assert f"{place}/" in client.get(world.agreement.get_absolute_url()).content.decode()
    paper = client.get(f"{place}.pdf")
    with pikepdf.open(BytesIO(paper.content)) as pdf:
        assert len(pdf.pages) >= 2


@pytest.mark.django_db
def test_the_guide_of_a_signed_version_is_the_same_at_any_time(world):
    first, second = (guidebook.of_version(world.version, at) for at in (NOON, NOON.replace(year=2030)))
    assert first["sheets"] == second["sheets"]


@pytest.mark.django_db
def test_the_same_for_machines(world, client):
    place = (world.agreement.reference, world.version.label)
    seen = {who: call(client, getattr(world, who), "guide", *place).status_code for who in WHO}
    assert seen == {who: 404 if who in ("stranger", "admin") else 200 for who in WHO}
    first = call(client, world.client, "guide", *place).json()[0]
    assert (first["kpi"]["key"], first["formula"], first["exclusions"]) == (
        "K1", "time up ÷ time that counts × 100", ["maintenance"],
    )
    assert [each["verdict"] for each in first["examples"]] == ["met", "breached"]
    assert call(client, world.client, "guide", world.agreement.reference, "v9.9").status_code == 404


@pytest.mark.django_db
def test_the_library_for_machines(world, client):
    found = call(client, world.client, "definitions").json()
    assert found["count"] >= 30
    one = call(client, world.client, "definition", found["results"][0]["id"]).json()
    assert one["kpi"]["kind"] and one["says"]["Formula"]
    assert call(client, world.admin, "definitions").status_code == 403
