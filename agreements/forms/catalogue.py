"""Forms of the service catalogue."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Organisation, User
from agreements import catalogue
from agreements.forms.drafting import ServicesField
from agreements.forms.fields import LongTextField, TextField
from agreements.models import Service


class ServiceForm(forms.Form):
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("Provided by"), empty_label=None)
    name = TextField(label=_("Name"), max_length=120)
    key = forms.SlugField(label=_("Short name"), max_length=40, help_text=_("Letters, digits and hyphens; it stays."))
    description = LongTextField(label=_("What it does"), required=False)
    criticality = forms.ChoiceField(label=_("Criticality"), choices=Service.Criticality.choices, initial="medium")
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"))
    needs_sla = forms.BooleanField(label=_("Needs an SLA"), required=False, initial=True)
    reason = TextField(
        label=_("Why it needs one, or why not"),
        required=False,
        max_length=200,
        help_text=_("A service without an SLA must say why."),
    )
    depends_on = ServicesField(
        Service.objects.none(),
        label=_("Depends on"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What must work so that this works: your own services, and those that suppliers provide to you."),
    )

    def __init__(self, *args, organisations, at, service=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations
        current = Membership.objects.current(at).filter(organisation__in=organisations)
        self.fields["owner"].queryset = User.objects.filter(is_active=True, pk__in=current.values("user"))
        self.fields["depends_on"].queryset = self._usable(organisations, service)
        self.fields["depends_on"].several = True
        if service is not None:
            del self.fields["organisation"], self.fields["key"]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("needs_sla") is False and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Say why this service needs no SLA."))
        return cleaned

    @staticmethod
    def _usable(organisations, service):
        if service is None:
            return catalogue.usable(organisations)
        # What it depends on stays on offer when it was retired meanwhile.
        found = catalogue.usable([service.organisation]) | service.depends_on.select_related("organisation")
        return found.exclude(pk=service.pk).distinct()


class RetireForm(forms.Form):
    reason = TextField(label=_("Why?"), max_length=200)
