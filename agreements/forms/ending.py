"""Forms around the end of an agreement: they check the shape, the acts check the truth."""

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from agreements.forms.signing import DayInput
from agreements.models import Agreement, Ending


class ProofForm(forms.Form):
    """The fresh proof that every signature asks for."""

    password = forms.CharField(
        label=_("Your password"), strip=False, max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("Asked again for every signature, even though you are signed in."),
    )
    code = forms.CharField(
        label=_("6-digit code from your app"), max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, *args, second_factor, **kwargs):
        super().__init__(*args, **kwargs)
        if not second_factor:
            del self.fields["code"]


class EndForm(ProofForm):
    """For which party, when and why an agreement ends; signed."""

    party = forms.ChoiceField(label=_("You act for"))
    last_day = forms.DateField(label=_("Last day"), widget=DayInput)
    reason = forms.CharField(
        label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It is printed in the document that the other party receives."),
    )
    field_order = ["party", "last_day", "reason", "password", "code"]

    def __init__(self, *args, kind, window, parties, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["party"].choices = [(party, organisation.name) for party, organisation in parties.items()]
        self.fields["last_day"].initial = window.earliest
        if window.only:
            self.fields["last_day"].help_text = _("It ends with a term; this is the next one that notice can stop.")
        else:
            earliest = date_format(window.earliest, "j F Y")
            self.fields["last_day"].help_text = _("%s at the earliest.") % earliest
        if kind == Ending.Kind.CAUSE:
            self.fields["reason"].label, self.fields["reason"].required = _("For which cause?"), True


class TakeBackForm(forms.Form):
    reason = forms.CharField(
        label=_("Why?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The other party reads this."),
    )


class RefuseForm(TakeBackForm):
    pass


class RenewForm(forms.Form):
    ends_on = forms.DateField(label=_("New last day"), widget=DayInput)


class SuccessorForm(forms.Form):
    successor = forms.ModelChoiceField(Agreement.objects.none(), label=_("Agreement in preparation"))

    def __init__(self, *args, agreement, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["successor"].queryset = Agreement.objects.filter(
            provider=agreement.provider_id, client=agreement.client_id, state=Agreement.State.PREPARING,
            predecessor=None,
        ).order_by("reference")
