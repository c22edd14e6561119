from datetime import date

import pytest

from agreements import clauses, lint, starting
from agreements import terms as t
from agreements.models import Template
from agreements.standard import read, standard_sla
from tests.factories import NOON


def started():
    """The template filled as for a new agreement."""
    start = starting.Start(
        "SLA-2026-001",
        "sla",
        "Learning platform",
        NOON,
        t.Party("Northgate", "", [t.Representative("Ines")]),
        t.Party("Fennmarket", "", [t.Representative("Amara")]),
        "Europe/London",
        "en-gb",
        [t.Service("canvas", "Learning platform")],
        [t.RequirementTerm("R1", "Reachable at any hour")],
    )
    return starting.fill(read("standard-sla-1"), start)


def test_twenty_sections_of_text():
    written = read("standard-sla-1").clauses
    assert len(written) == 20
    assert [(each.id, each.title) for each in written][:2] == [
        ("parties", "Parties and representatives"),
        ("purpose", "Purpose and order of precedence"),
    ]
    assert all(len(each.body) > 150 for each in written)


def test_a_draft_from_it_has_no_error():
    everything = {"held": frozenset({"p-desk", "p-head", "p-board"}), "able": frozenset({"provider", "client"})}
    found = lint.check(started(), lint.Facts(today=date(2026, 5, 6), accepted=frozenset({"R1"}), **everything))
    assert [each.code for each in found if each.severity != "note"] == ["requirement-open", "no-holidays"]


def test_it_is_filled_with_who_what_and_when():
    terms = started()
    assert terms.term.effective_from == "2026-06-01"
    assert {calendar.timezone for calendar in terms.calendars} == {"Europe/London"}
    assert {kpi.service for kpi in terms.kpis} == {"canvas"}
    assert not any("{{" in clauses.html(clause, terms) for clause in terms.clauses)


def test_the_released_text_never_changes():
    known = "43ee32b773b8c6a4955d3574c312c07c143fda48de345d6738d3dd3bd0b3d7d4"
    assert t.digest(t.load(standard_sla()["terms"])) == known


@pytest.mark.django_db
def test_an_empty_portal_has_it():
    template = Template.objects.get(name="Standard SLA")
    assert (template.number, template.kind, template.terms) == (1, "sla", standard_sla()["terms"])
    assert template.published_at
