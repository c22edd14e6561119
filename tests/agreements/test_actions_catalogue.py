import pytest
from django.db import transaction
from django_fsm import TransitionNotAllowed

from accounts.models import Message, Notice
from agreements import actions
from agreements.models import Requirement
from agreements.signing import Refused
from records.models import AuditEntry
from tests.agreements.drafts import make_house, make_template
from tests.factories import NOON, make_terms, make_user

pytestmark = pytest.mark.django_db


def verbs():
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def add(who, **kwargs):
    fields = {
        "organisation": who.provider,
        "key": "mail",
        "name": "Mail",
        "description": "",
        "criticality": "high",
        "needs_sla": True,
        "reason": "",
        "owner": who.engineer,
        "actor": who.manager,
        "at": NOON,
    } | kwargs
    return actions.add_service(**fields)


def change(who, **kwargs):
    fields = {
        "name": who.service.name,
        "description": "",
        "criticality": "medium",
        "needs_sla": True,
        "reason": "",
        "owner": who.manager,
        "actor": who.manager,
        "at": NOON,
    } | kwargs
    return actions.change_service(who.service, **fields)


def ask(who, **kwargs):
    fields = {"client": who.client, "asked_of": who.head, "actor": who.manager, "at": NOON} | kwargs
    return actions.ask_requirement(who.service, **fields)


def state(requirement, actor, **kwargs):
    fields = {"text": "Reachable at any hour", "why": "Courses run at night", "priority": "must"} | kwargs
    return actions.state_requirement(requirement, **fields, actor=actor, at=NOON)


def test_a_service_is_added_once():
    who = make_house()
    assert add(who).name == "Mail"
    assert verbs() == ["service.added"]
    with pytest.raises(Refused) as refused, transaction.atomic():
        add(who)
    assert refused.value.place == "key"


def test_a_service_without_an_sla_says_why():
    who = make_house()
    with pytest.raises(Refused) as refused:
        add(who, needs_sla=False)
    assert refused.value.place == "reason"
    with pytest.raises(Refused):
        change(who, needs_sla=False, reason=" ")
    assert verbs() == []


def test_a_change_is_recorded_and_no_change_is_not():
    who = make_house()
    assert change(who).criticality == "medium"
    assert verbs() == []
    assert change(who, criticality="critical", needs_sla=False, reason="Internal only").reason == "Internal only"
    entry = AuditEntry.objects.get()
    assert entry.verb == "service.changed"
    assert sorted(entry.data["changed"]) == ["criticality", "needs_sla", "reason"]


def test_a_requirement_is_asked_for_by_link():
    who = make_house()
    requirement = ask(who)

    assert requirement.number == "R1" and ask(who).number == "R2"
    assert Notice.objects.filter(recipient=who.head, url="/requirements/R1/").count() == 1
    assert Message.objects.filter(recipient=who.head).count() == 2
    assert verbs() == ["requirement.asked", "requirement.asked"]


def test_only_people_of_the_client_are_asked():
    who = make_house()
    with pytest.raises(Refused) as refused:
        ask(who, asked_of=who.engineer)
    assert refused.value.place == "asked_of"


def test_a_requirement_is_stated_and_decided():
    who = make_house()
    requirement = state(ask(who), who.head)
    assert (requirement.state, requirement.text) == ("stated", "Reachable at any hour")
    assert Notice.objects.filter(recipient=who.manager).count() == 1
    assert state(requirement, who.head, text="At any hour but Sunday").text == "At any hour but Sunday"

    requirement = actions.accept_requirement(requirement, actor=who.manager, at=NOON)
    assert (requirement.state, requirement.decided_by) == ("accepted", who.manager)
    assert verbs() == ["requirement.asked", "requirement.stated", "requirement.stated", "requirement.accepted"]
    for act in (
        lambda: state(requirement, who.head),
        lambda: actions.decline_requirement(requirement, reason="No", actor=who.manager, at=NOON),
        lambda: actions.accept_requirement(requirement, actor=who.manager, at=NOON),
    ):
        with pytest.raises(TransitionNotAllowed), transaction.atomic():
            act()


def test_a_requirement_is_declined_with_a_reason():
    who = make_house()
    requirement = state(ask(who), who.head)
    with pytest.raises(Refused):
        actions.decline_requirement(requirement, reason=" ", actor=who.manager, at=NOON)

    requirement = actions.decline_requirement(requirement, reason="Too dear", actor=who.manager, at=NOON)

    assert (requirement.state, requirement.decision_reason) == ("declined", "Too dear")
    assert Notice.objects.filter(recipient=who.head, text="Too dear").count() == 1
    assert verbs()[-1] == "requirement.declined"


def test_nobody_answers_for_another_and_nobody_decides_on_nothing():
    who = make_house()
    requirement = ask(who)
    with pytest.raises(Refused):
        state(requirement, make_user())
    with pytest.raises(Refused):
        state(requirement, who.head, text=" ")
    with pytest.raises(TransitionNotAllowed), transaction.atomic():
        actions.accept_requirement(requirement, actor=who.manager, at=NOON)
    assert Requirement.objects.get().state == "asked"


def test_a_template_is_published_as_its_next_version():
    first = make_template()
    second = actions.publish_template(
        name=first.name, kind="sla", terms=make_terms(), description="", author="Ines", actor=None, at=NOON
    )
    assert (first.number, second.number) == (1, 2)
    assert verbs() == ["template.published"]
    with pytest.raises(Refused):
        actions.publish_template(
            name=" ", kind="sla", terms=make_terms(), description="", author="", actor=None, at=NOON
        )
