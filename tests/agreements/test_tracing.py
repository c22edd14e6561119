"""Requirements against targets and clauses, both ways."""

from dataclasses import replace
from datetime import date

import pytest

from agreements import answers, grants, lint, sections, tracing
from agreements import terms as t
from agreements.models import Agreement, Requirement
from tests.agreements.drafts import complete, edited, in_review, make_house
from tests.factories import MAY, NOON, make_agreement, make_member, make_terms, make_version


def asked(text="The desk answers as R2 asks, and R2 again; see R9."):
    terms = make_terms(requirements=[t.RequirementTerm(f"R{n}", f"Need {n}") for n in (1, 2, 3)])
    terms.clauses[1].body = text
    return terms


def test_a_clause_answers_what_its_text_names():
    first, second, third = tracing.traces(asked())
    assert ([part.number for part in first.kpis], first.clauses) == (["K1"], ())
    assert [(part.name, part.anchor) for part in second.clauses] == [("Support", "clause-support")]
    assert (first.is_open, second.is_open, third.is_open) == (False, False, True)


def test_the_number_of_a_clause_is_that_of_the_document():
    terms = asked()
    (part,) = [each for each in tracing.clauses(terms) if each.answers]
    assert part.number == next(each.number for each in sections.numbered(terms) if each.anchor == part.anchor)


def test_headings_are_the_sections_without_their_text():
    terms = asked()
    assert sections.headings(terms) == [replace(each, paragraphs=()) for each in sections.numbered(terms)]


@pytest.mark.parametrize("text", ["R20", "AR2", "R2D", "r2", "R02", "R 2"])
def test_only_the_whole_number_counts(text):
    assert not any(part.answers for part in tracing.clauses(asked(f"See {text}.")))


def test_the_way_back_shows_what_nobody_asked_for():
    parts = tracing.kpis(asked())
    assert {part.number: part.answers for part in parts} == {"K1": ("R1",), "K2": (), "K3": (), "K4": ()}


def test_lint_speaks_of_gaps_in_both_ways():
    found = lint.check(asked(), lint.Facts(today=date(2026, 4, 1)))
    said = [(each.severity, each.code, each.place, each.part) for each in found if each.code in CODES]
    assert said == [
        ("warning", "requirement-open", "requirements.2", "requirements"),
        ("note", "kpi-untraced", "kpis.1", "kpis"),
        ("note", "kpi-untraced", "kpis.2", "kpis"),
        ("note", "kpi-untraced", "kpis.3", "kpis"),
        ("note", "clause-names-nothing", "clauses.1.body", "clauses"),
    ]


CODES = {"requirement-open", "kpi-untraced", "clause-names-nothing"}


def test_without_requirements_no_target_is_blamed():
    assert tracing.untraced(make_terms(requirements=[])) == []


def test_naming_a_requirement_changes_no_form_of_the_terms():
    """What was signed before keeps its hash: the terms have the fields they had."""
    assert set(t.dump(t.Terms())["clauses"]) == set() and set(t.dump(asked())["clauses"][0]) == {"id", "title", "body"}


@pytest.mark.django_db
def test_a_requirement_is_covered_once_a_signed_version_answers_it():
    who = make_house()
    requirement = Requirement.objects.create(
        number="R1", service=who.service, client=who.client, asked_of=who.head, asked_by=who.manager, asked_at=MAY,
        text="Reachable", state="accepted",
    )  # fmt: skip

    def here():
        return answers.of(requirement, who.head, grants.load(who.head, NOON), NOON)

    assert answers.word(requirement, here()) == "accepted"

    agreement = make_agreement(who.provider, who.client, who.manager, state=Agreement.State.ACTIVE)
    make_version(agreement, state="executed")

    (answer,) = here()
    assert (answer.word, [part.number for part in answer.parts]) == ("in_force", ["K1"])
    assert answers.word(requirement, here()) == "covered"


@pytest.mark.django_db
def test_the_page_shows_both_ways_and_the_way_to_mend(client):
    who = in_review()
    who = edited(who, lambda terms: terms.requirements.append(t.RequirementTerm("R7", "Nobody answers me")))
    client.force_login(who.manager)
    page = client.get(f"/agreements/{who.agreement.reference}/v1.0/requirements/").content.decode()
    assert "1 requirement is answered by nothing." in page
    assert f"/agreements/{who.agreement.reference}/v1.0/edit/kpis/" in page


@pytest.mark.django_db
def test_who_was_not_asked_is_led_to_no_page_that_is_closed_to_them(client):
    who = complete()
    requirement = Requirement.objects.create(
        number="R1", service=who.service, client=who.client, asked_of=make_member(who.client, "client"),
        asked_by=who.manager, asked_at=MAY, text="Reachable", state="accepted",
    )  # fmt: skip
    who = in_review(edited(who, lambda terms: terms.requirements.append(t.RequirementTerm("R1", "Reachable"))))
    place, link = f"/agreements/{who.agreement.reference}/v1.0/requirements/", f'"/requirements/{requirement.number}/"'
    for person, leads in ((who.manager, True), (make_member(who.client, "client"), False)):
        client.force_login(person)
        page = client.get(place)
        assert (page.status_code, link in page.content.decode()) == (200, leads)
