"""Drafts for tests, made by the acts: requirement -> draft -> review -> agreed."""

from types import SimpleNamespace

from accounts.models import Role
from agreements import actions
from agreements.models import Service, Template, Version
from agreements.standard import standard_ola, standard_sla, standard_uc
from tests.factories import NOON, make_member, make_organisation, make_terms


def make_template(values=None):
    """The default template; a transactional test may have flushed the one that the migration published."""
    values = values or standard_sla()
    key = {"name": values.pop("name"), "number": values.pop("number")}
    return Template.objects.get_or_create(**key, defaults=values | {"published_at": NOON})[0]


def make_templates():
    """All that the migrations publish."""
    return [make_template(values) for values in (standard_sla(), standard_ola(), standard_uc())]


def make_house():
    """Two organisations with the people of a review, and a service."""
    provider, client = make_organisation(), make_organisation()
    who = SimpleNamespace(
        provider=provider,
        client=client,
        manager=make_member(provider, Role.MANAGER, name="Ines Sommer"),
        engineer=make_member(provider, Role.PROVIDER, name="Daniel Osei"),
        head=make_member(client, Role.CLIENT, name="Amara Lindqvist"),
    )
    who.service = Service.objects.create(
        organisation=provider, key="canvas", name="Learning platform", owner=who.manager
    )
    return who


def drafted(who=None, *, at=NOON, **kwargs):
    """A first draft from the default template."""
    who = who or make_house()
    fields = {
        "template": make_template(),
        "provider": who.provider,
        "client": who.client,
        "services": [who.service],
        "title": "Learning platform",
        "kind": "sla",
        "actor": who.manager,
        "at": at,
    } | kwargs
    who.version = actions.draft(**fields)
    who.agreement = who.version.agreement
    return who


def complete(who=None, *, at=NOON):
    """A draft whose text is complete: terms of the factories under its own number."""
    who = who or drafted(at=at)
    terms = make_terms(requirements=who.version.read_terms().requirements)
    for kpi in terms.kpis:
        kpi.requirements = []
    who.version = actions.save_terms(who.version, terms=terms, revision=who.version.revision, actor=who.manager, at=at)
    return who


def seats(who):
    return [(who.engineer, "provider", True), (who.head, "client", True)]


def in_review(who=None, *, at=NOON):
    who = who or complete(at=at)
    who.version = actions.submit(who.version, reviewers=seats(who), actor=who.manager, at=at)
    return who


def agreed(who=None, *, at=NOON):
    """A version that everybody asked has approved: READY."""
    who = who or in_review(at=at)
    for person in (who.engineer, who.head):
        who.version = actions.approve(who.version, actor=person, at=at)
    assert who.version.state == Version.State.READY
    return who


def edited(who, change, *, actor=None, at=NOON):
    """Save the terms after `change(terms)`."""
    version = Version.objects.get(pk=who.version.pk)
    terms = version.read_terms()
    change(terms)
    who.version = actions.save_terms(version, terms=terms, revision=version.revision, actor=actor or who.manager, at=at)
    return who
