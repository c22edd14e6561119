"""Part 5: who is told when a target is missed, when it goes one step up, and who gets the reports."""

from dataclasses import replace

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements.forms.boxes import FormBox, PartForm, RowsBox
from agreements.forms.fields import DurationField, TextField
from agreements.forms.parties import SIDES
from agreements.terms import Level, Position, Reporting


def position_choices(terms):
    names = {"provider": terms.parties.provider.organisation, "client": terms.parties.client.organisation}
    return [(each.key, f"{each.title} ({names.get(each.party, '')})") for each in terms.escalation.positions]


class PositionForm(PartForm):
    named, lines = "key", "escalation:position"
    key = forms.CharField(required=False, widget=forms.HiddenInput, max_length=40)
    title = TextField(label=_("Position"), max_length=80)
    party = forms.ChoiceField(label=_("Of"), choices=SIDES)


class Positions(RowsBox):
    key, title, form_class = "positions", _("Positions"), PositionForm
    text = _("The agreement names positions; who holds one is said on its page People and may change at any time.")
    adds = [("", _("Add a position"))]
    identity, place = "key", "escalation.positions"

    def load(self, terms):
        return [{"key": each.key, "title": each.title, "party": each.party} for each in terms.escalation.positions]

    def write(self, terms, rows):
        positions = [Position(row["key"], row["party"], row["title"]) for row in rows]
        terms.escalation = replace(terms.escalation, positions=positions)

    def series_of(self, row):
        return f"{row['party'][0]}-"


class LevelForm(PartForm):
    name = TextField(label=_("Name"), max_length=80)
    after_seconds = DurationField(
        label=_("Told after"),
        initial=0,
        help_text=_("After the level below was told; 0 min is at once."),
    )
    clock = forms.ChoiceField(label=_("Counted in"), required=False)
    positions = forms.MultipleChoiceField(label=_("Who is told"), widget=forms.CheckboxSelectMultiple)
    ack_seconds = DurationField(label=_("Must acknowledge within"), required=False)
    critical = forms.BooleanField(label=_("Critical: also outside quiet hours"), required=False)

    def prepare(self):
        calendars = [(each.key, each.name) for each in self.terms.calendars]
        self.fields["clock"].choices = [("", _("elapsed time")), *calendars]
        self.fields["positions"].choices = position_choices(self.terms)


class Levels(RowsBox):
    key, title, form_class = "levels", _("Levels"), LevelForm
    text = _("Level 0 is the initial contact. Levels are numbered in this order.")
    template = "agreements/edit/_levels.html"
    adds = [("", _("Add a level"))]

    def load(self, terms):
        ordered = sorted(terms.escalation.levels, key=lambda each: each.level)
        return [{name: getattr(each, name) for name in LevelForm.base_fields} for each in ordered]

    def write(self, terms, rows):
        levels = [
            Level(level=number, **{name: row[name] for name in LevelForm.base_fields})
            for number, row in enumerate(rows)
        ]
        terms.escalation = replace(terms.escalation, levels=levels)


class RepetitionForm(PartForm):
    repeats = forms.IntegerField(
        label=_("Climb the whole ladder again"),
        min_value=0,
        max_value=9,
        help_text=_("So many times while nobody acknowledges; 0 is never."),
    )
    repeat_seconds = DurationField(
        label=_("Each time after"), help_text=_("Counted from the last level, in its hours. Such as 4 h or 1 d.")
    )


class Repetition(FormBox):
    key, title, form_class = "repetition", _("Repetition"), RepetitionForm
    lines = ("escalation:repetition",)

    def load(self, terms):
        return {name: getattr(terms.escalation, name) for name in RepetitionForm.base_fields}

    def write(self, terms, cleaned):
        terms.escalation = replace(terms.escalation, **cleaned)


class ReportingForm(PartForm):
    intervals = forms.MultipleChoiceField(
        label=_("Reports"),
        choices=[("month", _("each month")), ("quarter", _("each quarter"))],
        widget=forms.CheckboxSelectMultiple,
    )
    recipients = forms.MultipleChoiceField(label=_("Go to"), required=False, widget=forms.CheckboxSelectMultiple)
    grace_days = forms.IntegerField(
        label=_("A period is closed after (days)"),
        min_value=0,
        max_value=60,
        help_text=_("Late data are still taken in until then."),
    )
    accepted_after_days = forms.IntegerField(
        label=_("Accepted without objection after (days)"), min_value=1, max_value=365
    )

    def prepare(self):
        self.fields["recipients"].choices = position_choices(self.terms)


class ReportingBox(FormBox):
    key, title, form_class = "reporting", _("Reporting"), ReportingForm

    def load(self, terms):
        return {name: getattr(terms.reporting, name) for name in ReportingForm.base_fields}

    def write(self, terms, cleaned):
        terms.reporting = Reporting(**cleaned)
