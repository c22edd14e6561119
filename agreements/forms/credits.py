"""Part 3: what a missed target costs."""

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements.forms.boxes import FormBox, PartForm, RowsBox
from agreements.forms.fields import NumberField, TiersField
from agreements.terms import Crediting, CreditTerm, Tier


class CreditForm(PartForm):
    named, lines = "kpi", "credits"
    kpi = forms.ChoiceField(label=_("KPI"))
    fee = NumberField(label=_("Fee of a period"), least=0, help_text=_("In the agreement’s currency."))
    tiers = TiersField(
        label=_("Share of the fee"),
        rows=3,
        help_text=_(
            "A line for each tier: 99 to 99.5: 5 %. From the first number to below the second. 10 x is ten times the "
            "fee for the downtime, 500 fixed a sum."
        ),
    )
    cap_percent = NumberField(label=_("At most (% of the fee)"), least=0, most=100, initial="100")
    minimum = NumberField(
        label=_("Nothing below"), least=0, required=False, help_text=_("A smaller credit is not paid.")
    )
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
                "minimum": each.minimum if each.minimum != "0" else "",
                "tiers": [
                    (tier.from_value, tier.below, tier.percent if tier.kind == "percent" else tier.amount, tier.kind)
                    for tier in each.tiers
                ],
            }
            for each in terms.credits
        ]

    def write(self, terms, rows):
        terms.credits = [
            CreditTerm(
                row["kpi"],
                row["fee"],
                [_tier(*tier) for tier in row["tiers"]],
                row["cap_percent"],
                row["claim_days"],
                row["minimum"] or "0",
            )
            for row in rows
        ]


def _tier(low, high, worth, kind):
    return Tier(low, high, worth) if kind == "percent" else Tier(low, high, "0", kind, worth)


class CreditingForm(PartForm):
    rule = forms.ChoiceField(
        label=_("Several credits of a period"),
        choices=[("sum", _("add up")), ("largest", _("only the largest is paid"))],
    )
    most = NumberField(label=_("Together at most"), least=0, required=False, help_text=_("Empty: no limit."))


class CreditingBox(FormBox):
    key, title, form_class = "crediting", _("All credits together"), CreditingForm
    lines = ("crediting",)

    def load(self, terms):
        return {"rule": terms.crediting.rule, "most": terms.crediting.most}

    def write(self, terms, cleaned):
        terms.crediting = Crediting(cleaned["rule"], cleaned["most"])
