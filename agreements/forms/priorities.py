"""Part 3: times for each priority, and up to which workload the targets hold."""

from dataclasses import replace

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements import sentences, simulator
from agreements.forms.boxes import PartForm, RowsBox
from agreements.forms.fields import DurationField, TextField
from agreements.forms.kpis import PERIODS
from agreements.terms import Priority, WorkloadLimit


class PriorityForm(PartForm):
    named, lines, speaks = "priority", "priorities", True
    priority = forms.IntegerField(label=_("Priority"), min_value=1, max_value=99)
    name = TextField(label=_("Name"), max_length=60)
    response_seconds = DurationField(label=_("Respond within"), required=False)
    resolution_seconds = DurationField(label=_("Resolve within"))
    calendar = forms.ChoiceField(label=_("Hours that count"))

    def prepare(self):
        self.fields["calendar"].choices = [(each.key, each.name) for each in self.terms.calendars]

    @property
    def says(self):
        """When a case of this priority would be due that is opened on a Friday at 16:40, as it is typed."""
        row = self._row()
        if row is None or self.around.friday is None:
            return ""
        return sentences.due(simulator.due(replace(self.terms, priorities=[row]), row.priority, self.around.friday))

    def _row(self):
        if self.is_bound:
            return Priority(**self._values()) if self.is_valid() and self.has_changed() else None
        known = self.initial.get("priority")
        return next((each for each in self.terms.priorities if each.priority == known), None)

    def _values(self):
        return {name: self.cleaned_data[name] for name in self.base_fields}


class Priorities(RowsBox):
    key, title, form_class = "priorities", _("Priorities and times"), PriorityForm
    template = "agreements/edit/_priorities.html"
    adds = [("", _("Add a priority"))]

    def load(self, terms):
        return [{name: getattr(each, name) for name in PriorityForm.base_fields} for each in terms.priorities]

    def write(self, terms, rows):
        terms.priorities = [
            Priority(**{name: row[name] for name in PriorityForm.base_fields})
            for row in sorted(rows, key=lambda row: row["priority"])
        ]


class WorkloadForm(PartForm):
    named, lines = "key", "workload"
    key = forms.CharField(required=False, widget=forms.HiddenInput, max_length=40)
    name = TextField(label=_("What"), max_length=120)
    most = forms.IntegerField(label=_("At most"), min_value=0, max_value=1_000_000_000)
    unit = TextField(label=_("Unit"), max_length=40)
    period = forms.ChoiceField(
        label=_("Each"), choices=[each for each in PERIODS if each[0] != "trailing"], initial="month"
    )


class Workload(RowsBox):
    key, title, form_class = "workload", _("Limits of the workload"), WorkloadForm
    text = _("Up to these limits the targets hold.")
    adds = [("", _("Add a limit"))]
    identity, series = "key", "w"

    def load(self, terms):
        return [{name: getattr(each, name) for name in WorkloadForm.base_fields} for each in terms.workload]

    def write(self, terms, rows):
        terms.workload = [
            WorkloadLimit(row["key"], row["name"], row["most"], row["unit"], row["period"])
            for row in rows
        ]
