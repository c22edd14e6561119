from datetime import timedelta

import pytest
from django.db import transaction
from django_fsm import TransitionNotAllowed

from accounts.models import Organisation, Role
from agreements import actions
from agreements import terms as t
from agreements.models import Agreement, Involvement, Requirement, Service, Template, Version
from agreements.signing import Refused
from records.models import AuditEntry
from tests.agreements.drafts import agreed, complete, drafted, edited, in_review, make_house, make_template
from tests.factories import (
    NOON,
    join,
    make_member,
    make_organisation,
    make_signed,
)
from tests.race import race

pytestmark = pytest.mark.django_db


def verbs():
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def retitle(title):
    def change(terms):
        terms.agreement.title = title

    return change


def test_a_draft_from_the_template():
    who = make_house()
    accepted, asked = (
        actions.ask_requirement(who.service, client=who.client, asked_of=who.head, actor=who.manager, at=NOON)
        for _ in range(2)
    )
    words = {"text": "Reachable", "why": "Night courses", "priority": "must"}
    actions.state_requirement(accepted, **words, actor=who.head, at=NOON)
    actions.accept_requirement(accepted, actor=who.manager, at=NOON)

    version = drafted(who).version

    assert (version.agreement.reference, version.label, version.state) == ("SLA-2026-001", "v1.0", "draft")
    assert version.agreement.owner == who.manager and version.agreement.shared_at is None
    terms = version.read_terms()
    assert (terms.agreement.reference, terms.agreement.title) == ("SLA-2026-001", "Learning platform")
    assert terms.parties.client.organisation == who.client.name
    assert [service.key for service in terms.services] == ["canvas"]
    assert terms.requirements == [
        t.RequirementTerm(accepted.number, "Reachable", "Amara Lindqvist", "Night courses", "must")
    ]
    assert asked.number not in [each.number for each in terms.requirements]
    assert verbs()[-1] == "agreement.drafted"
    Organisation.objects.update(internal=True)
    who.provider, who.client = Organisation.objects.get(pk=who.provider.pk), Organisation.objects.get(pk=who.client.pk)
    assert drafted(who, kind="ola").agreement.reference == "OLA-2026-001"
    assert drafted(who).agreement.reference == "SLA-2026-002"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        (lambda who: {"client": who.provider}, "client"),
        (lambda who: {"services": []}, "services"),
        (
            lambda who: {
                "services": [Service.objects.create(organisation=who.client, key="x", name="X", owner=who.head)]
            },
            "services",
        ),
        (lambda who: {"title": " "}, "title"),
        (lambda who: {"template": Template.objects.create(name="Own", terms=t.dump(t.Terms()))}, "template"),
    ],
)
def test_what_no_agreement_can_start_with(changes, place):
    who = make_house()
    with pytest.raises(Refused) as refused:
        drafted(who, **changes(who))
    assert refused.value.place == place
    assert not Agreement.objects.exists()


def test_saving_counts_the_revision_and_names_the_parts():
    who = drafted()
    extra = Service.objects.create(organisation=who.provider, key="mail", name="Mail", owner=who.manager)

    def change(terms):
        terms.agreement.title = "Platforms"
        terms.services.append(t.Service("mail", "Mail"))
        terms.clauses[0].body += "\n\nMore."

    edited(who, change, actor=who.engineer)

    who.agreement.refresh_from_db()
    assert who.version.revision == 2
    assert who.agreement.title == "Platforms"
    assert extra in who.agreement.services.all()
    assert set(who.version.authors.all()) == {who.manager, who.engineer}
    assert AuditEntry.objects.get(verb="version.saved").data["parts"] == [
        "agreement",
        "services",
        "clause:parties",
    ]


def test_the_same_text_changes_nothing():
    who = in_review()
    before = verbs()
    edited(who, lambda terms: None)
    assert (who.version.state, who.version.revision, verbs()) == ("in_review", 2, before)


def test_another_order_of_clauses_is_a_change():
    who = drafted()
    edited(who, lambda terms: terms.clauses.reverse())
    assert AuditEntry.objects.get(verb="version.saved").data["parts"] == ["clauses"]


def test_identity_is_not_edited():
    who = drafted()

    def change(terms):
        terms.agreement.reference, terms.agreement.version, terms.agreement.kind = "SLA-1999-999", "v9.9", "uc"
        terms.agreement.title = "Other"

    heading = edited(who, change).version.read_terms().agreement

    assert (heading.reference, heading.version, heading.kind) == (who.agreement.reference, "v1.0", "sla")


def test_a_second_editor_is_told_and_nothing_is_lost():
    who = drafted()
    theirs = Version.objects.get(pk=who.version.pk)
    edited(who, retitle("Mine"))
    terms = theirs.read_terms()
    terms.agreement.title = "Theirs"

    with pytest.raises(actions.Stale) as stale, transaction.atomic():
        actions.save_terms(theirs, terms=terms, revision=theirs.revision, actor=who.engineer, at=NOON)

    assert stale.value.version.read_terms().agreement.title == "Mine"
    assert Version.objects.get().read_terms().agreement.title == "Mine"


def save_at(who, revision, change, *, actor=None, at=NOON, **kwargs):
    """Save a change of the text as it stood at a revision, whatever was saved since."""
    version = Version.objects.get(pk=who.version.pk)
    terms = t.load(version.text_at(revision))
    change(terms)
    return actions.save_terms(
        version, terms=terms, revision=revision, actor=actor or who.manager, at=at, **kwargs
    )


def rewrite(index, body):
    def change(terms):
        terms.clauses[index].body = body

    return change


def test_two_people_at_different_parts_both_succeed():
    who = drafted()
    save_at(who, 1, retitle("Mine"))
    saved = save_at(who, 1, rewrite(0, "Theirs."), actor=who.engineer)
    terms = saved.read_terms()
    assert (terms.agreement.title, terms.clauses[0].body, saved.revision) == ("Mine", "Theirs.", 3)


def test_a_clash_holds_both_texts():
    who = drafted()
    save_at(who, 1, retitle("Mine"))
    with pytest.raises(actions.Stale) as stale, transaction.atomic():
        save_at(who, 1, retitle("Theirs"), actor=who.engineer)
    (clash,) = stale.value.merge.clashes
    assert (clash.place, clash.mine, clash.theirs) == ("agreement.title", "Theirs", "Mine")


def test_the_own_saves_of_a_page_are_no_conflict():
    who = drafted()
    save_at(who, 1, retitle("A"), page="tab")
    save_at(who, 1, retitle("AB"), page="tab")
    assert save_at(who, 1, retitle("ABC"), page="tab").read_terms().agreement.title == "ABC"
    with pytest.raises(actions.Stale), transaction.atomic():
        save_at(who, 1, retitle("X"), page="other tab")


def test_a_page_does_not_run_over_what_another_saved_between_its_own():
    who = drafted()
    save_at(who, 1, retitle("A"), page="tab")
    save_at(who, 2, retitle("Theirs"), actor=who.engineer)
    with pytest.raises(actions.Stale), transaction.atomic():
        save_at(who, 1, retitle("AB"), page="tab")


def test_an_autosave_is_told_once_a_page_and_part():
    who = drafted()
    later = NOON + timedelta(minutes=11)
    for number, (title, at) in enumerate([("A", NOON), ("AB", NOON), ("ABC", later)], start=1):
        save_at(who, number, retitle(title), page="tab", by_itself=True, at=at)
    save_at(who, 4, rewrite(0, "Other."), page="tab", by_itself=True, at=later)
    told = AuditEntry.objects.filter(verb="version.saved").order_by("pk").values_list("data__revision", flat=True)
    assert list(told) == [2, 4, 5]
    assert list(who.version.revisions.order_by("number").values_list("told", flat=True)) == [
        True, True, False, True, True,
    ]  # fmt: skip


def test_a_draft_with_its_reviewers_is_not_taken_back_by_itself():
    who = in_review()
    revision = who.version.revision
    with pytest.raises(Refused), transaction.atomic():
        save_at(who, revision, retitle("Other"), by_itself=True)
    assert Version.objects.get().state == "in_review"


def test_a_save_is_undone_and_what_came_after_it_stays():
    who = drafted()
    before = who.version.read_terms()
    save_at(who, 1, retitle("Wrong"))
    save_at(who, 2, rewrite(0, "Later."), actor=who.engineer)
    undone = actions.undo(Version.objects.get(), revision=2, actor=who.manager, at=NOON)
    terms = undone.read_terms()
    assert (terms.agreement.title, terms.clauses[0].body, undone.revision) == (
        before.agreement.title,
        "Later.",
        4,
    )
    again = actions.undo(Version.objects.get(), revision=4, actor=who.manager, at=NOON)
    assert again.read_terms().agreement.title == "Wrong"


def test_what_was_changed_again_is_not_undone_silently():
    who = drafted()
    save_at(who, 1, retitle("One"))
    save_at(who, 2, retitle("Two"))
    with pytest.raises(actions.Stale), transaction.atomic():
        actions.undo(Version.objects.get(), revision=2, actor=who.manager, at=NOON)


@pytest.mark.parametrize("revision", [0, 1, 7, 10**9])
def test_what_was_never_saved_is_not_undone(revision):
    who = drafted()
    with pytest.raises(Refused):
        actions.undo(who.version, revision=revision, actor=who.manager, at=NOON)


def test_only_the_newest_revisions_are_kept(monkeypatch):
    monkeypatch.setattr("agreements.actions.writing.KEPT", 2)
    who = drafted()
    for number in range(1, 5):
        save_at(who, number, retitle(f"T{number}"))
    assert list(who.version.revisions.values_list("number", flat=True)) == [5, 4]


def test_malformed_terms_are_refused():
    who = drafted()
    terms = who.version.read_terms()
    terms.term.notice_days = "ninety"
    with pytest.raises(t.TermsError):
        actions.save_terms(who.version, terms=terms, revision=1, actor=who.manager, at=NOON)


def test_an_edit_takes_the_text_back_to_draft():
    who = edited(agreed(), retitle("New"))
    assert (who.version.state, who.version.draft_number) == ("draft", 2)


def test_a_signed_text_is_not_edited():
    _agreement, version = make_signed()
    terms = version.read_terms()
    terms.agreement.title = "Better for me"
    with pytest.raises(TransitionNotAllowed), transaction.atomic():
        actions.save_terms(version, terms=terms, revision=version.revision, actor=version.created_by, at=NOON)


def test_who_holds_a_position():
    who = drafted()
    first = actions.hold_position(who.agreement, position="p-desk", user=who.engineer, actor=who.manager, at=NOON)
    assert Involvement.objects.filter(user=who.engineer, capacity="position").exists()
    again = actions.hold_position(who.agreement, position="p-desk", user=who.engineer, actor=who.manager, at=NOON)
    assert again == first and verbs().count("position.held") == 1

    actions.hold_position(who.agreement, position="p-desk", user=who.manager, actor=who.manager, at=NOON)

    first.refresh_from_db()
    assert first.until == NOON
    assert not Involvement.objects.filter(user=who.engineer).exists()
    assert AuditEntry.objects.filter(verb="position.held").latest("pk").data["before"] == who.engineer.email


def test_a_position_is_held_by_its_own_party():
    who = drafted()
    with pytest.raises(Refused) as refused:
        actions.hold_position(who.agreement, position="c-head", user=who.engineer, actor=who.manager, at=NOON)
    assert refused.value.place == "user"
    with pytest.raises(Refused) as refused:
        actions.hold_position(who.agreement, position="pope", user=who.engineer, actor=who.manager, at=NOON)
    assert refused.value.place == "position"


def test_giving_up_the_first_draft_gives_up_the_agreement():
    who = complete()
    with pytest.raises(Refused):
        actions.abandon(who.version, reason=" ", actor=who.manager, at=NOON)
    version = actions.abandon(who.version, reason="Not needed", actor=who.manager, at=NOON)
    assert (version.state, Agreement.objects.get().state) == ("abandoned", "abandoned")
    assert verbs()[-1] == "version.abandoned"
    with pytest.raises(TransitionNotAllowed), transaction.atomic():
        actions.abandon(version, reason="Again", actor=who.manager, at=NOON)


def test_giving_up_an_amendment_leaves_what_is_in_force():
    agreement, _version = make_signed()
    change = actions.amend(agreement, reason="business", reason_text="Longer hours", actor=agreement.owner, at=NOON)
    actions.abandon(change, reason="Not needed", actor=agreement.owner, at=NOON)
    assert Agreement.objects.get().state == "active"


def test_requirements_belong_to_one_client():
    who = make_house()
    other = make_organisation()
    join(who.head, other, Role.CLIENT)
    requirement = actions.ask_requirement(who.service, client=other, asked_of=who.head, actor=who.manager, at=NOON)
    actions.state_requirement(requirement, text="X", why="", priority="must", actor=who.head, at=NOON)
    actions.accept_requirement(requirement, actor=who.manager, at=NOON)
    assert Requirement.objects.get().state == "accepted"
    assert drafted(who).version.read_terms().requirements == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_editors_of_the_same_text():
    make_template()
    who = drafted()
    editors = iter([make_member(who.provider, Role.MANAGER) for _ in range(8)])

    def save():
        editor = next(editors)
        version = Version.objects.get(pk=who.version.pk)
        terms = version.read_terms()
        terms.agreement.title = editor.name
        return actions.save_terms(version, terms=terms, revision=1, actor=editor, at=NOON)

    results = race(save)

    assert sum(isinstance(result, Version) for result in results) == 1
    assert sum(isinstance(result, actions.Stale) for result in results) == 7
    assert Version.objects.get().revision == 2
    assert AuditEntry.objects.filter(verb="version.saved").count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_editors_of_eight_places():
    make_template()
    who = drafted()
    count = len(who.version.read_terms().clauses)
    places = iter(range(8))

    def save():
        place = next(places)
        return save_at(who, 1, rewrite(place % count, f"Text {place}.") if place < count else retitle(str(place)))

    results = race(save)

    stale = [result for result in results if isinstance(result, actions.Stale)]
    assert all(isinstance(result, Version | actions.Stale) for result in results)
    assert Version.objects.get().revision == 1 + 8 - len(stale)
    assert len(stale) == max(0, 8 - count - 1)
    bodies = {clause.body for clause in Version.objects.get().read_terms().clauses}
    assert {f"Text {place}." for place in range(min(8, count))} <= bodies
