"""Part 1: who agrees with whom, about which services, from when to when, and who signs."""

from dataclasses import replace

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from accounts.forms import zones
from agreements import starting
from agreements.forms.boxes import FormBox, PartForm, RowsBox
from agreements.forms.fields import LinesField, LongTextField, TextField
from agreements.terms import Representative, Signatory

SIDES = [("provider", _("Provider")), ("client", _("Client"))]
RENEWALS = [
    ("none", _("It ends, or runs without a fixed end")),
    ("automatic", _("It renews by itself")),
    ("by_agreement", _("It renews if both agree")),
]


class DayField(forms.DateField):
    def __init__(self, **kwargs):
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class HeadingForm(PartForm):
    title = TextField(label=_("Title"), max_length=160)
    services = forms.MultipleChoiceField(
        label=_("Services"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("From the service catalogue. The agreement keeps their descriptions of today."),
    )
    timezone = forms.ChoiceField(
        label=_("Time zone that counts"),
        choices=zones,
        help_text=_("Months, days and service hours are cut in this zone, also in reports."),
    )
    currency = forms.RegexField(
        r"^[A-Z]{3}$",
        label=_("Currency"),
        help_text=_("Three letters, such as EUR."),
        widget=forms.TextInput(attrs={"size": 4}),
    )

    def prepare(self):
        self.fields["services"].choices = [(each.key, each.name) for each in self.around.services]


class Heading(FormBox):
    key, title, form_class = "heading", _("Agreement"), HeadingForm
    lines = ("agreement", "services")

    def load(self, terms):
        heading = terms.agreement
        return {
            "title": heading.title,
            "timezone": heading.timezone,
            "currency": heading.currency,
            "services": [service.key for service in terms.services],
        }

    def write(self, terms, cleaned):
        terms.agreement = replace(
            terms.agreement, title=cleaned["title"], timezone=cleaned["timezone"], currency=cleaned["currency"]
        )
        known = {service.key: service for service in terms.services}
        rows = {row.key: row for row in self.form.around.services}
        # A service that is in the agreement already keeps the description it was agreed with.
        terms.services = [known.get(key) or starting.service(rows[key]) for key in cleaned["services"]]


class SideForm(PartForm):
    organisation = TextField(label=_("Organisation"), max_length=160)
    address = LongTextField(label=_("Address"), required=False, rows=2, max_length=500)
    representatives = LinesField(
        label=_("Represented by"),
        required=False,
        rows=2,
        help_text=_("A line for each: name, title."),
    )


class Side(FormBox):
    form_class = SideForm

    def load(self, terms):
        party = getattr(terms.parties, self.key)
        people = [", ".join(filter(None, (who.name, who.title))) for who in party.representatives]
        return {"organisation": party.organisation, "address": party.address, "representatives": people}

    def write(self, terms, cleaned):
        party = getattr(terms.parties, self.key)
        party.organisation, party.address = cleaned["organisation"], cleaned["address"]
        pairs = (line.partition(",") for line in cleaned["representatives"])
        party.representatives = [Representative(name.strip(), title.strip()) for name, _comma, title in pairs]


class Provider(Side):
    key, title = "provider", _("Provider")
    lines = ("parties:provider",)


class Client(Side):
    key, title = "client", _("Client")
    lines = ("parties:client",)


class TermForm(PartForm):
    effective_from = DayField(label=_("Takes effect"))
    ends_on = DayField(label=_("Last day"), required=False, help_text=_("Empty: no fixed end."))
    renewal = forms.ChoiceField(label=_("At the end"), choices=RENEWALS)
    renewal_months = forms.IntegerField(label=_("Renews by (months)"), min_value=1, max_value=120)
    notice_days = forms.IntegerField(label=_("Notice (days)"), min_value=0, max_value=1000)
    fiscal_month = forms.TypedChoiceField(
        label=_("Fiscal years begin in"), choices=[(number, MONTHS[number]) for number in range(1, 13)], coerce=int,
        initial=1,
    )
    contract_year = DayField(
        label=_("Contract years count from"), required=False, help_text=_("Needed where a KPI is judged by them.")
    )
    interval_months = forms.IntegerField(
        label=_("Review at least every (months)"),
        min_value=1,
        max_value=12,
        help_text=_("At most 12, by the procedure."),
    )
    text = LongTextField(label=_("What a review looks at"), required=False, rows=2)


class TermBox(FormBox):
    key, title, form_class = "term", _("How long it runs, and its review"), TermForm
    lines = ("term", "review")

    def load(self, terms):
        term = terms.term
        return {
            "effective_from": term.effective_from or None,
            "ends_on": term.ends_on,
            "renewal": term.renewal,
            "renewal_months": term.renewal_months,
            "notice_days": term.notice_days,
            "fiscal_month": term.fiscal_month,
            "contract_year": term.contract_year or None,
            "interval_months": terms.review.interval_months,
            "text": terms.review.text,
        }

    def write(self, terms, cleaned):
        ends_on, contract_year = cleaned["ends_on"], cleaned["contract_year"]
        terms.term = replace(
            terms.term,
            effective_from=cleaned["effective_from"].isoformat(),
            ends_on=ends_on.isoformat() if ends_on else None,
            renewal=cleaned["renewal"],
            renewal_months=cleaned["renewal_months"],
            notice_days=cleaned["notice_days"],
            fiscal_month=cleaned["fiscal_month"],
            contract_year=contract_year.isoformat() if contract_year else "",
        )
        terms.review = replace(terms.review, interval_months=cleaned["interval_months"], text=cleaned["text"])


class SignatoryForm(PartForm):
    named, lines = "slot", "signatories"
    slot = forms.CharField(required=False, widget=forms.HiddenInput, max_length=40)
    capacity = TextField(label=_("Signs as"), max_length=120)
    party = forms.ChoiceField(label=_("For"), choices=SIDES)
    step = forms.IntegerField(label=_("Step"), min_value=1, max_value=20, initial=1)


class Signatories(RowsBox):
    key, title, form_class = "signatories", _("Who signs"), SignatoryForm
    text = _("Capacities, not names: who signs is chosen when it is sent. People of the same step sign in any order.")
    adds = [("", _("Add a signature"))]
    identity = "slot"

    def load(self, terms):
        return [
            {"slot": each.slot, "party": each.party, "step": each.step, "capacity": each.capacity}
            for each in terms.signatories
        ]

    def write(self, terms, rows):
        terms.signatories = [Signatory(row["slot"], row["party"], row["step"], row["capacity"]) for row in rows]

    def series_of(self, row):
        return f"{row['party']}-"
