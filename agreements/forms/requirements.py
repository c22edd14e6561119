"""Part 2: what the stakeholders need; which of it this agreement answers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements import printing, starting
from agreements.forms.boxes import FormBox, PartForm


class RequirementsForm(PartForm):
    numbers = forms.MultipleChoiceField(
        label=_("Requirements in this agreement"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def prepare(self):
        accepted = {each.number: each.text for each in self.around.requirements if each.state == "accepted"}
        held = {each.number: each.text for each in self.terms.requirements}
        self.fields["numbers"].choices = [(number, f"{number} {text}") for number, text in (held | accepted).items()]


class Requirements(FormBox):
    key, title, form_class = "requirements", _("Requirements"), RequirementsForm
    template = "agreements/edit/_requirements.html"

    def load(self, terms):
        return {"numbers": [each.number for each in terms.requirements]}

    def write(self, terms, cleaned):
        fresh = {each.number: each for each in self.form.around.requirements if each.state == "accepted"}
        held = {each.number: each for each in terms.requirements}
        terms.requirements = [held.get(number) or starting.requirement(fresh[number]) for number in cleaned["numbers"]]

    @property
    def rows(self):
        """Every requirement of these services, with what answers it, in the order of their numbers."""
        answered = {row["requirement"].number: row["answered"] for row in printing.requirements(self.form.terms)}
        held = {each.number for each in self.form.terms.requirements}
        return [
            {"row": each, "held": each.number in held, "answered": answered.get(each.number, [])}
            for each in self.form.around.requirements
        ]
