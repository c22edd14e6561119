import re

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from agreements import actions
from agreements.forms.parts import PARTS
from agreements.models import Requirement, Service, Template, Version
from agreements.terms import dump
from records.models import AuditEntry
from tests.agreements.drafts import complete, drafted, in_review, make_house, make_template, seats
from tests.agreements.pages import as_shown, opened, posted
from tests.factories import NOON, make_member, make_signed

pytestmark = pytest.mark.django_db


def signed_in(person):
    browser = Client()
    browser.force_login(person)
    return browser


def url(who, part="parties"):
    return reverse("agreements:edit", args=[who.version.agreement.reference, who.version.label, part])


def fresh(who):
    return Version.objects.get(pk=who.version.pk)


def shown(who, part):
    version = fresh(who)
    return as_shown(part, version.read_terms(), version.revision)


def send(who, part="parties", browser=None, **changes):
    data = shown(who, part) | changes
    return (browser or signed_in(who.manager)).post(url(who, part), data)


def test_a_draft_is_started_from_the_catalogue():
    who = drafted()  # so that the client is one of this provider's
    template = make_template()
    response = signed_in(who.manager).post(
        reverse("agreements:new"),
        {
            "title": "Second",
            "keeper": who.provider.pk,
            "partner": who.client.pk,
            "services": [who.service.pk],
            "template": template.pk,
        },
    )
    version = Version.objects.get(agreement__title="Second")
    assert response.url == reverse("agreements:edit", args=[version.agreement.reference, "v1.0", "parties"])


def test_clients_of_another_provider_are_not_offered():
    who, other = drafted(), drafted()
    page = signed_in(who.manager).get(reverse("agreements:new")).content.decode()
    assert who.client.name in page
    assert other.client.name not in page


def test_saving_leads_to_the_next_part():
    who = drafted()
    response = send(who, **{"heading-title": "Teaching platform"})
    assert response.url == url(who, "requirements")
    assert fresh(who).read_terms().agreement.title == "Teaching platform"
    assert send(who, "clauses").url == reverse("agreements:check", args=[who.version.agreement.reference, "v1.0"])


@pytest.mark.parametrize("part", PARTS)
def test_every_part_sent_back_as_it_came_is_no_change(part):
    who = drafted()
    assert send(who, part).status_code == 302
    assert fresh(who).revision == 1


def test_a_row_is_added_without_script():
    who = drafted()
    response = send(who, "kpis", add="kpis:score")
    assert response.url == url(who, "kpis") + "?add=kpis:score#kpis-new"
    page = signed_in(who.manager).get(url(who, "kpis") + "?add=kpis:score").content.decode()
    assert 'name="kpis-4-minimum_answers"' in page
    assert 'name="kpis-4-percentile"' not in page


def test_save_stays_on_the_page():
    assert send(who := drafted(), stay="1").url == url(who)


def test_an_error_stands_beside_its_field_and_keeps_what_was_typed():
    who = drafted()
    response = send(who, "hours", **{"calendars-0-mon": "nine to five"})
    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="nine to five"' in page
    assert re.search(r'id="id_calendars-0-mon_error"', page)
    assert fresh(who).revision == 1


def test_a_second_editor_sees_both_texts_and_chooses():
    who = drafted()
    mine = shown(who, "parties") | {"heading-title": "Mine", "client-address": "3 Lane", "page": "tab"}
    send(who, browser=signed_in(other := make_member(who.provider, Role.MANAGER)), **{"heading-title": "Theirs"})
    browser = signed_in(who.manager)

    response = browser.post(url(who), mine)
    page = response.content.decode()

    assert response.status_code == 409
    assert f"{other} saved the same place" in page
    assert "Theirs" in page and 'value="Mine"' in page
    assert fresh(who).read_terms().agreement.title == "Theirs"
    fields = dict(re.findall(r'name="(seen|clash-0-place)" value="([^"]+)"', page))
    assert browser.post(url(who), mine | fields).status_code == 409  # nothing chosen yet
    assert browser.post(url(who), mine | fields | {"clash-0-keep": "mine"}).status_code == 302
    terms = fresh(who).read_terms()
    assert (terms.agreement.title, terms.parties.client.address) == ("Mine", "3 Lane")


def test_two_texts_of_a_clause_are_joined():
    who = drafted()
    mine = shown(who, "clauses") | {"clauses-0-body": "Mine."}
    send(who, "clauses", **{"clauses-0-body": "Theirs."})
    browser = signed_in(who.manager)
    page = browser.post(url(who, "clauses"), mine).content.decode()
    assert "Theirs.\n\nMine." in page
    fields = dict(re.findall(r'name="(seen|clash-0-place)" value="([^"]+)"', page))
    joined = fields | {"clash-0-keep": "join", "clash-0-text": "Both.\x00"}
    assert browser.post(url(who, "clauses"), mine | joined).status_code == 409
    assert browser.post(url(who, "clauses"), mine | joined | {"clash-0-text": "Both."}).status_code == 302
    assert fresh(who).read_terms().clauses[0].body == "Both."


def test_two_editors_of_one_part_both_succeed():
    who = drafted()
    mine = shown(who, "parties") | {"client-address": "3 Lane"}
    send(who, **{"heading-title": "Theirs"})
    assert signed_in(who.manager).post(url(who), mine).status_code == 302
    terms = fresh(who).read_terms()
    assert (terms.agreement.title, terms.parties.client.address) == ("Theirs", "3 Lane")


def autosave(who, part, data, browser=None):
    args = [who.version.agreement.reference, who.version.label, part]
    return (browser or signed_in(who.manager)).post(reverse("agreements:autosave", args=args), data)


def hidden(page):
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" id="[^"]+" value="([^"]*)"', page))


def test_a_part_is_saved_by_itself():
    who = drafted()
    data = shown(who, "parties") | {"page": "tab", "heading-title": "Typed"}
    page = autosave(who, "parties", data).content.decode()
    assert "Saved" in page and "Undo last change" in page
    assert hidden(page)["revision"] == "2"
    assert fresh(who).read_terms().agreement.title == "Typed"
    again = autosave(who, "parties", data | {"heading-title": "Typed on"})  # before the first answer came
    assert again.status_code == 200
    assert fresh(who).read_terms().agreement.title == "Typed on"


def test_a_new_row_is_known_after_it_was_saved_by_itself():
    who = drafted()
    browser = signed_in(who.manager)
    version = fresh(who)
    data = posted(opened("hours", version.read_terms(), added="exclusions")) | {"revision": 1, "page": "tab"}
    count = len(version.read_terms().exclusions)
    data |= {f"exclusions-{count}-name": "Storms"}
    data |= hidden(autosave(who, "hours", data, browser).content.decode())
    first = fresh(who).read_terms().exclusions[count]
    assert data[f"exclusions-{count}-key"] == first.key
    autosave(who, "hours", data | {f"exclusions-{count}-name": "Storm tides"}, browser)
    assert [(each.key, each.name) for each in fresh(who).read_terms().exclusions[count:]] == [
        (first.key, "Storm tides")
    ]


def test_what_is_malformed_is_not_saved_and_named():
    who = drafted()
    response = autosave(who, "hours", shown(who, "hours") | {"calendars-0-mon": "nine to five"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "1 field to mend" in page and 'href="#id_calendars-0-mon"' in page
    assert fresh(who).revision == 1


def test_a_conflict_of_an_autosave_is_shown_on_the_page():
    who = drafted()
    mine = shown(who, "parties") | {"heading-title": "Mine", "page": "tab"}
    send(who, **{"heading-title": "Theirs"})
    response = autosave(who, "parties", mine)
    assert response.status_code == 422
    assert 'name="clash-0-keep"' in response.content.decode()
    assert fresh(who).read_terms().agreement.title == "Theirs"


def test_an_autosave_leaves_a_draft_with_its_reviewers():
    who = in_review()
    response = autosave(who, "parties", shown(who, "parties") | {"heading-title": "Other"})
    assert response.status_code == 422
    assert "Draft 1 is with its reviewers" in response.content.decode()
    assert (fresh(who).state, fresh(who).revision) == ("in_review", 2)


def test_a_page_opened_before_the_review_asks_first():
    who = in_review()
    page = send(who, state="draft", **{"heading-title": "Other"})
    assert page.status_code == 409
    assert "Change draft 1?" in page.content.decode() and 'value="Other"' in page.content.decode()
    assert fresh(who).state == "in_review"
    assert send(who, state="in_review", **{"heading-title": "Other"}).status_code == 302
    assert (fresh(who).state, fresh(who).draft_number) == ("draft", 2)


def undo(who, **data):
    place = reverse("agreements:undo", args=[who.version.agreement.reference, who.version.label])
    return signed_in(who.manager).post(place, data, follow=True).content.decode()


def test_the_last_change_is_taken_back():
    who = drafted()
    before = fresh(who).read_terms().agreement.title
    send(who, **{"heading-title": "Wrong"})
    assert "The change is taken back." in undo(who, revision="2", part="parties")
    assert fresh(who).read_terms().agreement.title == before
    assert "too long ago" in undo(who, revision="77")


def test_a_change_that_was_changed_again_is_named_and_stays():
    who = drafted()
    send(who, **{"heading-title": "One"})
    send(who, **{"heading-title": "Two"})
    assert "changed again since" in undo(who, revision="2")
    assert fresh(who).read_terms().agreement.title == "Two"


def test_the_history_of_a_draft_and_the_way_back():
    who = drafted()
    send(who, **{"heading-title": "One"})
    send(who, "clauses", **{"clauses-0-body": "Two."})
    place = reverse("agreements:draft_history", args=[who.version.agreement.reference, who.version.label])
    page = signed_in(who.manager).get(place).content.decode()
    assert "<ins>One</ins>" in page and "<ins>Two</ins>" in page and str(who.manager) in page
    assert "reads again as it did then" in undo(who, revision="1", restore="1")
    assert fresh(who).read_terms().agreement.title == "Learning platform"


@pytest.mark.parametrize("count", [1, 3])
def test_the_history_asks_the_same_for_one_and_three_saves(count, django_assert_num_queries):
    who = drafted()
    for number in range(count):
        send(who, **{"heading-title": f"T{number}"})
    browser = signed_in(who.manager)
    place = reverse("agreements:draft_history", args=[who.version.agreement.reference, who.version.label])
    with django_assert_num_queries(10 + (connection.vendor == "postgresql")):
        browser.get(place)


@pytest.mark.parametrize("revision", ["", "x", "99999999999999999999"])
def test_a_revision_that_never_was_is_refused_with_all_that_was_typed(revision):
    who = drafted()
    answer = send(who, revision=revision, **{"heading-title": "Mine"})
    assert answer.status_code == 422
    assert "This page was not sent whole" in answer.content.decode() and 'value="Mine"' in answer.content.decode()
    assert fresh(who).revision == who.version.revision


def test_asking_for_holidays_saves_nothing_yet():
    who = drafted()
    place = {"calendars-0-country": "NO", "calendars-0-years": str(who.version.created_at.year + 1)}
    answer = send(who, "hours", propose="calendars-0", **place)
    assert answer.status_code == 200
    assert fresh(who).revision == who.version.revision


def test_a_signed_version_is_not_opened_in_the_editor():
    agreement, version = make_signed()
    browser = signed_in(agreement.owner)
    place = reverse("agreements:edit", args=[agreement.reference, version.label, "kpis"])
    assert browser.get(place).url == agreement.get_absolute_url()
    assert browser.post(place, {}).url == agreement.get_absolute_url()


def test_saving_during_the_review_starts_the_next_draft():
    who = in_review()
    send(who, **{"heading-title": "Other"})
    assert (fresh(who).state, fresh(who).draft_number) == ("draft", 2)


def test_the_check_names_what_stops_the_review_and_where():
    who = complete()
    place = reverse("agreements:check", args=[who.version.agreement.reference, "v1.0"])
    version = fresh(who)
    terms = version.read_terms()
    terms.kpis[0].source = ""
    actions.save_terms(version, terms=terms, revision=version.revision, actor=who.manager, at=NOON)
    browser = signed_in(who.manager)

    page = browser.get(place).content.decode()
    assert "K1 Availability does not say where its data come from." in page
    assert url(who, "kpis") in page

    response = browser.post(place, {"provider": [who.engineer.pk], "client": [who.head.pk]})
    assert response.status_code == 422
    assert fresh(who).state == "draft"


def test_a_draft_is_sent_to_review_from_the_check():
    who = complete()
    args = [who.version.agreement.reference, "v1.0"]
    response = signed_in(who.manager).post(
        reverse("agreements:check", args=args),
        {"provider": [who.engineer.pk], "client": [who.head.pk], "asked": [who.manager.pk], "message": "Please"},
    )
    assert response.url == reverse("agreements:review", args=args)
    assert fresh(who).state == "in_review"
    assert list(fresh(who).reviewers.values_list("user", "required").order_by("pk")) == [
        (who.engineer.pk, True),
        (who.head.pk, True),
        (who.manager.pk, False),
    ]


def test_the_services_that_lack_an_sla():
    who = make_house()
    Service.objects.create(
        organisation=who.provider, key="x", name="Printing", owner=who.manager, needs_sla=False, reason="Internal"
    )
    page = signed_in(who.manager).get("/services/?view=lacking").content.decode()
    assert "Learning platform" in page and "Printing" not in page


def test_a_requirement_from_question_to_decision():
    who = drafted()
    browser, head = signed_in(who.manager), signed_in(who.head)
    browser.post(f"/services/{who.service.pk}/ask/", {"person": who.head.memberships.get().pk})
    number = Requirement.objects.get().number

    assert "What do you need of Learning platform?" in head.get(f"/requirements/{number}/").content.decode()
    head.post(f"/requirements/{number}/", {"text": "Reachable", "why": "", "priority": "must"})
    browser.post(f"/requirements/{number}/accept/")

    assert Requirement.objects.get().state == "accepted"
    page = opened("requirements", fresh(who).read_terms())
    assert posted(page) == {"requirements-numbers": []}
    response = browser.get(url(who, "requirements")).content.decode()
    assert f"{number} Reachable" in response
    response = browser.post(url(who, "requirements"), {"revision": 1, "requirements-numbers": [number]})
    assert [each.number for each in fresh(who).read_terms().requirements] == [number]


def test_a_decision_that_was_taken_already():
    who = make_house()
    found = actions.ask_requirement(who.service, client=who.client, asked_of=who.head, actor=who.manager, at=NOON)
    response = signed_in(who.manager).post(f"/requirements/{found.number}/accept/", follow=True)
    assert "Somebody was faster" in response.content.decode()
    assert Requirement.objects.get().state == "asked"


@pytest.mark.parametrize("part", [*PARTS, "check"])
def test_no_page_of_the_editor_asks_much(part, django_assert_max_num_queries):
    who = in_review()
    browser = signed_in(who.manager)
    with django_assert_max_num_queries(25):
        assert browser.get(url(who, part)).status_code == 200


@pytest.mark.parametrize("extra", [0, 2])
def test_the_catalogue_asks_the_same_for_one_and_three_services(extra, django_assert_num_queries):
    who = make_house()
    for number in range(extra):
        Service.objects.create(organisation=who.provider, key=f"s{number}", name="S", owner=who.engineer)
    browser = signed_in(who.manager)
    with django_assert_num_queries(8 + (connection.vendor == "postgresql")):  # its clock is asked
        browser.get("/services/")


def test_reviewers_are_offered_as_they_were():
    who = in_review()
    actions.recall(who.version, actor=who.manager, at=NOON)
    page = signed_in(who.manager).get(url(who, "check")).content.decode()
    assert len(re.findall(r'type="checkbox"[^>]*checked', page)) == len(seats(who))
    assert AuditEntry.objects.filter(verb="version.recalled").exists()


def test_what_lint_says_stands_beside_its_field_and_leaves_with_an_autosave():
    who = complete()
    data = shown(who, "kpis") | {"kpis-0-target": "100"}
    page = autosave(who, "kpis", data).content.decode()
    assert 'hx-swap-oob="delete:.sp-lint"' in page
    assert re.search(r'<div hx-swap-oob="beforeend:.sp-field:has\(#id_kpis-0-target\)">\s*<p class="sp-lint', page)
    whole = signed_in(who.manager).get(url(who, "kpis")).content.decode()
    assert whole.count('class="sp-lint ') == page.count('class="sp-lint ') > 0


def test_a_clause_says_how_it_stands_to_its_template():
    who = drafted()
    template = who.version.template
    terms = template.read_terms()
    terms.clauses[1].body += " Day and night."
    Template.objects.create(
        name=template.name, number=template.number + 1, kind="sla", terms=dump(terms), published_at=NOON
    )
    page = signed_in(who.manager).get(url(who, "clauses")).content.decode()
    assert page.count("as in the template") == 20 and page.count("the template has a newer text") == 1
    assert "<ins> Day and night.</ins>" in page
    assert "differs from the template" not in page

    data = shown(who, "clauses") | {"clauses-0-body": "Ours."}
    signed_in(who.manager).post(url(who, "clauses"), data | {"stay": "1"})
    page = signed_in(who.manager).get(url(who, "clauses")).content.decode()
    assert page.count("differs from the template") == 1 and "What differs from" in page and "<ins>Ours" in page


def test_the_hours_are_drawn_old_and_new():
    agreement, _version = make_signed()
    draft = actions.amend(agreement, reason="business", reason_text="Longer", actor=agreement.owner, at=NOON)
    terms = draft.read_terms()
    terms.calendars[1].schedule["mon"] = [["15:00", "23:00"]]
    actions.save_terms(draft, terms=terms, revision=draft.revision, actor=agreement.owner, at=NOON)
    args = [agreement.reference, draft.label, "hours"]
    page = signed_in(agreement.owner).get(reverse("agreements:edit", args=args)).content.decode()
    assert page.count('class="sp-week-new"') == 1 and "36 h a week instead of 35 h" in page
    assert "open, as in v1.0" in page
