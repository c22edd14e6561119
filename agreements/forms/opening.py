"""The buttons of a calendar: usual hours at one press, and public holidays to accept as closed dates."""

from django import forms
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from agreements import publicholidays
from agreements.forms.boxes import PartForm
from agreements.tables import DAYS, day

# What a button fills in, and its words.
PRESETS = {
    "always": (_("24×7"), dict.fromkeys(DAYS, "00:00-24:00")),
    "business": (_("Business hours"), dict.fromkeys(DAYS[:5], "09:00-17:00") | dict.fromkeys(DAYS[5:], "")),
}
PROPOSING = ("country", "region", "years", "accepted")


def pressed(data):
    """What was sent, with the days that a preset button fills in ("preset" is "calendars-0:always")."""
    prefix, _colon, name = data.get("preset", "").partition(":")
    if name not in PRESETS:
        return data
    data = data.copy()
    for weekday, hours in PRESETS[name][1].items():
        data[f"{prefix}-{weekday}"] = hours
    return data


def regions(country):
    """The choices of a country's parts; the whole country comes first."""
    return [("", _("the whole country")), *publicholidays.parts(country).items()]


class ProposingForm(PartForm):
    """A calendar that proposes the public holidays of a place; every one is accepted until it is unticked."""

    country = forms.ChoiceField(label=_("Public holidays of"), required=False)
    region = forms.ChoiceField(label=_("Part of the country"), required=False)
    years = forms.ChoiceField(label=_("Years"), required=False)
    accepted = forms.MultipleChoiceField(label=_("Also closed on"), required=False, widget=forms.CheckboxSelectMultiple)

    def prepare(self):
        if self.around.friday is None:
            for name in PROPOSING:
                del self.fields[name]
            return
        year = self.around.friday.year
        both = _("%(one)d and %(next)d") % {"one": year, "next": year + 1}
        years = [(f"{year + 1}", year + 1), (f"{year}", year), (f"{year} {year + 1}", both)]
        self.fields["years"].choices = years
        self.fields["country"].choices = [("", _("choose a country")), *publicholidays.countries().items()]
        asks = {"hx-get": reverse("agreements:parts_of_country"), "hx-target": f"#{self['region'].auto_id}"}
        self.fields["country"].widget.attrs |= asks | {"hx-trigger": "change", "hx-swap": "innerHTML"}
        self.fields["region"].choices = regions(self["country"].value() or "")
        self.fields["accepted"].choices = [
            (each.day.isoformat(), f"{day(each.day.isoformat())}, {each.name}") for each in self.proposals
        ]
        if self.asks:
            self.data = self.data.copy()
            self.data.setlist(self.add_prefix("accepted"), [value for value, _words in self.fields["accepted"].choices])

    @property
    def asks(self):
        """Whether the button of this calendar was pressed."""
        return self.is_bound and self.data.get("propose") == self.prefix

    @cached_property
    def proposals(self):
        """The public holidays of the place that was asked for; none while it cannot be read."""
        country, years = self["country"].value(), self["years"].value()
        if not (self.is_bound and country and years in dict(self.fields["years"].choices)):
            return []
        region = self["region"].value() or ""
        place = "-".join(filter(None, [country, region if region in publicholidays.parts(country) else ""]))
        try:
            return publicholidays.proposed(place, [int(year) for year in years.split()])
        except ValueError:
            return []

    @property
    def presets(self):
        return [(f"{self.prefix}:{name}", words) for name, (words, _hours) in PRESETS.items()]
