"""Everything that writes the library of KPI definitions, and what puts one into a draft.

A published definition never changes; a change of it is its next version.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import Organisation, User
from agreements import actions as agreeing
from agreements.locking import lock
from agreements.models import Version
from agreements.signing import Refused
from agreements.terms import Kpi
from kpis import definitions
from kpis.definitions import Text
from kpis.models import Definition
from records import audit


@transaction.atomic
def draft_definition(
    *, name: str, organisation: Organisation, kpi: Kpi, text: Text, actor: User, at: datetime
) -> Definition:
    """Begin the next version of an organisation's definition. Raises Refused ("name") while one is being written."""
    if not name.strip():
        raise Refused(_("A definition needs a name."), "name")
    # Of the organisation, not of the series: of a name that is new there is no row to lock.
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    series = Definition.objects.filter(name=name, organisation=organisation)
    last = series.order_by("-number").first()
    if last is not None and last.published_at is None:
        raise Refused(_("%s is being written already.") % last, "name")
    if last is not None and last.kpi["kind"] != kpi.kind:
        raise Refused(_("There is a definition of this name and another kind."), "name")
    made = Definition.objects.create(
        name=name, number=last.number + 1 if last else 1, organisation=organisation, kpi=definitions.dump(kpi),
        **asdict(text),
    )  # fmt: skip
    audit.record("definition.drafted", made, actor=actor, at=at, name=name, number=made.number)
    return made


@transaction.atomic
def save_definition(
    definition: Definition, *, kpi: Kpi, text: Text, revision: int, actor: User, at: datetime
) -> Definition:
    """Keep a changed draft. Raises Stale when somebody saved since, TransitionNotAllowed once it is published."""
    definition, at = lock(Definition.objects.all(), definition.pk, at)
    _require_draft(definition)
    if definition.revision != revision:
        raise agreeing.Stale(definition)
    fields = {"kpi": definitions.dump(kpi), **asdict(text)}
    if all(getattr(definition, name) == each for name, each in fields.items()):
        return definition
    for name, each in fields.items():
        setattr(definition, name, each)
    definition.revision += 1
    definition.save(update_fields=[*fields, "revision"])
    audit.record(
        "definition.saved", definition, actor=actor, at=at, name=definition.name, revision=definition.revision
    )
    return definition


@transaction.atomic
def release_definition(definition: Definition, *, description: str, actor: User, at: datetime) -> Definition:
    """Publish a draft for good; `description` is its line in the revision history.

    Raises Refused for one that no agreement could be signed with, TransitionNotAllowed when it is published already.
    """
    definition, at = lock(Definition.objects.all(), definition.pk, at)
    _require_draft(definition)
    if found := definitions.problems(definition.read_kpi()):
        raise Refused(" ".join(found))
    definition.description, definition.author, definition.published_at = description, actor.name, at
    definition.save(update_fields=["description", "author", "published_at"])
    _told("definition.published", definition, actor, at)
    return definition


@transaction.atomic
def retire_definition(definition: Definition, *, reason: str, actor: User, at: datetime) -> Definition:
    """Offer a published definition no more; agreements that took it over keep what they have.

    Raises TransitionNotAllowed for a draft and for one that is retired already.
    """
    definition, at = lock(Definition.objects.all(), definition.pk, at)
    if definition.published_at is None or definition.retired_at is not None:
        raise TransitionNotAllowed("only a published definition is retired")
    definition.retired_at, definition.retired_by, definition.retired_because = at, actor.name, reason
    definition.save(update_fields=["retired_at", "retired_by", "retired_because"])
    _told("definition.retired", definition, actor, at, reason=reason)
    return definition


@transaction.atomic
def discard_definition(definition: Definition, *, actor: User, at: datetime) -> None:
    """Throw a draft away. Raises TransitionNotAllowed once it is published."""
    definition, at = lock(Definition.objects.all(), definition.pk, at)
    _require_draft(definition)
    _told("definition.discarded", definition, actor, at)
    definition.delete()


@transaction.atomic
def add_kpis(version: Version, *, kpis: Sequence[Kpi], origin: str, actor: User, at: datetime) -> Version:
    """Put KPIs from outside at the end of a draft's, under its next keys; `origin` says where they came from.

    Raises Refused for a service or calendar that the draft does not have, and for more than a draft may hold;
    TransitionNotAllowed once its text is fixed.
    """
    version, at = lock(Version.objects.select_related("agreement"), version.pk, at)
    terms = version.read_terms()
    if not {each.service for each in kpis} <= {each.key for each in terms.services}:
        raise Refused(_("The draft has no such service."), "service")
    if not {each.calendar for each in kpis} <= {each.key for each in terms.calendars} | {""}:
        raise Refused(_("The draft has no such hours."), "calendar")
    if len(terms.kpis) + len(kpis) > definitions.MOST_KPIS:
        raise Refused(_("A draft holds at most %d KPIs.") % definitions.MOST_KPIS)
    made = definitions.placed(kpis, terms)
    terms.kpis += made
    saved = agreeing.save_terms(version, terms=terms, revision=version.revision, actor=actor, at=at)
    audit.record(
        "version.kpis_added", saved, actor=actor, at=at, scope=saved.agreement.reference, version=saved.label,
        origin=origin, kpis=[f"{each.key} {each.name}" for each in made],
    )  # fmt: skip
    return saved


def _require_draft(definition: Definition) -> None:
    if definition.published_at is not None:
        raise TransitionNotAllowed("a published definition never changes")


def _told(verb: str, definition: Definition, actor: User, at: datetime, **data: str) -> None:
    audit.record(verb, definition, actor=actor, at=at, name=definition.name, number=definition.number, **data)
