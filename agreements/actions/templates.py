"""Everything that writes templates. A published one never changes; a change of it is its next version."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import Organisation, User
from agreements import templating, terms
from agreements.actions.writing import Stale
from agreements.locking import lock
from agreements.models import Template
from agreements.signing import Refused
from records import audit


@transaction.atomic
def publish_template(
    *,
    name: str,
    kind: str,
    terms: terms.Terms,
    description: str,
    author: str,
    actor: User | None,
    at: datetime,
    organisation: Organisation | None = None,
) -> Template:
    """Publish the next version of a template at once; without an organisation the portal's. Raises Refused ("name")."""
    template = _begin(name, kind, terms, organisation)
    return _publish(template, description, author, actor, at)


@transaction.atomic
def draft_template(
    *, name: str, kind: str, terms: terms.Terms, organisation: Organisation, actor: User, at: datetime
) -> Template:
    """Begin the next version of an organisation's template. Raises Refused ("name") while one is being written."""
    template = _begin(name, kind, terms, organisation)
    audit.record("template.drafted", template, actor=actor, at=at, name=name, number=template.number)
    return template


@transaction.atomic
def save_template(template: Template, *, terms: terms.Terms, revision: int, actor: User, at: datetime) -> Template:
    """Keep a changed draft. Raises Stale when somebody saved since, TransitionNotAllowed once it is published."""
    document = _document(terms)
    template, at = lock(Template.objects.all(), template.pk, at)
    _require_draft(template)
    if template.revision != revision:
        raise Stale(template)
    if template.terms == document:
        return template
    template.terms, template.revision = document, template.revision + 1
    template.save(update_fields=["terms", "revision"])
    audit.record("template.saved", template, actor=actor, at=at, name=template.name, revision=template.revision)
    return template


@transaction.atomic
def release_template(template: Template, *, description: str, actor: User, at: datetime) -> Template:
    """Publish a draft for good; `description` is its line in the revision history.

    Raises Refused for a text that cannot be printed, TransitionNotAllowed when it is published already.
    """
    template, at = lock(Template.objects.all(), template.pk, at)
    _require_draft(template)
    if found := templating.problems(template.read_terms()):
        raise Refused(" ".join(found))
    return _publish(template, description, actor.name, actor, at)


@transaction.atomic
def retire_template(template: Template, *, actor: User, at: datetime) -> Template:
    """Offer a published version no more; agreements made from it keep it. Raises TransitionNotAllowed."""
    template, at = lock(Template.objects.all(), template.pk, at)
    if template.published_at is None or template.retired_at is not None:
        raise TransitionNotAllowed("only a published template is retired")
    template.retired_at = at
    template.save(update_fields=["retired_at"])
    audit.record("template.retired", template, actor=actor, at=at, name=template.name, number=template.number)
    return template


@transaction.atomic
def discard_template(template: Template, *, actor: User, at: datetime) -> None:
    """Throw a draft away. Raises TransitionNotAllowed once it is published."""
    template, at = lock(Template.objects.all(), template.pk, at)
    _require_draft(template)
    audit.record("template.discarded", template, actor=actor, at=at, name=template.name, number=template.number)
    template.delete()


def _begin(name: str, kind: str, terms: terms.Terms, organisation: Organisation | None) -> Template:
    if not name.strip():
        raise Refused(_("A template needs a name."), "name")
    series = Template.objects.select_for_update().filter(name=name, organisation=organisation)
    last = series.order_by("-number").first()
    if last is not None and last.published_at is None:
        raise Refused(_("%s is being written already.") % last, "name")
    if last is not None and last.kind != kind:
        raise Refused(_("There is a template of this name and another kind."), "name")
    return Template.objects.create(
        name=name,
        number=last.number + 1 if last else 1,
        kind=kind,
        organisation=organisation,
        terms=_document(terms),
    )


def _publish(template: Template, description: str, author: str, actor: User | None, at: datetime) -> Template:
    template.description, template.author, template.published_at = description, author, at
    template.save(update_fields=["description", "author", "published_at"])
    audit.record("template.published", template, actor=actor, at=at, name=template.name, number=template.number)
    return template


def _require_draft(template: Template) -> None:
    if template.published_at is not None:
        raise TransitionNotAllowed("a published template never changes")


def _document(content: terms.Terms) -> dict:
    """The terms as JSON, read back once so that only well-formed terms are kept."""
    return terms.dump(terms.load(terms.dump(content)))
