"""Forms of requirements: ask somebody, answer, decide."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from agreements.forms.fields import LongTextField
from agreements.models import Requirement


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
