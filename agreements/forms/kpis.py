"""Part 3: KPIs, each with what its kind needs."""

import re
from dataclasses import replace

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements import params, sentences, tables
from agreements.forms import measuring
from agreements.forms.boxes import Around, PartForm, RowsBox
from agreements.forms.fields import DurationField, NumberField, PrioritiesField, TextField, WeightsField
from agreements.lines import kind_word
from agreements.params import KINDS
from agreements.terms import Kpi

OPS = [(">=", _("at least")), ("<=", _("at most"))]
PERIODS = [
    ("month", _("month")),
    ("quarter", _("quarter")),
    ("half_year", _("half-year")),
    ("year", _("year")),
    ("fiscal_quarter", _("fiscal quarter")),
    ("fiscal_year", _("fiscal year")),
    ("contract_year", _("contract year")),
    ("trailing", _("month, over the days before its end")),
]
MISSING = [
    ("gap", _("is left out and shown as missing")),
    ("good", _("counts as met")),
    ("bad", _("counts as missed")),
    ("carry", _("is as it was last known, for a time")),
]
# What only some kinds have; each kind shows its own. The units are those that the formulas can count in.
ONLY = {
    "uptime": {"missing", "carry", "minimum_run", "whole_minutes", "combine", "sources"},
    "slice_uptime": {"missing", "carry", "slice", "error_percent", "minimum_slices", "minimum_requests"},
    "ratio": {"missing", "carry", "ratio_method", "slice"},
    "deadline": {"cohort", "priorities", "until"},
    "count": {"missing", "of", "cohort", "priorities", "minimum_run", "sources"},
    "value": {
        "missing", "carry", "cohort", "priorities", "aggregate", "percentile", "measure", "every", "minimum_run",
        "sources",
    },
    "score": {"minimum_answers"},
    "composite": {"missing", "method", "components", "late_days"},
}
UNIT_OF = {"value": "h", "score": "points", "count": "cases"}


class FixedChoice(forms.ChoiceField):
    """A choice that is carried along: an empty new row does not count as filled in because of it."""

    def has_changed(self, initial, data):
        return False


class KpiForm(PartForm):
    named, lines, speaks = "key", "kpis", True
    key = forms.CharField(required=False, widget=forms.HiddenInput, max_length=20)
    kind = FixedChoice(choices=KINDS, widget=forms.HiddenInput)
    name = TextField(label=_("Name"), max_length=120)
    service = forms.ChoiceField(label=_("Service"))
    period = forms.ChoiceField(label=_("Each"), choices=PERIODS, initial="month")
    op = forms.ChoiceField(label=_("Comparison"), choices=OPS, initial=">=")
    target = NumberField(label=_("Target"))
    unit = TextField(label=_("Unit"), max_length=12, widget=forms.TextInput(attrs={"size": 5}))
    trailing_days = forms.IntegerField(
        label=_("Days before its end"), required=False, min_value=1, max_value=3660,
        help_text=_("Only of such a period."),
    )
    warn = NumberField(label=_("Warn at"), required=False, help_text=_("Shown as “At risk”."))
    aggregate = forms.ChoiceField(label=_("Figure"), choices=measuring.AGGREGATES, initial="percentile")
    percentile = NumberField(label=_("Percentile"), required=False, least=0, most=100, initial="95")
    measure = forms.ChoiceField(label=_("Of"), choices=measuring.MEASURES, required=False)
    of = forms.ChoiceField(label=_("What is counted"), choices=measuring.COUNTED, required=False)
    cohort = forms.ChoiceField(label=_("Which cases"), choices=measuring.COHORTS, initial="closed_in")
    until = forms.ChoiceField(
        label=_("A case ends when it is"),
        required=False,
        initial="opened_to_closed",
        choices=[
            ("opened_to_closed", _("closed")),
            ("opened_to_resolved", _("resolved")),
            ("opened_to_responded", _("answered (response times hold)")),
        ],
    )
    slice = forms.TypedChoiceField(label=_("Judged in slices of"), choices=measuring.SLICES, coerce=int, initial=300)
    error_percent = NumberField(label=_("Down above (% errors)"), least=0, most=100, initial="5")
    minimum_slices = forms.IntegerField(
        label=_("Shortest run that counts (slices)"), min_value=1, max_value=1440, initial=1
    )
    minimum_requests = forms.IntegerField(
        label=_("Fewest requests of a slice"), min_value=0, initial=0, help_text=_("Below, a slice is up.")
    )
    ratio_method = forms.ChoiceField(label=_("Worked out as"), choices=measuring.RATIO_METHODS, initial="sum")
    minimum_run = DurationField(label=_("Shortest downtime that counts"), required=False, help_text=_("Empty: any."))
    whole_minutes = forms.BooleanField(label=_("Only whole minutes of downtime count"), required=False)
    combine = forms.ChoiceField(label=_("Several sources"), choices=measuring.COMBINED, initial="any")
    sources = WeightsField(
        label=_("Sources and weights"), required=False, rows=2, help_text=_("A line each: eu-1: 2. Empty: all.")
    )
    method = forms.ChoiceField(label=_("Put together as"), choices=measuring.COMPOSITES, initial="weighted_mean")
    components = WeightsField(label=_("KPIs and weights"), rows=3, help_text=_("A line each: K1: 2."))
    late_days = forms.IntegerField(
        label=_("Waits for a late part (days)"), min_value=0, max_value=90, initial=5
    )
    every = DurationField(
        label=_("A value is expected each"), required=False, help_text=_("Such as 1 min. Empty: whenever it comes.")
    )
    priorities = PrioritiesField(label=_("Priorities"), help_text=_("Such as 1, 2. Empty: all."))
    minimum_answers = forms.IntegerField(label=_("Answers needed"), min_value=1, max_value=10_000, initial=1)
    calendar = forms.ChoiceField(label=_("Hours that count"), required=False)
    source = TextField(label=_("Where the data come from"), max_length=160)
    indicator = forms.SlugField(
        label=_("Name of the data"),
        max_length=60,
        help_text=_("KPIs with the same name are fed by the same deliveries."),
    )
    data_due_days = forms.IntegerField(label=_("Data due (days after)"), min_value=0, max_value=90, initial=2)
    missing = forms.ChoiceField(label=_("What was not measured"), choices=MISSING, initial="gap")
    carry = DurationField(
        label=_("The last known holds on for"), required=False,
        help_text=_("Such as 15 min. Only where what was not measured is as it was last known."),
    )
    coverage = NumberField(label=_("Least measured share"), least=0, most=1, initial="0.9")
    decimals = forms.IntegerField(label=_("Decimals shown"), min_value=0, max_value=6, initial=2)
    critical = forms.BooleanField(label=_("Critical: a miss alone makes the report red"), required=False)
    requirements = forms.MultipleChoiceField(label=_("Answers"), required=False, widget=forms.CheckboxSelectMultiple)
    exclusions = forms.MultipleChoiceField(
        label=_("What does not count"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def prepare(self):
        shown = self.kind_shown
        for name in set().union(*ONLY.values()) - ONLY[shown]:
            del self.fields[name]
        self.fields["kind"].initial = shown
        self.fields["unit"].initial = UNIT_OF.get(shown, "%")
        if shown not in UNIT_OF:
            self.fields["unit"].widget.attrs["readonly"] = True
        self._suit(shown)
        terms = self.terms
        self.fields["service"].choices = [(each.key, each.name) for each in terms.services]
        calendars = [(each.key, each.name) for each in terms.calendars]
        self.fields["calendar"].choices = [("", _("every hour")), *calendars]
        self.fields["requirements"].choices = [
            (each.number, f"{each.number} {each.text}") for each in terms.requirements
        ]
        self.fields["exclusions"].choices = [(each.key, each.name) for each in terms.exclusions]
        for name in ("requirements", "exclusions"):
            if not self.fields[name].choices:
                del self.fields[name]

    def _suit(self, shown):
        """What is usual for a kind, and what makes no sense for it."""
        fields = self.fields
        if "missing" in fields:
            fields["missing"].choices = [each for each in MISSING if each[0] in params.MISSING[shown]]
        if shown == "count":
            fields["op"].initial = "<="
            fields["cohort"].initial = "opened_in"
            fields["cohort"].choices = [each for each in measuring.COHORTS if each[0] != "due_in"]
        if shown in ("count", "value"):
            fields["minimum_run"].help_text = fields["sources"].help_text = _("Only of outages.")
        if shown == "composite":
            fields["source"].initial, fields["indicator"].initial = _("Results of these KPIs"), "index"
            fields["data_due_days"].initial = 0

    @property
    def kind_shown(self):
        """The kind of this row: as sent, as it stands in the terms, or as asked for."""
        sent = self.data.get(self.add_prefix("kind"), "") if self.is_bound else ""
        wanted = sent or self.initial.get("kind") or self.fresh
        return wanted if wanted in ONLY else "uptime"

    @property
    def kind_word(self):
        return kind_word(self.kind_shown)

    @property
    def known(self):
        """The KPI as it stands in the terms; None in a new row."""
        key = self["key"].value()
        return next((kpi for kpi in self.terms.kpis if kpi.key == key), None)

    @property
    def level(self):
        return tables.level(self.known) if self.known else ""

    @property
    def says(self):
        """What the target means, as it is typed as far as it can be read."""
        typed = self.is_bound and self.is_valid()
        kpi = written(self.cleaned_data, self.known) if typed and self.has_changed() else self.known
        return sentences.sentence(self.terms, kpi) if kpi else ""

    @property
    def credit(self):
        found = next((each for each in self.terms.credits if self.known and each.kpi == self.known.key), None)
        return " / ".join(f"{tier.percent} %" for tier in found.tiers) if found else ""

    @property
    def own(self):
        """The fields that only this kind has, in the order of the form."""
        own = ONLY[self.kind_shown] - {"missing", "carry"}
        return [self[name] for name in self.fields if name in own]


class Kpis(RowsBox):
    key, title, form_class = "kpis", _("KPIs"), KpiForm
    template = "agreements/edit/_kpis.html"
    adds = KINDS
    identity, series = "key", "K"

    def load(self, terms):
        return [loaded(kpi) for kpi in terms.kpis]

    def write(self, terms, rows):
        known = {kpi.key: kpi for kpi in terms.kpis}
        terms.kpis = [written(row, known.get(row["key"])) for row in rows]


def loaded(kpi):
    return {
        **{name: getattr(kpi, name) for name in KpiForm.base_fields if hasattr(kpi, name)},
        "warn": kpi.warn or "",
        "trailing_days": kpi.trailing_days or None,
        **measuring.loaded(kpi),
    }


def written(row, known):
    """The KPI of a row; what the form does not show stays as it was."""
    base = known or Kpi("", "", "", row["kind"], "", ">=", "", "")
    plain = {
        name: row[name] for name in row if name in KpiForm.base_fields and hasattr(base, name) and name != "params"
    }
    plain["warn"] = row["warn"] or None
    plain["trailing_days"] = (row.get("trailing_days") or 0) if row["period"] == "trailing" else 0
    return replace(base, **plain, params=measuring.written(row))


# What a verdict hangs on; a name or a source that is not written yet keeps no target from being tried.
JUDGES = {"target", "op", "unit", "period", "trailing_days", "calendar", "indicator", "coverage"}.union(*ONLY.values())
ROW = re.compile(r"(kpis-[0-9]{1,3})-target", re.ASCII)


def typed(terms, data):
    """The KPI of the one row in `data`, as the editor sends it while it is typed; None while it can't be read."""
    prefix = next((found[1] for name in data if (found := ROW.fullmatch(name))), None)
    if prefix is None:
        return None
    form = KpiForm(data, prefix=prefix, terms=terms, around=Around())
    if JUDGES & form.errors.keys():
        return None
    known = next((kpi for kpi in terms.kpis if kpi.key == form.cleaned_data.get("key")), None)
    return written({"warn": "", **form.cleaned_data, "key": known.key if known else "K1"}, known)
