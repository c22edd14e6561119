"""Part 6: the wording."""

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements import clauses, origin
from agreements.forms.boxes import FormBox, PartForm, RowsBox
from agreements.forms.fields import LinesField, LongTextField, TextField
from agreements.terms import Clause


class ClauseForm(PartForm):
    id = forms.CharField(required=False, widget=forms.HiddenInput, max_length=60)
    title = TextField(label=_("Title"), max_length=120)
    body = LongTextField(label=_("Text"), rows=7)

    def clean_body(self):
        body = self.cleaned_data["body"]
        unknown = clauses.unknown(body)
        if unknown:
            raise forms.ValidationError(
                _("“%(name)s” is no value of this agreement."), params={"name": unknown[0][:60]}
            )
        return body

    @property
    def shown(self):
        """The clause as it reads today; None in a new row."""
        known = next((each for each in self.terms.clauses if each.id == self["id"].value()), None)
        return clauses.html(known, self.terms) if known else None

    @property
    def origin(self):
        """How it stands to the template; None in a new row, or where no template is known."""
        known = next((each for each in self.terms.clauses if each.id == self["id"].value()), None)
        if known is None or self.around.template is None:
            return None
        return origin.origin(known, self.terms, self.around.template, self.around.newest)


class Clauses(RowsBox):
    key, title, form_class = "clauses", _("Clauses"), ClauseForm
    text = _("Markdown. A value in braces, such as {{ agreement.title }}, is filled in from the other parts.")
    template = "agreements/edit/_clauses.html"
    adds = [("", _("Add a clause"))]
    identity, series = "id", "own-"

    def load(self, terms):
        return [{"id": each.id, "title": each.title, "body": each.body} for each in terms.clauses]

    def write(self, terms, rows):
        terms.clauses = [Clause(row["id"], row["title"], row["body"]) for row in rows]


class DutiesForm(PartForm):
    duties = LinesField(label=_("What the client does"), required=False, rows=5, help_text=_("A duty a line."))


class Duties(FormBox):
    key, title, form_class = "duties", _("Duties of the client"), DutiesForm

    def load(self, terms):
        return {"duties": terms.duties}

    def write(self, terms, cleaned):
        terms.duties = cleaned["duties"]
