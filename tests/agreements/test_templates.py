"""Templates: whose they are, their versions, what an agreement can start from, and how they look on paper."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django_fsm import TransitionNotAllowed

from accounts.models import Role
from agreements import actions, clauses, lint, printing, starting, templating
from agreements import terms as t
from agreements.forms.boxes import Around
from agreements.forms.parts import Page
from agreements.forms.templates import TEMPLATE_PARTS
from agreements.models import Template
from agreements.signing import Refused
from agreements.standard import read
from tests.agreements.drafts import complete, drafted, make_house, make_template
from tests.agreements.pages import posted
from tests.factories import NOON, make_member, make_terms


def own_draft(who, **kwargs):
    fields = {
        "name": "Ours", "kind": "sla", "terms": read("standard-sla-1"), "organisation": who.provider,
        "actor": who.manager, "at": NOON,
    }  # fmt: skip
    return actions.draft_template(**(fields | kwargs))


def released(who, **kwargs):
    return actions.release_template(own_draft(who, **kwargs), description="First", actor=who.manager, at=NOON)


# The texts that come with the portal


@pytest.mark.parametrize(("folder", "kind", "count"), [("standard-ola-1", "ola", 14), ("standard-uc-1", "uc", 19)])
def test_a_draft_from_each_standard_text_has_no_error(folder, kind, count):
    template = read(folder)
    start = starting.Start(
        "X-1", kind, "Storage", NOON, t.Party("Team A", "", [t.Representative("Ines")]),
        t.Party("Team B", "", [t.Representative("Amara")]), "Europe/London", "en-gb",
        [t.Service("storage", "Storage")], [],
    )  # fmt: skip
    terms = starting.fill(template, start)
    everybody = {"held": {each.key for each in terms.escalation.positions}, "able": {"provider", "client"}}
    found = lint.check(terms, lint.Facts(today=NOON.date(), **{key: frozenset(v) for key, v in everybody.items()}))
    assert [each.code for each in found] == ["no-holidays"]
    assert len(terms.clauses) == count and terms.agreement.kind == kind
    assert not any("{{" in clauses.html(clause, terms) for clause in terms.clauses)
    assert bool(terms.credits) == (kind == "uc")


@pytest.mark.parametrize(
    ("folder", "known"),
    [
        ("standard-ola-1", "a931ec6b2fa3724409b0baf02d1e792986abdcbfb8a7e32019b540baaab02816"),
        ("standard-uc-1", "3763e93937d19a53e310a561e20654213e627ff1bb0f6e9f72ac9b5d7c98f855"),
    ],
)
def test_the_released_texts_never_change(folder, known):
    assert t.digest(read(folder)) == known


@pytest.mark.django_db
def test_an_empty_portal_has_all_three():
    found = Template.objects.filter(organisation=None).values_list("name", "number", "kind")
    assert sorted(found) == [("Standard OLA", 1, "ola"), ("Standard SLA", 1, "sla"), ("Standard UC", 1, "uc")]


# Terms that are a template


def test_a_template_of_an_agreement_names_nobody_and_no_day():
    made = templating.from_agreement(make_terms(requirements=[t.RequirementTerm("R1", "x")]))
    written = str(t.dump(made))
    assert not any(word in written for word in ("Northgate", "Fennmarket", "SLA-2026", "2026-05-01", "2027-04-30"))
    assert {kpi.service for kpi in made.kpis} == {""}
    assert (made.requirements, made.services, made.term.effective_from) == ([], [], "")
    assert len(made.kpis) == 4 and len(made.clauses) == 2


@pytest.mark.parametrize("folder", ["standard-sla-1", "standard-ola-1", "standard-uc-1"])
def test_opening_and_closing_a_template_changes_nothing(folder):
    assert templating.closed(templating.opened(read(folder))) == read(folder)


# The acts


@pytest.mark.django_db
def test_a_template_is_written_published_and_followed_by_its_next_version():
    who = make_house()
    draft = own_draft(who)
    with pytest.raises(Refused, match="written already"):
        own_draft(who)
    changed = draft.read_terms()
    changed.duties = ["One"]
    draft = actions.save_template(draft, terms=changed, revision=1, actor=who.manager, at=NOON)
    with pytest.raises(actions.Stale):
        actions.save_template(draft, terms=make_terms(), revision=1, actor=who.manager, at=NOON)
    first = actions.release_template(draft, description="First", actor=who.manager, at=NOON)
    assert (first.number, first.author, first.description) == (1, "Ines Sommer", "First")
    for act in (
        lambda: actions.save_template(first, terms=make_terms(), revision=2, actor=who.manager, at=NOON),
        lambda: actions.release_template(first, description="Again", actor=who.manager, at=NOON),
        lambda: actions.discard_template(first, actor=who.manager, at=NOON),
    ):
        with pytest.raises(TransitionNotAllowed), transaction.atomic():
            act()
    assert own_draft(who).number == 2


@pytest.mark.django_db
def test_the_database_refuses_to_change_a_published_text():
    first = released(make_house())
    with pytest.raises(IntegrityError), transaction.atomic():
        Template.objects.filter(pk=first.pk).update(description="Another")
    Template.objects.filter(pk=first.pk).update(retired_at=NOON)


@pytest.mark.django_db
def test_a_text_that_cannot_be_printed_is_not_published():
    who = make_house()
    terms = read("standard-sla-1")
    terms.clauses[0].body = "See {{ agreement.colour }}."
    with pytest.raises(Refused, match="agreement.colour"):
        released(who, terms=terms)
    with pytest.raises(Refused, match="no clause"):
        released(who, terms=t.Terms(), name="Empty")


@pytest.mark.django_db
def test_an_agreement_starts_from_the_newest_offered_version_of_ones_own_house():
    who, other = make_house(), make_house()
    first = released(who)

    def offered(house):
        return list(Template.objects.of([house.provider.pk]).filter(name="Ours").usable())

    assert (offered(who), offered(other)) == ([first], [])
    own_draft(who)
    assert offered(who) == [first]
    second = actions.release_template(
        Template.objects.get(published_at=None), description="Second", actor=who.manager, at=NOON
    )
    assert offered(who) == [second]
    second = actions.retire_template(second, actor=who.manager, at=NOON + timedelta(days=1))
    assert offered(who) == []
    for template, house in ((first, other), (second, who)):
        with pytest.raises(Refused) as refused:
            drafted(house, template=template)
        assert refused.value.place == "template"


# The pages


@pytest.mark.django_db
def test_the_kind_of_an_agreement_follows_its_template(client):
    who = make_house()
    who.provider.__class__.objects.filter(pk=who.client.pk).update(added_by=who.provider, internal=True)
    who.provider.__class__.objects.filter(pk=who.provider.pk).update(internal=True)
    client.force_login(who.manager)
    ola = Template.objects.get(name="Standard OLA")
    data = {
        "title": "Storage", "keeper": who.provider.pk, "partner": who.client.pk, "services": [who.service.pk],
        "template": ola.pk,
    }  # fmt: skip
    answer = client.post("/agreements/new/", data)
    assert answer.status_code == 302 and "/agreements/OLA-" in answer["Location"]


@pytest.mark.django_db
@pytest.mark.parametrize("part", ["term", "kpis", "hours", "escalation", "clauses"])
def test_each_part_sent_back_as_it_was_changes_nothing(client, part):
    who = make_house()
    draft = own_draft(who)
    terms = templating.opened(draft.read_terms())
    client.force_login(who.manager)
    assert client.get(f"/templates/{draft.pk}/edit/{part}/").status_code == 200
    data = posted(Page(TEMPLATE_PARTS[part], terms, Around(terms.services))) | {"revision": 1}
    answer = client.post(f"/templates/{draft.pk}/edit/{part}/", data)
    assert answer.status_code == 302, [form.errors for form in answer.context["forms"]]
    draft.refresh_from_db()
    assert draft.revision == 1


@pytest.mark.django_db
def test_strangers_do_not_see_a_houses_templates(client):
    who, other = make_house(), make_house()
    draft = own_draft(who)
    for person, status in ((other.manager, 404), (who.head, 403), (who.manager, 200), (who.engineer, 200)):
        client.force_login(person)
        assert client.get(f"/templates/{draft.pk}/").status_code == status
    assert client.get(f"/templates/{draft.pk}/edit/clauses/").status_code == 403


@pytest.mark.django_db
@pytest.mark.typesets
def test_a_draft_and_a_template_are_seen_on_paper_marked_and_the_same_twice(client):
    who = complete()
    client.force_login(who.manager)
    place = f"/agreements/{who.agreement.reference}/v1.0/preview.pdf"
    page = client.get(place)
    assert page["Content-Type"] == "application/pdf" and page.content.startswith(b"%PDF")
    template = f"/templates/{make_template().pk}/preview.pdf"
    assert client.get(template).content == client.get(template).content


@pytest.mark.django_db
def test_the_preview_is_marked_and_the_document_to_sign_is_not():
    plain = printing.html(make_terms(), printing.Facts(as_of=NOON))
    marked = printing.html(make_terms(), printing.Facts(as_of=NOON, watermark="Draft, not signed"))
    assert "watermark" not in plain and '<div class="sp-watermark">Draft, not signed</div>' in marked


@pytest.mark.django_db
def test_what_is_frozen_has_no_preview_and_a_hidden_draft_none_for_the_client(client):
    who = complete()
    client.force_login(make_member(who.client, Role.CLIENT))
    assert client.get(f"/agreements/{who.agreement.reference}/v1.0/preview.pdf").status_code == 404


@pytest.mark.django_db
def test_two_versions_are_compared(client):
    who = make_house()
    released(who)
    terms = read("standard-sla-1")
    terms.clauses[0].body += "\n\nOne sentence more."
    second = own_draft(who, terms=terms)
    client.force_login(who.manager)
    page = client.get(f"/templates/{second.pk}/changes/").content.decode()
    assert "<ins>" in page and "sentence" in page and "No figure differs." in page
