"""A case that never was, for the clock of a priority."""

from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agreements.simulator import Waiting

PAUSES = range(1, 4)
FIRST_YEAR, LAST_YEAR = 2000, 2100


class MomentField(forms.DateTimeField):
    """A local time, read in the zone that is active."""

    def __init__(self, **kwargs):
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
        super().__init__(widget=widget, input_formats=formats, **kwargs)

    def clean(self, value):
        moment = super().clean(value)
        if moment and not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise forms.ValidationError(_("Take a day between 2000 and 2100."))
        return moment


class ClockForm(forms.Form):
    """When a case of which priority is opened, what it waits for, and whether it gets another priority."""

    priority = forms.TypedChoiceField(label=_("Priority"), coerce=int)
    opened = MomentField(label=_("Opened"))
    zone = forms.ChoiceField(label=_("Times in"))
    new_priority = forms.TypedChoiceField(label=_("Becomes priority"), coerce=int, empty_value=None, required=False)
    changed = MomentField(label=_("From"), required=False)

    def __init__(self, *args, terms, zones, **kwargs):
        super().__init__(*args, **kwargs)
        rows = [(row.priority, f"{row.priority} {row.name}") for row in terms.priorities]
        self.fields["priority"].choices = rows
        self.fields["new_priority"].choices = [("", _("stays as it is")), *rows]
        self.fields["zone"].choices = [(zone, zone) for zone in zones]
        reasons = [("", _("no pause")), *((pause.key, pause.name) for pause in terms.pauses)]
        for number in PAUSES if terms.pauses else ():
            self.fields[f"reason_{number}"] = forms.ChoiceField(label=_("Waits for"), choices=reasons, required=False)
            self.fields[f"start_{number}"] = MomentField(label=_("From"), required=False)
            self.fields[f"end_{number}"] = MomentField(label=_("To"), required=False)

    def full_clean(self):
        sent = self.data.get("zone", "")
        known = [zone for zone, _label in self.fields["zone"].choices]
        with timezone.override(ZoneInfo(sent if sent in known else known[0])):
            super().full_clean()

    def clean(self):
        cleaned = super().clean()
        for number in PAUSES:
            names = [f"{name}_{number}" for name in ("reason", "start", "end")]
            if cleaned.get(names[0]):
                self._need(*names[1:])
        if cleaned.get("new_priority"):
            self._need("changed")
        return cleaned

    def _need(self, *names):
        for name in names:
            if not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, _("Say when."))

    @property
    def waiting(self):
        rows = [[self.cleaned_data.get(f"{name}_{number}") for name in Waiting._fields] for number in PAUSES]
        return [Waiting(*row) for row in rows if row[0]]

    @property
    def changes(self):
        new = self.cleaned_data.get("new_priority")
        return [(self.cleaned_data["changed"], new)] if new else []

    @property
    def pause_rows(self):
        """The fields of each pause, side by side."""
        if "reason_1" not in self.fields:
            return []
        return [[self[f"{name}_{number}"] for name in Waiting._fields] for number in PAUSES]
