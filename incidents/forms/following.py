from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from agreements.rules import working_for
from incidents import desk, promises
from incidents.forms.breaches import ReasonForm
from incidents.forms.incidents import RemarkForm, lines
from incidents.models import BreachAction


class HandOnForm(forms.Form):
    to = forms.ModelChoiceField(label=_("Give it to"), queryset=None, empty_label=_("Choose a person"))
    note = forms.CharField(label=_("A word to them"), max_length=1000, required=False)

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people


class PromiseForm(forms.Form):
    kind = forms.ChoiceField(label=_("What for"), choices=[
        (BreachAction.Kind.CORRECTIVE, _("To mend this one")),
        (BreachAction.Kind.PREVENTIVE, _("So that it does not happen again")),
    ])
    text = forms.CharField(label=_("What will be done"), max_length=300)
    owner = forms.ModelChoiceField(label=_("By whom"), queryset=None, empty_label=_("Choose a person"))
    due_on = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people


class CheckForm(forms.Form):
    effective = forms.TypedChoiceField(
        label=_("Did it help?"), coerce=lambda value: value == "yes",
        choices=[("", _("Choose one")), ("yes", _("Yes, it has not come back")), ("no", _("No: take it up again"))],
    )
    note = forms.CharField(label=_("What you looked at"), max_length=2000, widget=lines(2))


class BreachForm(forms.Form):
    """A promise that no sweep can see to be missed."""

    title = forms.CharField(label=_("What was missed"), max_length=200)
    kpi = forms.ChoiceField(label=_("KPI"), required=False)
    text = forms.CharField(
        label=_("What shows it"), max_length=8000, required=False, widget=lines(4),
        help_text=_("Both sides read it. Words, a file, or both."),
    )
    evidence = forms.FileField(label=_("File"), required=False, help_text=_("Kept in the vault; at most 10 MB."))

    def __init__(self, *args, kpis, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kpi"].choices = [("", _("None of them")), *((kpi.key, f"{kpi.key} {kpi.name}") for kpi in kpis)]


def among(people):
    """People as the choices of a form."""
    return User.objects.filter(pk__in=[person.pk for person in people])


def following_forms(breach, grants, now):
    """The forms of what follows a breach, by the names that the page knows them by."""
    agreement = breach.agreement
    return {
        "hand_form": HandOnForm(people=among(desk.staff(agreement, now)), prefix="hand"),
        "promise_form": PromiseForm(people=among(promises.people(agreement, now)), prefix="promise"),
        "drop_form": ReasonForm(auto_id=False),
        "check_form": CheckForm(prefix="check"),
        "remark_form": RemarkForm(agreement=agreement, sides=working_for(grants, agreement), prefix="remark"),
    }
