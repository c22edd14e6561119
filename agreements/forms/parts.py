"""The parts of the editor, in the order of the procedure."""

import copy
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from agreements.forms import clauses, credits, escalation, hours, kpis, parties, priorities, requirements


@dataclass(frozen=True)
class Part:
    """A page of the editor: its cards and what the procedure says about it."""

    name: str
    title: str
    text: str
    advice: str
    boxes: list = field(default_factory=list)
    points: list = field(default_factory=list)
    # A page on which the saved text can be tried out: its URL name, and what it is called.
    tries: str = ""
    trial: str = ""


class Page:
    """A part opened over terms: filled from them, or from what was sent."""

    def __init__(self, part, terms, around, data=None, added=""):
        self.part, self.terms, self.around = part, terms, around
        self.boxes = [box(terms, around, data, added) for box in part.boxes]

    def is_valid(self):
        answers = [box.is_valid() for box in self.boxes]  # each is asked, so that every error shows
        return all(answers)

    def result(self):
        """The terms with this part written into a copy of them; call it on a valid page."""
        terms = copy.deepcopy(self.terms)
        for box in self.boxes:
            box.save(terms)
        return terms

    def given(self, renamed):
        """The hidden fields that a save changed, name -> value; `renamed` as a version has it after the save."""
        return {name: value for box in self.boxes for name, value in box.given(renamed).items()}


PARTS = {
    part.name: part
    for part in (
        Part(
            "parties",
            _("Parties and service"),
            _("Who agrees with whom, about which service, from when to when."),
            _("List every service that needs an SLA with its provider and client; name the people who must be heard."),
            [parties.Heading, parties.Provider, parties.Client, parties.TermBox, parties.Signatories],
            [_("Each side needs at least one person with authority to bind it")],
        ),
        Part(
            "requirements",
            _("Requirements"),
            _("What the stakeholders need, in their words. Each KPI can point back to one of these."),
            _("Talk to each stakeholder before you write targets. Note what they need and why, not a number."),
            [requirements.Requirements],
        ),
        Part(
            "kpis",
            _("KPIs and targets"),
            _("What is measured, what counts as good enough, and how often it is reported."),
            _("Give each service 3 to 7 KPIs: what is measured, the target, how often it is reported, who delivers."),
            [kpis.Kpis, priorities.Priorities, credits.Credits, credits.CreditingBox, priorities.Workload],
            [
                _("Specific: one number, one unit"),
                _("Measurable with data you already have"),
                _("Agreed by those who must meet it"),
                _("The target is the promise; the warning only shows “At risk”"),
            ],
            "agreements:clock",
            _("When would a case be due?"),
        ),
        Part(
            "hours",
            _("Service hours and exclusions"),
            _("When the promise holds, and what is taken out of the calculation."),
            _("Say plainly when the service level holds and what is excluded, so that nobody argues afterwards."),
            [hours.Calendars, hours.Exclusions, hours.Maintenance, hours.Pauses],
            [_("Minutes outside the hours never count, neither as up nor as down")],
            "agreements:clock",
            _("When would a case be due?"),
        ),
        Part(
            "escalation",
            _("Escalation and reports"),
            _("Who is told when a target is missed, and when it goes one step up."),
            _("Every SLA has an escalation path with positions and times on both sides. Try it out before signing."),
            [escalation.Positions, escalation.Levels, escalation.Repetition, escalation.ReportingBox],
            [],
            "incidents:ladder",
            _("Who would be told, and when?"),
        ),
        Part(
            "clauses",
            _("Clauses"),
            _("The wording. Values in braces come from the other parts."),
            _("Use the approved template. Changes to its wording are allowed but are shown to every reviewer."),
            [clauses.Clauses, clauses.Duties],
        ),
    )
}
CHECK = "check"
ORDER = [*PARTS, CHECK]


def after(name):
    return ORDER[ORDER.index(name) + 1]


def before(name):
    """The part in front of one; None for the first."""
    index = ORDER.index(name)
    return ORDER[index - 1] if index else None
