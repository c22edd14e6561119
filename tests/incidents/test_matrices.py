from io import BytesIO

import pikepdf
import pytest
from django.urls import reverse

from agreements import terms as t
from agreements.models import PositionHolder
from incidents import matrices
from tests.factories import make_agreement
from tests.incidents.rows import CLOSED, MATRIX, make_ladder

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    version, people = make_ladder(t.Escalation(MATRIX.positions, MATRIX.levels, repeats=2, repeat_seconds=7200))
    return version.agreement, version, people


def test_both_sides_with_who_holds_each_position_today(scene):
    agreement, version, people = scene
    PositionHolder.objects.filter(position="p-board").update(until=CLOSED)
    (sheet,) = matrices.sheets([agreement], CLOSED)
    assert (sheet.version, sheet.vacant) == (version, ["Managing director"])
    contact, management, board = sheet.rows
    assert [(position.title, person) for position, person in management["provider"] + management["client"]] == [
        ("Head of operations", people["p-head"]), ("Head of IT", people["c-head"])
    ]
    assert board["provider"][0][1] is None
    assert "2 times" in sheet.again and "2 h" in sheet.again


def test_what_is_not_in_force_has_none():
    assert matrices.sheets([make_agreement()], CLOSED) == []


@pytest.mark.parametrize("count", [1, 3])
def test_query_count(django_assert_num_queries, count):
    agreements = [make_ladder()[0].agreement for _ in range(count)]
    with django_assert_num_queries(2):
        assert len(matrices.sheets(agreements, CLOSED)) == count


def test_page_and_paper(scene, client):
    agreement, _version, people = scene
    client.force_login(people["c-head"])
    for name, args in (("matrix", [agreement.reference]), ("matrices", [])):
        page = client.get(reverse(f"incidents:{name}", args=args)).content.decode()
        assert "Head of operations" in page and people["p-head"].email in page
        paper = client.get(reverse(f"incidents:{name}_paper", args=args))
        assert paper["Content-Type"] == "application/pdf"
        with pikepdf.open(BytesIO(paper.content)) as pdf:
            assert len(pdf.pages) >= 1
