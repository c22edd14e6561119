import zoneinfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kpis.intake.tables import Wrong, instant

BIGGEST_FILE = 20 * 1024 * 1024
ZONES = [("", _("Every time in the file has its own offset"))] + [
    (name, name) for name in sorted(zoneinfo.available_timezones())
]


class UploadForm(forms.Form):
    """A file of one stream; an outage log says as well which span it watched."""

    file = forms.FileField(label=_("File"))
    timezone = forms.ChoiceField(
        label=_("Time zone of the file"), choices=ZONES, required=False,
        help_text=_("Read where a time has no offset of its own."),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file and file.size > BIGGEST_FILE:
            raise ValidationError(_("The file is bigger than 20 MB. Deliver it in parts."))
        return file

    @property
    def content(self):
        file = self.cleaned_data.get("file")
        return file.read() if file else b""

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


class RefuseCreditForm(forms.Form):
    reason = forms.CharField(
        label=_("Why is it refused?"), max_length=1000, widget=forms.Textarea({"rows": 3})
    )


def upload_form(indicator, *args, **kwargs):
    kind = OutageForm if indicator.kind == indicator.Kind.OUTAGES else UploadForm
    return kind(*args, **kwargs)
