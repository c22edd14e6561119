from django import forms
from django.utils.translation import gettext_lazy as _


class RefuseCreditForm(forms.Form):
    reason = forms.CharField(
        label=_("Why is it refused?"), max_length=1000, widget=forms.Textarea({"rows": 3})
    )
