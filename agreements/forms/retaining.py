"""Forms around holds and disposals: they check the shape, the acts check the truth."""

from django import forms
from django.utils.translation import gettext_lazy as _


class HoldForm(forms.Form):
    reason = forms.CharField(
        label=_("Why must the files stay?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Both parties and their auditors read this."),
    )


class StayForm(forms.Form):
    """Why a request is refused, a hold lifted, or files stay."""

    reason = forms.CharField(
        label=_("Why?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Both parties and their auditors read this."),
    )
