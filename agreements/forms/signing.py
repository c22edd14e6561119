"""Forms around signing: they check the shape, the acts check the truth."""

import datetime
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import SigningAuthority, User
from agreements.models import Roster, Version
from agreements.signing import Reading

LAST_MINUTE = datetime.time(23, 59)


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs=None):
        # Browsers read a day in this form alone, whatever the language of the page.
        super().__init__(attrs, format="%Y-%m-%d")


class SendForm(forms.Form):
    """One person for each slot of the terms, of those with authority on record, and the last day to sign."""

    deadline = forms.DateField(label=_("Last day to sign"), widget=DayInput)

    def __init__(self, *args, agreement, terms, at, **kwargs):
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(terms.agreement.timezone)
        self.fields["deadline"].help_text = _("Until 23:59 (%s).") % terms.agreement.timezone
        self.slots = [seat.slot for seat in terms.signatories]
        # The day stands last in the form.
        day = self.fields.pop("deadline")
        for seat in terms.signatories:
            organisation = agreement.organisation_of(seat.party)
            self.fields[seat.slot] = PersonField(
                signers(organisation, at),
                label=_("%(capacity)s, for %(organisation)s")
                % {"capacity": seat.capacity, "organisation": organisation},
                help_text=_("Signs in step %s.") % seat.step,
            )
        self.fields["deadline"] = day

    @property
    def people(self):
        return {key: self.cleaned_data[key] for key in self.slots}

    @property
    def until(self):
        return datetime.datetime.combine(self.cleaned_data["deadline"], LAST_MINUTE, self.zone)


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, person):
        return f"{person.name} ({person.email})"


def signers(organisation, at):
    """Active people with authority to sign for an organisation now."""
    records = SigningAuthority.objects.current(at).filter(organisation=organisation)
    return User.objects.filter(is_active=True, pk__in=records.values("user"))


def members(organisation, at):
    """Active people with any role in an organisation now."""
    return User.objects.filter(
        is_active=True, pk__in=organisation.memberships.current(at).values("user")
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Why?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Everybody who signs reads this."),
    )


class ReassignForm(forms.Form):
    person = PersonField(User.objects.none(), label=_("Who signs instead"))

    def __init__(self, *args, organisation, at, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = signers(organisation, at)


class SignForm(forms.Form):
    shown_sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    # Written by static/js/sign.js: "top" and the anchors of the sections seen; empty without script.
    seen = forms.CharField(widget=forms.HiddenInput, max_length=20_000, required=False)
    consent = forms.BooleanField(
        label=_("I have read the agreement and its annexes, and I agree to sign it electronically."),
        error_messages={"required": _("Tick that you agree, or decline below.")},
    )
    typed_name = forms.CharField(
        label=_("Type your name"), max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "form-control sp-signname sp-w100"}),
    )
    password = forms.CharField(
        label=_("Your password"), strip=False, max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("Asked again for every signature, even though you are signed in."),
    )
    code = forms.CharField(
        label=_("6-digit code from your app"), max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, *args, person, second_factor, sections, **kwargs):
        super().__init__(*args, **kwargs)
        self.sections = sections
        self.fields["typed_name"].help_text = _("As it stands in your account: %s") % person.name
        if not second_factor:
            del self.fields["code"]

    @property
    def reading(self):
        seen = self.cleaned_data["seen"].split()
        return Reading(self.sections, seen) if seen else None


class AmendForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why does it change?"),
        choices=[pair for pair in Version.Reason.choices if pair[0] != Version.Reason.FIRST],
    )
    reason_text = forms.CharField(
        label=_("What shall change, and why?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One or two sentences. They appear in the revision history of the document."),
    )


class HolderForm(forms.Form):
    user = PersonField(User.objects.none(), label=_("Held by"), required=False)
    roster = forms.ModelChoiceField(
        Roster.objects.none(), label=_("or by a duty roster"), required=False,
        help_text=_("Then whoever is on duty is told."),
    )

    def __init__(self, *args, organisation, at, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = members(organisation, at)
        known = Roster.objects.filter(organisation=organisation, ended_at=None)
        if known:
            self.fields["roster"].queryset = known
        else:
            del self.fields["roster"]


class AuthorityForm(forms.ModelForm):
    user = PersonField(User.objects.none(), label=_("Person"))
    since = forms.DateTimeField(label=_("Valid from"), widget=DayInput)
    until = forms.DateTimeField(label=_("Valid until"), required=False, widget=DayInput)

    class Meta:
        model = SigningAuthority
        fields = ["user", "what_for", "source", "since", "until"]
        labels = {"what_for": _("May sign"), "source": _("By which source")}
        help_texts = {"source": _("Register extract, power of attorney, board decision, with its date.")}

    def __init__(self, *args, organisation, at, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = members(organisation, at)
