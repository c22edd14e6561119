import zoneinfo

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.validators import validate_slug
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, Membership, Organisation, Role, SigningAuthority

_ZONES = [(name, name) for name in sorted(zoneinfo.available_timezones())]


def zones():
    """To be asked for: a list of choices is copied name by name for each form, and a calendar has a form each."""
    return _ZONES


class OrganisationForm(forms.ModelForm):
    timezone = forms.ChoiceField(label=_("Time zone"), choices=zones, initial="UTC")

    class Meta:
        model = Organisation
        fields = ["name", "timezone", "address", "internal"]
        labels = {"name": _("Name"), "address": _("Address"), "internal": _("Belongs to our own house")}
        help_texts = {"internal": _("A team or company within the house: only such can agree on an OLA.")}
        widgets = {"address": forms.Textarea(attrs={"rows": 3})}


class InviteForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"))
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("Organisation"))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)

    def __init__(self, *args, organisations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations


class AcceptForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=120)
    timezone = forms.ChoiceField(label=_("Your time zone"), choices=zones, initial="UTC")
    password = forms.CharField(
        label=_("Choose a password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters, and not a common one."),
        strip=False,
    )

    def clean_password(self):
        validate_password(self.cleaned_data["password"])
        return self.cleaned_data["password"]


class AuthorityForm(forms.ModelForm):
    since = forms.DateTimeField(
        label=_("Valid from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateTimeField(
        label=_("Valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    class Meta:
        model = SigningAuthority
        fields = ["what_for", "source", "since", "until"]
        labels = {"what_for": _("May sign"), "source": _("By which source")}
        help_texts = {"source": _("Register extract, power of attorney, board decision, with its date.")}


class RoleForm(forms.ModelForm):
    class Meta:
        model = Membership
        fields = ["role"]
        labels = {"role": _("Role")}


class ProfileForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    timezone = forms.ChoiceField(
        label=_("Time zone"), choices=zones, help_text=_("The portal shows times in this zone.")
    )


class TokenForm(forms.Form):
    name = forms.CharField(label=_("What is it for?"), max_length=80)
    scopes = forms.MultipleChoiceField(
        label=_("It may"), choices=ApiToken.Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    streams = forms.CharField(
        label=_("Only these streams"), max_length=1000, required=False,
        help_text=_("Their keys, parted by commas. Empty: every stream that you may feed."),
    )
    expires_at = forms.DateTimeField(
        label=_("Valid until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Leave it empty for a token without an end."),
    )

    def clean_streams(self):
        keys = [key.strip() for key in self.cleaned_data["streams"].split(",") if key.strip()]
        for key in keys:
            validate_slug(key)
        return keys

def _clock(label, **kwargs):
    return forms.TimeField(
        label=label, required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **kwargs
    )


class TellingForm(forms.Form):
    """In the person's own time zone."""

    quiet_from = _clock(_("Quiet hours begin"))
    quiet_until = _clock(_("Quiet hours end"))
    digest_at = _clock(_("One mail a day, at"), help_text=_("Routine messages come together then; empty: each at once."
                                                            " The inbox has all of them at once."))


class WebhookForm(forms.Form):
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("Of"))
    url = forms.URLField(label=_("Address"), max_length=500, assume_scheme="https",
                         help_text=_("Escalations of this organisation's agreements are posted there, signed."))

    def __init__(self, *args, organisations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations
