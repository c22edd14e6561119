"""Forms of the service catalogue and of requirements."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Organisation, User
from agreements.forms.fields import LongTextField, TextField
from agreements.models import Requirement, Service


class ServiceForm(forms.Form):
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("Provided by"), empty_label=None)
    name = TextField(label=_("Name"), max_length=120)
    key = forms.SlugField(label=_("Short name"), max_length=40, help_text=_("Letters, digits and hyphens; it stays."))
    description = LongTextField(label=_("What it does"), required=False)
    criticality = forms.ChoiceField(label=_("Criticality"), choices=Service.Criticality.choices, initial="medium")
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"))
    needs_sla = forms.BooleanField(label=_("Needs an SLA"), required=False, initial=True)
    reason = TextField(label=_("Why it needs none"), required=False, max_length=200)

    def __init__(self, *args, organisations, at, service=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations
        current = Membership.objects.current(at).filter(organisation__in=organisations)
        self.fields["owner"].queryset = User.objects.filter(is_active=True, pk__in=current.values("user"))
        if service is not None:
            del self.fields["organisation"], self.fields["key"]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("needs_sla") is False and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Say why this service needs no SLA."))
        if cleaned.get("needs_sla"):
            cleaned["reason"] = ""
        return cleaned


class MemberField(forms.ModelChoiceField):
    def label_from_instance(self, membership):
        return f"{membership.user.name}, {membership.organisation.name}"


class AskForm(forms.Form):
    person = MemberField(
        Membership.objects.none(),
        label=_("Who is asked"),
        help_text=_("They get a link in their inbox and by e-mail, and answer in their own words."),
    )

    def __init__(self, *args, clients, at, **kwargs):
        super().__init__(*args, **kwargs)
        current = Membership.objects.current(at).filter(organisation__in=clients, user__is_active=True)
        self.fields["person"].queryset = current.select_related("user", "organisation").order_by(
            "organisation__name", "user__name", "pk"
        )


class StateForm(forms.Form):
    text = LongTextField(
        label=_("What do you need?"),
        max_length=2000,
        help_text=_("In your own words, not as a number: “Courses can be reached at any hour”."),
    )
    why = LongTextField(label=_("Why does it matter?"), required=False, max_length=2000)
    priority = forms.ChoiceField(
        label=_("How much does it weigh?"), choices=Requirement._meta.get_field("priority").choices, initial="should"
    )


class ReasonForm(forms.Form):
    reason = LongTextField(label=_("Why?"), max_length=2000)
