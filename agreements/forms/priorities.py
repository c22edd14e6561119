"""Part 3: times for each priority, and up to which workload the targets hold."""

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements.forms.boxes import PartForm, RowsBox
from agreements.forms.fields import DurationField, TextField
from agreements.forms.kpis import PERIODS
from agreements.terms import Priority, WorkloadLimit


class PriorityForm(PartForm):
    priority = forms.IntegerField(label=_("Priority"), min_value=1, max_value=99)
    name = TextField(label=_("Name"), max_length=60)
    response_seconds = DurationField(label=_("Respond within"), required=False)
    resolution_seconds = DurationField(label=_("Resolve within"))
    calendar = forms.ChoiceField(label=_("Hours that count"))

    def prepare(self):
        self.fields["calendar"].choices = [(each.key, each.name) for each in self.terms.calendars]


class Priorities(RowsBox):
    key, title, form_class = "priorities", _("Priorities and times"), PriorityForm
    adds = [("", _("Add a priority"))]

    def load(self, terms):
        return [{name: getattr(each, name) for name in PriorityForm.base_fields} for each in terms.priorities]

    def write(self, terms, rows):
        terms.priorities = [
            Priority(**{name: row[name] for name in PriorityForm.base_fields})
            for row in sorted(rows, key=lambda row: row["priority"])
        ]


class WorkloadForm(PartForm):
    key = forms.CharField(required=False, widget=forms.HiddenInput, max_length=40)
    name = TextField(label=_("What"), max_length=120)
    most = forms.IntegerField(label=_("At most"), min_value=0, max_value=1_000_000_000)
    unit = TextField(label=_("Unit"), max_length=40)
    period = forms.ChoiceField(label=_("Each"), choices=PERIODS, initial="month")


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
