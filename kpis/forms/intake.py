import zoneinfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kpis.intake import files
from kpis.intake.cells import Wrong, instant
from kpis.intake.prometheus import Unanswered, check_address
from kpis.models import Feed

ZONES = [("", _("Every time in the file has its own offset"))] + [
    (name, name) for name in sorted(zoneinfo.available_timezones())
]


def too_big():
    """What is said of a file that nobody wants to read."""
    said = {"most": settings.INTAKE_MAX_BYTES // 1024**2}
    return _("The file is bigger than %(most)d MB. Deliver it in parts.") % said


LABELS = {
    "at": _("Time"), "value": _("Value"), "external_id": _("Number or name"), "evidence": _("Evidence"),
    "down_at": _("Down from"), "up_at": _("Up again"), "opened_at": _("Opened"), "responded_at": _("Answered"),
    "resolved_at": _("Resolved"), "closed_at": _("Closed"), "priority": _("Priority"), "pauses": _("Waited"),
}
HELP = {
    "pauses": _("From/until and the reason's key, several parted by semicolons:"
                " 2026-05-04T15:00Z/2026-05-05T09:00Z client."),
}


class UploadForm(forms.Form):
    """A file of one stream; an outage log says as well which span it watched."""

    file = forms.FileField(label=_("File"))
    timezone = forms.ChoiceField(
        label=_("Time zone of the file"), choices=ZONES, required=False,
        help_text=_("Read where a time has no offset of its own."),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file and file.size > settings.INTAKE_MAX_BYTES:
            raise ValidationError(too_big())
        return file

    @property
    def observed(self):
        return None


class OutageForm(UploadForm):
    observed_from = forms.CharField(
        label=_("Watched from"), max_length=40, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("Outside this span nothing is known."),
    )
    observed_until = forms.CharField(
        label=_("Watched until"), max_length=40, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("Inside this span silence means up."),
    )
    field_order = ["file", "observed_from", "observed_until", "timezone"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["file"].required = False
        self.fields["file"].help_text = _("Leave it out when nothing went down.")

    def clean(self):
        data = super().clean()
        zone = zoneinfo.ZoneInfo(data.get("timezone") or "UTC")
        for name in ("observed_from", "observed_until"):
            if name in data:
                try:
                    data[name] = instant(zone)(data[name])
                except Wrong as error:
                    self.add_error(name, str(error))
        since, until = data.get("observed_from"), data.get("observed_until")
        if since and until and until <= since and not self.errors:
            self.add_error("observed_until", _("Is not later than its beginning."))
        return data

    @property
    def observed(self):
        return self.cleaned_data["observed_from"], self.cleaned_data["observed_until"]


class TakeInForm(forms.Form):
    reason = forms.CharField(
        label=_("Why do values differ from what was delivered before?"), max_length=200, required=False
    )


class ColumnsForm(forms.Form):
    """Which column of a held file holds what: a field for each of our columns."""

    def __init__(self, held, *args, **kwargs):
        super().__init__(*args, **kwargs)
        kind, header = held.indicator.kind, [name for name in held.report["header"] if name]
        choices = [("", _("Not in this file"))] + [(name, name) for name in header]
        for name in files.columns(kind):
            found = held.mapping.get(name) or files.found(kind, name, header)
            self.fields[name] = forms.ChoiceField(
                label=name, choices=choices, initial=found, required=name in files.needed(kind)
            )
        self.fields["timezone"] = forms.ChoiceField(
            label=_("Time zone of the file"), choices=ZONES, required=False, initial=held.timezone
        )

    @property
    def mapping(self):
        return {name: theirs for name, theirs in self.cleaned_data.items() if theirs and name != "timezone"}


class RowForm(forms.Form):
    """One row by hand: a field for each column of the stream."""

    def __init__(self, indicator, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in files.READERS[indicator.kind].COLUMNS:
            if name == "unit":
                continue
            time = name == "at" or name.endswith("_at")
            self.fields[name] = forms.CharField(
                label=LABELS[name], help_text=HELP.get(name, ""), max_length=2000,
                required=name in files.needed(indicator.kind),
                widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1}) if time else None,
            )
        for name in ("up_at", "closed_at"):
            if name in self.fields:
                self.fields[name].required = False
        self.fields["timezone"] = forms.ChoiceField(label=_("Time zone"), choices=ZONES[1:])
        self.fields["reason"] = forms.CharField(
            label=_("Reason"), max_length=200, required=False,
            help_text=_("Only where it differs from what was delivered before."),
        )

    @property
    def cells(self):
        return {name: self.cleaned_data[name] for name in self.fields if name not in ("timezone", "reason")}


class FeedForm(forms.Form):
    """How machines feed a stream of values."""

    metric = forms.CharField(
        label=_("Metric that is pushed"), max_length=200, required=False,
        help_text=_("Its name in the pushed text, such as http_requests_total. Empty: none is pushed."),
    )
    counter = forms.ChoiceField(label=_("When a counter falls"), choices=Feed.Counter.choices)
    url = forms.CharField(
        label=_("Prometheus server"), max_length=300, required=False,
        help_text=_("Such as https://prometheus.example.org:9090. Empty: none is asked."),
    )
    query = forms.CharField(label=_("Query"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2}))
    step_seconds = forms.IntegerField(
        label=_("One value each"), min_value=1, max_value=86_400, initial=60, help_text=_("In seconds."),
    )
    since = forms.DateTimeField(
        label=_("From"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("In UTC. A changed query begins here; an unchanged one goes on where it was."),
    )
    enabled = forms.BooleanField(label=_("Ask it by itself"), required=False, initial=True)

    def clean(self):
        data = super().clean()
        if data.get("url"):
            try:
                check_address(data["url"])
            except Unanswered as error:
                self.add_error("url", str(error))
            else:
                if not data.get("query"):
                    self.add_error("query", _("Say what the server shall be asked."))
        return data


def upload_form(indicator, *args, **kwargs):
    kind = OutageForm if indicator.kind == indicator.Kind.OUTAGES else UploadForm
    return kind(*args, **kwargs)
