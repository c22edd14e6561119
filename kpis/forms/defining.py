"""Forms of the library of KPI definitions. What is proposed of a KPI is asked for by the form of the editor."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from agreements.forms.boxes import Around
from agreements.forms.fields import LongTextField, RecordsField, TextField
from agreements.forms.kpis import ONLY, KpiForm, loaded, written
from agreements.params import KINDS
from kpis import definitions
from kpis.models import Definition

FIRST = ("period", "trailing_days", "op", "target", "unit", "warn")
REST = ("source", "indicator", "data_due_days", "coverage", "decimals", "missing", "carry")


class BeginForm(forms.Form):
    """Under which name, whose, and of which kind a definition is begun."""

    name = TextField(label=_("Name"), max_length=120)
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("Of"), empty_label=None, help_text=_("Only this organisation sees it.")
    )
    kind = forms.ChoiceField(label=_("How it is measured"), choices=KINDS)

    def __init__(self, *args, organisations, source=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations
        if source is not None:
            del self.fields["kind"]


class TextForm(forms.Form):
    topic = forms.ChoiceField(label=_("Topic"), choices=definitions.TOPICS)
    purpose = LongTextField(label=_("Why and when it is used"), max_length=2000)
    words = LongTextField(label=_("How it is worked out, in words"), max_length=2000)
    caution = LongTextField(label=_("What it does not show"), max_length=2000, required=False)
    origin = TextField(
        label=_("Where the definition comes from"), max_length=200, required=False, help_text=_("A standard, a book.")
    )


class ProposalForm(KpiForm):
    """What is proposed of a KPI: everything but what only an agreement knows."""

    speaks = False

    def __init__(self, *args, kpi, **kwargs):
        self.kpi = kpi
        terms = definitions.sample(kpi)
        super().__init__(*args, terms=terms, around=Around(), initial=loaded(kpi), **kwargs)

    def prepare(self):
        super().prepare()
        for name in ("key", "name", "service", "calendar", "exclusions", "requirements"):
            self.fields.pop(name, None)

    @property
    def kind_shown(self):
        """Never as sent: the kind of a definition is settled when it is begun."""
        return self.kpi.kind

    def clean_kind(self):
        return self.kpi.kind

    @property
    def first(self):
        return [self[name] for name in FIRST]

    @property
    def own(self):
        return [self[name] for name in self.fields if name in ONLY[self.kpi.kind] and name not in REST]

    @property
    def rest(self):
        return [self[name] for name in REST if name in self.fields]

    @property
    def result(self):
        """The KPI as it was typed; call it on a valid form."""
        return written(self.cleaned_data, self.kpi)


class RetireForm(forms.Form):
    reason = TextField(label=_("Why"), max_length=200, help_text=_("It stands in the revision history."))


class AddForm(forms.Form):
    """Which definitions become KPIs of a draft, of which of its services, within which of its hours."""

    definitions = RecordsField(
        Definition.objects.none(), label=_("Definitions"), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )  # fmt: skip
    service = forms.ChoiceField(label=_("Of the service"))
    calendar = forms.ChoiceField(
        label=_("Hours that count"), required=False, help_text=_("Of availabilities; everything else counts always.")
    )

    def __init__(self, *args, offered, terms, **kwargs):
        super().__init__(*args, **kwargs)
        self.offered = offered
        self.fields["definitions"].queryset = offered
        self.fields["service"].choices = [(each.key, each.name) for each in terms.services]
        self.fields["calendar"].initial = next((each.key for each in terms.calendars), "")
        self.fields["calendar"].choices = [
            *((each.key, each.name) for each in terms.calendars), ("", _("every hour")),
        ]  # fmt: skip
