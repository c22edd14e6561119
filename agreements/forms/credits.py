"""Part 3: what a missed target costs."""

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements.forms.boxes import PartForm, RowsBox
from agreements.forms.fields import NumberField, TiersField
from agreements.terms import CreditTerm, Tier


class CreditForm(PartForm):
    named, lines = "kpi", "credits"
    kpi = forms.ChoiceField(label=_("KPI"))
    fee = NumberField(label=_("Fee of a period"), least=0, help_text=_("In the agreement’s currency."))
    tiers = TiersField(
        label=_("Share of the fee"),
        rows=3,
        help_text=_("A line for each tier: 99 to 99.5: 5 %. From the first number to below the second."),
    )
    cap_percent = NumberField(label=_("At most (% of the fee)"), least=0, most=100, initial="100")
    claim_days = forms.IntegerField(label=_("To be claimed within (days)"), min_value=0, max_value=1000, initial=30)

    def prepare(self):
        self.fields["kpi"].choices = [(kpi.key, f"{kpi.key} {kpi.name}") for kpi in self.terms.kpis]


class Credits(RowsBox):
    key, title, form_class = "credits", _("Service credits"), CreditForm
    adds = [("", _("Add a credit"))]
    empty = _("No credit: a missed target costs nothing.")

    def load(self, terms):
        return [
            {
                "kpi": each.kpi,
                "fee": each.fee,
                "cap_percent": each.cap_percent,
                "claim_days": each.claim_days,
                "tiers": [(tier.from_value, tier.below, tier.percent) for tier in each.tiers],
            }
            for each in terms.credits
        ]

    def write(self, terms, rows):
        terms.credits = [
            CreditTerm(
                row["kpi"],
                row["fee"],
                [Tier(*tier) for tier in row["tiers"]],
                row["cap_percent"],
                row["claim_days"],
            )
            for row in rows
        ]
