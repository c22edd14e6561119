"""Link an OLA or UC to what it supports."""

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements.forms.fields import TextField
from agreements.models import Agreement


class SupportForm(forms.Form):
    by = forms.ModelChoiceField(Agreement.objects.none(), label=_("OLA or UC"))
    part = forms.ChoiceField(label=_("Stands behind"), required=False)
    promise = TextField(
        label=_("By its KPI"), required=False, max_length=20,
        help_text=_("Such as K1; only needed where it promises several of the same kind."),
    )  # fmt: skip
    group = TextField(
        label=_("Alternative"), required=False, max_length=20,
        help_text=_("Give supporters of which one is enough the same name. Empty: it is needed by itself."),
    )  # fmt: skip

    def __init__(self, *args, candidates, terms, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["by"].queryset = candidates
        self.fields["part"].choices = [
            ("", _("the whole agreement")),
            *((f"service:{each.key}", _("service: %s") % each.name) for each in terms.services),
            *((f"kpi:{each.key}", f"{each.key} {each.name}") for each in terms.kpis),
        ]

    @property
    def link(self):
        """What the act takes."""
        cleaned = dict(self.cleaned_data)
        kind, _colon, key = cleaned.pop("part").partition(":")
        return cleaned | ({kind: key} if key else {})
