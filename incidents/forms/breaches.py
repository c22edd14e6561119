from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.models import Breach

FIRST_YEAR, LAST_YEAR = 2000, 2100


class OutcomeForm(forms.Form):
    root_cause = forms.CharField(
        label=_("Cause"), max_length=4000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What was behind it. Both sides read it, and the report prints it."),
    )
    corrective = forms.CharField(
        label=_("What was done"), max_length=4000, widget=forms.Textarea(attrs={"rows": 2}),
    )
    preventive = forms.CharField(
        label=_("So that it does not happen again"), max_length=4000, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    cause_kind = forms.ChoiceField(
        label=_("Kind of cause"), required=False, choices=[("", _("Choose one")), *Breach.CauseKind.choices],
        help_text=_("Finds what comes back under another name."),
    )
    check_days = forms.IntegerField(
        label=_("Look whether it helped after"), min_value=1, max_value=366,
        help_text=_("Days after the closing; somebody other than you looks."),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Both sides read it."),
    )


class StartForm(forms.Form):
    """When the dry run of a ladder begins, in the agreement's zone."""

    start = forms.DateTimeField(
        label=_("If it were missed on"), required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )

    def clean_start(self):
        start = self.cleaned_data["start"]
        if start and not FIRST_YEAR <= start.year <= LAST_YEAR:
            raise forms.ValidationError(_("Take a day between 2000 and 2100."))
        return start


class SeenForm(forms.Form):
    """The highest level told that the page showed."""

    seen_level = forms.IntegerField(min_value=-1, max_value=99)
