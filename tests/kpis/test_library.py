"""The library of KPI definitions: what comes with the portal, whose they are, their versions, the way into a draft."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django_fsm import TransitionNotAllowed

from accounts.models import Role
from agreements import lint
from agreements import terms as t
from agreements.actions import Stale
from agreements.models import Version
from agreements.signing import Refused
from kpis import actions, definitions, guide, guidebook
from kpis.models import Definition
from kpis.standard import TEXTS, standard_definitions
from records.models import AuditEntry
from tests.agreements.drafts import complete, drafted, edited, make_house
from tests.factories import NOON, make_member, make_terms
from tests.kpis.definitions import TEXT, begun, make_definitions, released, sent_back, standard, stricter

DAY = timedelta(days=1)
NAMES = [row["name"] for row in standard_definitions()]


# What comes with the portal


@pytest.mark.parametrize("name", NAMES)
def test_each_definition_of_the_portal_can_be_promised_as_it_is_and_says_everything(name):
    row = next(row for row in standard_definitions() if row["name"] == name)
    kpi = standard(name)
    assert definitions.problems(kpi) == []
    assert all(row[each].strip() for each in ("purpose", "words", "caution", "origin")) and kpi.source
    said = dict(definitions.rows(kpi))
    assert {"Kind", "Formula", "Target", "Means", "Judged", "Rounding", "Missing data"} <= set(said)
    (sheet, *_parts) = guide.sheets(definitions.sample(kpi), NOON)
    assert sheet.problem == "" and [each.verdict for each in sheet.examples][:2] == ["met", "breached"]


def test_the_library_has_every_topic_and_no_name_twice():
    rows = standard_definitions()
    assert len(rows) >= 30 and len(set(NAMES)) == len(NAMES)
    assert {row["topic"] for row in rows} == set(dict(definitions.TOPICS))
    assert {row["kpi"]["kind"] for row in rows} == set(dict(definitions.params.KINDS))


def test_the_released_text_never_changes():
    digest = hashlib.sha256((TEXTS / "standard-1.json").read_bytes()).hexdigest()
    assert digest == "772784e4ddb7e79ef2805bd11f0596855519943c776c5787173ac96d588804c8"


@pytest.mark.django_db
def test_an_empty_portal_has_them_published():
    assert sorted(Definition.objects.usable().values_list("name", flat=True)) == sorted(NAMES)


# The acts


@pytest.mark.django_db
def test_a_definition_is_written_published_and_followed_by_its_next_version():
    who = make_house()
    draft = begun(who.provider, who.manager)
    with pytest.raises(Refused, match="written already"):
        begun(who.provider, who.manager)
    changed = {"kpi": stricter(standard()), "text": TEXT, "actor": who.manager, "at": NOON}
    draft = actions.save_definition(draft, revision=1, **changed)
    assert actions.save_definition(draft, revision=2, **changed).revision == 2
    with pytest.raises(Stale):
        actions.save_definition(draft, revision=1, **changed)
    first = actions.release_definition(draft, description="First", actor=who.manager, at=NOON)
    assert (first.number, first.author, first.read_kpi().target) == (1, "Ines Sommer", "99.9")
    for act in (
        lambda: actions.save_definition(first, revision=2, **changed),
        lambda: actions.release_definition(first, description="Again", actor=who.manager, at=NOON),
        lambda: actions.discard_definition(first, actor=who.manager, at=NOON),
    ):
        with pytest.raises(TransitionNotAllowed), transaction.atomic():
            act()
    second = begun(who.provider, who.manager)
    assert second.number == 2
    actions.discard_definition(second, actor=who.manager, at=NOON)
    actions.retire_definition(first, reason="Not used", actor=who.manager, at=NOON)
    with pytest.raises(TransitionNotAllowed):
        actions.retire_definition(first, reason="Again", actor=who.manager, at=NOON)
    written = AuditEntry.objects.filter(verb__startswith="definition.", actor=who.manager).order_by("pk")
    assert [each.verb.partition(".")[2] for each in written] == [
        "drafted", "saved", "published", "drafted", "discarded", "retired",
    ]


@pytest.mark.django_db
def test_the_kind_of_a_series_never_changes():
    who = make_house()
    released(who.provider, who.manager)
    with pytest.raises(Refused, match="another kind"):
        begun(who.provider, who.manager, kpi=standard("Major incidents"))


@pytest.mark.django_db
def test_what_no_agreement_could_be_signed_with_is_not_published():
    who = make_house()
    impossible, unsaid = stricter(standard(), "101"), definitions.proposed("ratio")
    for kpi, words in ((impossible, "between 0 and 100"), (unsaid, "no target")):
        draft = begun(who.provider, who.manager, name=words, kpi=kpi)
        with pytest.raises(Refused, match=words):
            actions.release_definition(draft, description="First", actor=who.manager, at=NOON)


@pytest.mark.django_db
def test_the_database_keeps_what_is_published():
    who = make_house()
    first = released(who.provider, who.manager)
    for change in ({"kpi": {}}, {"words": "Other"}, {"description": "Other"}, {"published_at": NOON + DAY}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Definition.objects.filter(pk=first.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        first.delete()
    Definition.objects.filter(pk=first.pk).update(retired_at=NOON)


@pytest.mark.django_db
def test_a_house_is_offered_the_newest_of_its_own_and_of_the_portal():
    make_definitions()
    who, other = make_house(), make_house()
    released(who.provider, who.manager, name="Service availability")
    second = released(who.provider, who.manager, name="Service availability", kpi=stricter(standard()))

    def offered(house):
        found = Definition.objects.of([house.provider.pk]).usable().filter(name="Service availability")
        return {(each.organisation_id, each.number) for each in found}

    assert offered(who) == {(None, 1), (who.provider.pk, 2)}
    assert offered(other) == {(None, 1)}
    actions.retire_definition(second, reason="Too strict", actor=who.manager, at=NOON)
    assert offered(who) == {(None, 1)}


@pytest.mark.django_db
def test_a_hidden_draft_has_a_guide_for_who_keeps_it_alone(client):
    who = drafted()
    place = f"/agreements/{who.agreement.reference}/v1.0/guide/"
    for person, status in ((who.manager, 200), (who.head, 404)):
        client.force_login(person)
        assert client.get(place).status_code == status


# Into a draft


def put(who, *kpis, service="canvas", calendar=""):
    chosen = [definitions.chosen(each, service=service, calendar=calendar) for each in kpis]
    return actions.add_kpis(who.version, kpis=chosen, origin="library", actor=who.manager, at=NOON)


@pytest.mark.django_db
def test_definitions_become_kpis_under_the_next_keys_and_the_draft_keeps_its_own():
    who = complete()
    before = who.version.read_terms().kpis
    hours = who.version.read_terms().calendars[0].key
    saved = put(who, standard(), standard("Major incidents"), standard("Service index"), calendar=hours)
    kpis = saved.read_terms().kpis
    assert kpis[: len(before)] == before
    added = kpis[len(before) :]
    assert [each.key for each in added] == ["K5", "K6", "K7"]
    assert [(each.service, each.calendar) for each in added] == [("canvas", hours), ("canvas", ""), ("canvas", "")]
    # An index of what the draft promises as a percentage over the same period.
    assert [each["kpi"] for each in added[2].params["components"]] == ["K1", "K2", "K5"]
    entry = AuditEntry.objects.get(verb="version.kpis_added")
    assert entry.data["kpis"] == ["K5 Service availability", "K6 Major incidents", "K7 Service index"]


@pytest.mark.django_db
def test_later_changes_of_the_library_touch_no_draft():
    who = drafted()
    own = released(who.provider, who.manager)
    saved = put(who, own.read_kpi())
    actions.retire_definition(own, reason="Wrong", actor=who.manager, at=NOON)
    released(who.provider, who.manager, kpi=stricter(standard(), "99.99"))
    again = Version.objects.get(pk=saved.pk)
    assert again.terms == saved.terms and again.read_terms().kpis[-1].target == "99.5"


@pytest.mark.django_db
def test_data_of_another_kind_get_a_name_of_their_own():
    who = drafted()

    def taken(terms):
        terms.kpis[0].indicator = "requests"  # an outage log

    edited(who, taken)
    saved = put(who, standard("Successful requests"), standard("Availability by error rate"))
    assert [each.indicator for each in saved.read_terms().kpis[-2:]] == ["requests-2", "requests-2"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("place", "words"), [({"service": "nobody"}, "no such service"), ({"calendar": "never"}, "no such hours")]
)
def test_what_the_draft_does_not_have_is_refused(place, words):
    who = drafted()
    before = who.version.terms
    with pytest.raises(Refused, match=words):
        put(who, standard(), **place)
    assert Version.objects.get(pk=who.version.pk).terms == before


@pytest.mark.django_db
def test_a_draft_holds_no_more_than_its_page():
    who = drafted()
    with pytest.raises(Refused, match="at most 60"):
        put(who, *[standard()] * 60)


@pytest.mark.django_db
def test_a_frozen_text_takes_nothing():
    who = drafted()
    Version.objects.filter(pk=who.version.pk).update(state="abandoned")
    with pytest.raises(TransitionNotAllowed):
        put(who, standard())


@pytest.mark.parametrize("name", NAMES)
def test_each_definition_fits_the_terms_of_an_agreement(name):
    terms = make_terms()
    kpi = definitions.chosen(standard(name), service=terms.services[0].key, calendar=terms.calendars[0].key)
    terms.priorities = [replace(terms.priorities[0], priority=each, response_seconds=600) for each in (1, 2, 3)]
    terms.kpis += definitions.placed([kpi], terms)
    found = lint.check(terms, lint.Facts(today=NOON.date()))
    assert [each.message for each in lint.errors(found) if each.place.startswith(f"kpis.{len(terms.kpis) - 1}")] == []


# The library as a document


def test_a_moment_an_author_and_a_text_are_one_revision():
    rows = [Definition(name=name, published_at=NOON, author="SLA Portal", description="Start") for name in ("A", "B")]
    own = {"name": "C", "published_at": NOON + DAY, "author": "Ines", "description": "Ours"}
    rows.append(Definition(**own, retired_at=NOON + 2 * DAY, retired_by="Ines", retired_because="Not used"))
    assert [(each.number, each.what, each.text) for each in guidebook.history(rows)] == [
        (3, "C, version 1, retired", "Not used"), (2, "C, version 1", "Ours"), (1, "2 definitions", "Start"),
    ]


@pytest.mark.django_db
@pytest.mark.typesets
def test_page_and_paper_of_the_library(client):
    make_definitions()
    who = make_house()
    released(who.provider, who.manager, name="Answered at night", description="For the night shift")
    client.force_login(who.engineer)
    page = client.get("/definitions/").content.decode()
    assert "Answered at night" in page and "For the night shift" in page and "Being written" not in page
    paper = client.get("/definitions/guide.pdf")
    assert paper["Content-Type"] == "application/pdf" and paper.content.startswith(b"%PDF")
    client.force_login(who.head)
    assert "Answered at night" not in client.get("/definitions/").content.decode()


# The pages of one


@pytest.fixture
def who(client):
    who = make_house()
    client.force_login(who.manager)
    return who


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(definitions.params.SHAPES))
def test_a_definition_of_each_kind_is_begun_and_read_before_it_is_written(client, who, kind):
    data = {"name": "Ours", "organisation": who.provider.pk, "kind": kind}
    answer = client.post("/definitions/new/", data)
    assert answer.status_code == 302 and client.get(answer["Location"]).status_code == 200
    page = client.get(f"/definitions/{Definition.objects.get(name='Ours').pk}/").content.decode()
    assert "cannot be published yet" in page


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_each_sent_back_as_it_was_changes_nothing(client, who, name):
    draft = begun(who.provider, who.manager, kpi=standard(name))
    page = client.get(f"/definitions/{draft.pk}/edit/")
    data = sent_back(page.context["text"], page.context["proposal"])
    answer = client.post(f"/definitions/{draft.pk}/edit/", data | {"revision": 1})
    assert answer.status_code == 302, (answer.context["proposal"].errors, answer.context["text"].errors)
    draft.refresh_from_db()
    assert (draft.revision, draft.kpi) == (1, definitions.dump(standard(name)))


@pytest.mark.django_db
def test_strangers_see_no_definition_of_a_house_and_readers_no_draft(client, who):
    other = make_house()
    draft, own = begun(who.provider, who.manager), released(who.provider, who.manager, name="Published")
    admin = make_member(who.provider, Role.ADMIN)
    for person, statuses in ((other.manager, (404, 404)), (who.engineer, (403, 200)), (admin, (403, 403))):
        client.force_login(person)
        assert tuple(client.get(each.get_absolute_url()).status_code for each in (draft, own)) == statuses


@pytest.mark.django_db
def test_a_second_editor_is_told_and_a_late_one_too(client, who):
    draft = begun(who.provider, who.manager, kpi=standard("Major incidents"))
    page = client.get(f"/definitions/{draft.pk}/edit/")
    data = {
        "topic": "support", "purpose": "x", "words": "y", "kind": "count", "period": "month", "op": "<=",
        "target": "1", "unit": "cases", "cohort": "opened_in", "priorities": "1", "source": "Desk",
        "indicator": "cases", "data_due_days": 2,
        "coverage": "0.9", "decimals": 0, "missing": "gap", "revision": page.context["revision"],
    }
    assert client.post(f"/definitions/{draft.pk}/edit/", data).status_code == 302
    again = client.post(f"/definitions/{draft.pk}/edit/", data | {"purpose": "z"})
    assert again.status_code == 409 and "Somebody else saved this draft meanwhile" in again.content.decode()
    assert client.post(f"/definitions/{draft.pk}/publish/", {"description": "First"}).status_code == 302
    for act in ("publish", "discard"):
        answer = client.post(f"/definitions/{draft.pk}/{act}/", {"description": "Again"}, follow=True)
        assert "Somebody was faster" in answer.content.decode()
    for told in ("is offered no more", "Somebody was faster"):
        answer = client.post(f"/definitions/{draft.pk}/retire/", {"reason": "Not used"}, follow=True)
        assert told in answer.content.decode()


@pytest.mark.django_db
def test_the_manager_adds_from_the_editor(client, who):
    make_definitions()
    drafted(who)
    place = f"/agreements/{who.agreement.reference}/v1.0/definitions/"
    kpis = client.get(f"/agreements/{who.agreement.reference}/v1.0/edit/kpis/").content.decode()
    assert place in kpis
    found = Definition.objects.filter(name__in=["Major incidents", "Reopened cases"])
    wanted = list(found.values_list("pk", flat=True))
    assert client.post(place, {"service": "canvas"}).status_code == 422
    hours = who.version.read_terms().calendars[0].key
    assert client.get(place).context["form"]["calendar"].value() == hours
    answer = client.post(place, {"definitions": wanted, "service": "canvas", "calendar": hours}, follow=True)
    assert "2 KPIs were added" in answer.content.decode() and "Reopened cases" in answer.content.decode()
    Version.objects.filter(pk=who.version.pk).update(state="abandoned")
    late = client.post(place, {"definitions": wanted, "service": "canvas", "calendar": ""}, follow=True)
    assert "Somebody was faster" in late.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 4])
def test_query_count(client, who, django_assert_num_queries, count):
    for number in range(count):
        released(who.provider, who.manager, name=f"Ours {number}")
    with django_assert_num_queries(3):
        guidebook.whole_library([who.provider.pk], who.provider.provided.all(), NOON)["used"]


def test_a_document_that_is_no_kpi_is_refused():
    with pytest.raises(t.TermsError):
        definitions.read({"kind": "uptime", "colour": "red"}, "x")
