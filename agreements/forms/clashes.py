"""Two texts of one place: shown in words beside each other, and the choice between them."""

from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from agreements.forms import clauses, credits, escalation, hours, kpis, parties, priorities, requirements
from agreements.forms.fields import LongTextField, TiersField
from agreements.merging import IDENTITY, ORDER, Choice

MOST = 200
# Where the fields of a section have their words.
FORMS = {
    "agreement": parties.HeadingForm,
    "services": parties.HeadingForm,
    "parties": parties.SideForm,
    "term": parties.TermForm,
    "review": parties.TermForm,
    "signatories": parties.SignatoryForm,
    "requirements": requirements.RequirementsForm,
    "kpis": kpis.KpiForm,
    "priorities": priorities.PriorityForm,
    "workload": priorities.WorkloadForm,
    "credits": credits.CreditForm,
    "calendars": hours.CalendarForm,
    "exclusions": hours.ExclusionForm,
    "maintenance": hours.MaintenanceForm,
    "pauses": hours.PauseForm,
    "escalation.positions": escalation.PositionForm,
    "escalation.levels": escalation.LevelForm,
    "reporting": escalation.ReportingForm,
    "clauses": clauses.ClauseForm,
    "duties": clauses.DutiesForm,
}
LONG = {"body", "text", "description", "definition", "address", "why"}


@dataclass(frozen=True)
class Shown:
    """A clash as the page shows it; `joined` is what joining begins with, empty where nothing can be joined."""

    number: int
    place: str
    label: str
    mine: str
    theirs: str
    joined: str


def shown(clashes, document):
    """The clashes in words; `document` (terms as JSON) knows the names of their items."""
    return [_shown(number, clash, document) for number, clash in enumerate(clashes[:MOST])]


def choices(data):
    """What was chosen, by place; a joined text that cannot be kept is no choice."""
    found = {}
    for number in range(MOST):
        place = data.get(f"clash-{number}-place")
        if place is None:
            break
        keep, text = data.get(f"clash-{number}-keep", ""), data.get(f"clash-{number}-text", "")
        try:
            found[place] = Choice(keep, LongTextField(required=False).clean(text))
        except ValidationError:
            continue
    return found


def _shown(number, clash, document):
    section, rest = _split(clash.place)
    field = FORMS[section].base_fields.get(rest[-1]) if rest and section in FORMS else None
    item = _item(section, rest, clash, document)
    names = [item, field.label if field is not None else ""]
    label = ": ".join(str(name) for name in names if name) or _section(section)
    joined = ""
    if rest and rest[-1] in LONG and isinstance(clash.mine, str) and isinstance(clash.theirs, str):
        joined = f"{clash.theirs}\n\n{clash.mine}"
    return Shown(number, clash.place, label, _words(clash.mine, field), _words(clash.theirs, field), joined)


def _split(place):
    """("kpis", ["K1", "target"]): the section and the way within it."""
    for section in sorted(FORMS, key=len, reverse=True):
        if place == section or place.startswith(f"{section}."):
            return section, [step for step in place[len(section) + 1 :].split(".") if step]
    section, *rest = place.split(".")
    return section, rest


def _item(section, rest, clash, document):
    if rest[-1:] == [ORDER] or section not in IDENTITY or not rest:
        return _("%s, order") % _section(section) if rest[-1:] == [ORDER] else ""
    items = document
    for step in section.split("."):
        items = items.get(step, {})
    sides = [side for side in (clash.mine, clash.theirs) if isinstance(side, dict) and len(rest) == 1]
    found = next((each for each in [*items, *sides] if str(each[IDENTITY[section]]) == rest[0]), {})
    name = _name(found) or rest[0]
    return f"{rest[0]} {name}" if section == "kpis" and name != rest[0] else name


def _name(item):
    return next((item[name] for name in ("name", "title", "capacity", "text") if item.get(name)), "")


def _section(section):
    return {"duties": _("Duties"), "clauses": _("Clauses")}.get(section, section.replace(".", ", ").capitalize())


def _words(value, field):
    if value is None:
        return _("removed")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return _name(value) or ", ".join(f"{name}: {_words(each, None)}" for name, each in value.items())
    if isinstance(field, TiersField):
        value = [tuple(tier.values()) for tier in value]
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))
    written = field.prepare_value(value) if field is not None else value
    if isinstance(written, list):
        return ", ".join(_words(each, None) for each in written) or _("none")
    return str(written) if written != "" else _("empty")
