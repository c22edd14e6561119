"""Forms around the list of agreements."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User


class ViewForm(forms.Form):
    """A saved view; `organisation` is left empty for one's own."""

    name = forms.CharField(label=_("Name of the view"), max_length=40)
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("Share it with"), required=False, empty_label=_("nobody, it is mine"),
        help_text=_("Each person sees under it what they may see themselves."),
    )

    def __init__(self, *args, organisations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations


class OwnerForm(forms.Form):
    owner = forms.ModelChoiceField(User.objects.none(), label=_("New owner"), empty_label=None)

    def __init__(self, *args, owners, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners


class DayForm(forms.Form):
    on = forms.DateField(
        label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), input_formats=["%Y-%m-%d"]
    )

    def clean_on(self):
        if not date(1990, 1, 1) <= self.cleaned_data["on"] <= date(2200, 12, 31):
            raise forms.ValidationError(_("Name a day between 1990 and 2200."))
        return self.cleaned_data["on"]
