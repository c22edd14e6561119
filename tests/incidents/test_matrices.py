from datetime import time
from io import BytesIO

import pikepdf
import pytest
from django.urls import reverse

from accounts.models import Notice
from agreements import actions as agreeing
from agreements import terms as t
from agreements.models import PositionHolder
from incidents import escalation, matrices
from tests.factories import make_agreement, make_member
from tests.incidents.rows import CLOSED, DAY, MATRIX, make_breach, make_ladder

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
    assert [(position.title, held.person) for position, held in management["provider"] + management["client"]] == [
        ("Head of operations", people["p-head"]), ("Head of IT", people["c-head"])
    ]
    assert board["provider"][0][1] is None
    assert "2 times" in sheet.again and "2 h" in sheet.again


def test_what_is_not_in_force_has_none():
    assert matrices.sheets([make_agreement()], CLOSED) == []


def roster(scene):
    """The desk's position held by a roster of two whose second week nobody is there."""
    agreement, _version, _people = scene
    ann, ben = (make_member(agreement.provider, "provider", name=name) for name in ("Ann", "Ben"))
    who = {"actor": ann, "at": CLOSED}
    made = agreeing.create_roster(agreement.provider, name="Desk", timezone="UTC", **who)
    agreeing.add_rotation(
        made, people_in_order=[ann, ben], days=7, starts_on=CLOSED.date(), handover=time(8), schedule={},
        replaces=None, **who,
    )
    agreeing.hold_position(agreement, position="p-desk", roster=made, **who)
    for person in (ann, ben):
        agreeing.note_absence(
            person, first_day=CLOSED.date() + 8 * DAY, last_day=CLOSED.date() + 9 * DAY, **who
        )
    return ann, ben


def test_a_position_held_by_a_roster_names_who_is_on_duty_and_the_gap(scene, client):
    ann, _ben = roster(scene)
    (sheet,) = matrices.sheets([scene[0]], CLOSED)
    ((_position, held),) = sheet.rows[0]["provider"]
    assert (held.person, held.note) == (ann, "by the roster Desk, until Wed 10 Jun, 08:00 UTC")
    ((title, named, gap),) = sheet.gaps
    assert (title, named.name, gap.starts_at.date()) == ("Service desk lead", "Desk", CLOSED.date() + 8 * DAY)


def test_the_engine_tells_whoever_is_on_duty_as_a_step_fires(scene):
    roster(scene)
    breach = make_breach(scene[1])
    escalation.tick(now=CLOSED)
    assert [step.told[0]["name"] for step in breach.run.steps.filter(state="fired")] == ["Ann"]
    later = make_breach(scene[1], "K2", at=CLOSED + 7 * DAY)
    escalation.tick(now=CLOSED + 7 * DAY)
    assert [step.told[0]["name"] for step in later.run.steps.filter(state="fired")] == ["Ben"]


def test_nobody_on_duty_tells_the_next_level_at_once_and_the_owner_why(scene):
    roster(scene)
    at = CLOSED + 8 * DAY
    breach = make_breach(scene[1], at=at)
    escalation.tick(now=at)
    first, second = breach.run.steps.filter(state="fired")
    assert (first.told, len(second.told)) == ([], 2)
    owner = Notice.objects.filter(recipient=scene[0].owner).values_list("title", flat=True)
    assert [title for title in owner if "nobody could be told" in title] != []


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
