"""Forms of templates. The pages of their text are those of the editor, without parties and services."""

from dataclasses import replace

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from agreements.forms import parties
from agreements.forms.fields import LongTextField, TextField
from agreements.forms.parts import PARTS, Part


class TermForm(parties.TermForm):
    """Which day it begins and ends is said in each agreement."""

    effective_from = ends_on = None


class TermBox(parties.TermBox):
    form_class = TermForm

    def write(self, terms, cleaned):
        terms.term = replace(terms.term, **{name: cleaned[name] for name in LASTING})
        terms.review = replace(terms.review, interval_months=cleaned["interval_months"], text=cleaned["text"])


LASTING = ("renewal", "renewal_months", "notice_days")
TERM = Part(
    "term",
    _("Term and signatures"),
    _("How long it runs, how often it is reviewed, and who signs in which capacity."),
    _("Name capacities, not people: who signs is said in each agreement."),
    [TermBox, parties.Signatories],
)
TEMPLATE_PARTS = {"term": TERM} | {name: PARTS[name] for name in ("kpis", "hours", "escalation", "clauses")}


class TemplateForm(forms.Form):
    """Under which name, and whose, the next version is."""

    name = TextField(label=_("Name"), max_length=120)
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("Of"), empty_label=None, help_text=_("Only this organisation sees it.")
    )

    def __init__(self, *args, organisations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations


class PublishForm(forms.Form):
    description = LongTextField(
        label=_("What is new"), max_length=1000, help_text=_("Its line in the revision history; it stays.")
    )
