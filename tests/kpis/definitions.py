"""Definitions of an organisation, made by the acts; and those that the migrations publish."""

from dataclasses import replace

from kpis import actions
from kpis.definitions import Text, read
from kpis.models import Definition
from kpis.standard import standard_definitions
from tests.factories import NOON

TEXT = Text("support", "To know how long people wait.", "Times are put in order.", "Few cases.", "House rule 4")


def make_definitions():
    """What the migrations publish; a transactional test may have flushed it."""
    for values in standard_definitions():
        key = {"name": values.pop("name"), "number": values.pop("number"), "organisation": None}
        Definition.objects.get_or_create(**key, defaults=values | {"published_at": NOON})


def standard(name="Service availability"):
    """A KPI as the portal's library proposes it."""
    row = next(row for row in standard_definitions() if row["name"] == name)
    return read(row["kpi"], row["name"])


def begun(organisation, actor, *, name="Our availability", kpi=None, text=TEXT, at=NOON):
    return actions.draft_definition(
        name=name, organisation=organisation, kpi=kpi or standard(), text=text, actor=actor, at=at
    )


def released(organisation, actor, *, description="First", at=NOON, **kwargs):
    draft = begun(organisation, actor, at=at, **kwargs)
    return actions.release_definition(draft, description=description, actor=actor, at=at)


def stricter(kpi, target="99.9"):
    return replace(kpi, target=target, warn=None)


def sent_back(*forms):
    """What a browser sends of forms as they were shown."""
    shown = {field.html_name: field.value() for form in forms for field in form}
    ticked = {name: "on" if value is True else value for name, value in shown.items()}
    return {name: value for name, value in ticked.items() if value is not None and value is not False}
