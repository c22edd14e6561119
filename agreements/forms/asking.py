"""Forms of requirements: ask somebody, answer, decide."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Organisation
from agreements.actions import Need
from agreements.forms.fields import LongTextField, TextField
from agreements.models import Requirement

BLANK = 2


class MemberField(forms.ModelChoiceField):
    def label_from_instance(self, membership):
        return f"{membership.user.name}, {membership.organisation.name}"


class UntilForm(forms.Form):
    due_on = forms.DateField(
        label=_("Answer wanted by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("They are reminded two days before; you are told when nothing came."),
    )
    message = LongTextField(
        label=_("A word to them"), required=False, max_length=2000, help_text=_("What it is about, in plain words.")
    )


class AskForm(UntilForm):
    person = MemberField(
        Membership.objects.none(),
        label=_("Who is asked"),
        help_text=_("They are told in their inbox and by e-mail, and answer in their own words."),
    )
    field_order = ["person"]

    def __init__(self, *args, clients, at, **kwargs):
        super().__init__(*args, **kwargs)
        current = Membership.objects.current(at).filter(organisation__in=clients, user__is_active=True)
        self.fields["person"].queryset = current.select_related("user", "organisation").order_by(
            "organisation__name", "user__name", "pk"
        )


class AskByLinkForm(UntilForm):
    client = forms.ModelChoiceField(Organisation.objects.none(), label=_("Of which client"))
    name = TextField(label=_("Name"), max_length=120)
    email = forms.EmailField(
        label=_("E-mail"), help_text=_("They get a link, and need no account. The link is only for them.")
    )
    field_order = ["client", "name", "email"]

    def __init__(self, *args, clients, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["client"].queryset = clients


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
    otherwise = LongTextField(label=_("What happens if it is not so?"), required=False, max_length=2000, rows=2)

    @staticmethod
    def said(requirement):
        return {name: getattr(requirement, name) for name in StateForm.base_fields}


class NeedForm(StateForm):
    """One need on the page of a link: of a requirement that is there, or a new one that may stay empty."""

    def __init__(self, data, *, requirement=None, **kwargs):
        self.requirement = requirement
        answered = requirement is not None and requirement.state == Requirement.State.STATED
        initial = self.said(requirement) if requirement else {}
        super().__init__(
            data, initial=initial, empty_permitted=not answered, use_required_attribute=False, **kwargs
        )

    def has_changed(self):
        """A weight alone is no need."""
        words = set(self.changed_data) - {"priority"}
        return bool(words or (self.changed_data and not self.empty_permitted))

    @property
    def need(self):
        return Need(**self.cleaned_data, number=self.requirement.number if self.requirement else "")


class NeedForms:
    """The needs on one page; no script and no counting fields: a page always has some empty places."""

    def __init__(self, data, open_requirements):
        self.forms = [NeedForm(data, requirement=each, prefix=each.number) for each in open_requirements]
        blank = BLANK if any(each.text for each in open_requirements) else BLANK - 1
        self.forms += [NeedForm(data, prefix=f"new{number}") for number in range(blank if self.forms else BLANK)]

    def is_valid(self):
        answers = [form.is_valid() for form in self.forms]
        return all(answers)

    @property
    def needs(self):
        """What was written: everything stated before, and each new place that was not left empty."""
        return [form.need for form in self.forms if form.has_changed() or not form.empty_permitted]


class ReasonForm(forms.Form):
    reason = LongTextField(label=_("Why?"), max_length=2000)
