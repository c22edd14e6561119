"""Forms around the editor: start an agreement, send it to review, give it up."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, Role
from agreements import people
from agreements.forms.fields import LongTextField, RecordsField, TextField
from agreements.keeping import KEEPERS, kept_by
from agreements.models import Agreement, Party, Service, Template

WORKING = (Role.MANAGER, Role.PROVIDER, Role.CLIENT, Role.ESCALATION)


class ServicesField(RecordsField):
    def label_from_instance(self, service):
        return f"{service.name} ({service.organisation.name})" if self.several else service.name


class TemplateField(forms.ModelChoiceField):
    def label_from_instance(self, template):
        return f"{template.get_kind_display()}: {template}"


class NewForm(forms.Form):
    title = TextField(label=_("Title"), max_length=160)
    keeper = forms.ModelChoiceField(Organisation.objects.none(), label=_("Your organisation"), empty_label=None)
    partner = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("The other party"),
        help_text=_("The client of an SLA or OLA; the supplier of a contract with a supplier (UC)."),
    )
    services = ServicesField(
        Service.objects.none(),
        label=_("Services"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("From the service catalogue; those marked “needs an SLA” come first."),
    )
    template = TemplateField(
        Template.objects.none(),
        label=_("Kind and template"),
        empty_label=None,
        help_text=_("Clauses and figures to start from. Accepted requirements of the client are taken in."),
    )

    predecessor = forms.ModelChoiceField(
        Agreement.objects.none(),
        label=_("Replaces"),
        required=False,
        empty_label=_("no other agreement"),
        help_text=_("It stays in force until this one is signed by all and begins."),
    )

    # Where the form shows what the act refuses.
    places = {"client": "partner", "successor": "predecessor"}

    def __init__(self, *args, keepers, partners, **kwargs):
        super().__init__(*args, **kwargs)
        replaced = Agreement.objects.filter(kept_by(keepers), state=Agreement.State.ACTIVE)
        self.fields["predecessor"].queryset = replaced.order_by("reference")
        self.fields["keeper"].queryset = keepers
        self.fields["partner"].queryset = partners
        services = Service.objects.filter(organisation__in=keepers, retired_at=None).select_related("organisation")
        self.fields["services"].queryset = services.order_by("-needs_sla", "name")
        self.fields["services"].several = len(keepers) > 1
        templates = Template.objects.of(keepers).usable()
        self.fields["template"].queryset = templates
        # Most agreements are SLAs; an organisation's own template goes before the portal's.
        slas = templates.filter(kind=Agreement.Kind.SLA).order_by(F("organisation").asc(nulls_last=True), "name")
        self.fields["template"].initial = slas.first()

    @property
    def start(self):
        """What the act takes: who provides and who receives follows from the kind."""
        said = dict(self.cleaned_data)
        keeper, partner, kind = said.pop("keeper"), said.pop("partner"), said["template"].kind
        (other,) = set(Party.values) - {KEEPERS[kind]}
        return said | {KEEPERS[kind]: keeper, other: partner, "kind": kind}


class ReviewersForm(forms.Form):
    """Who judges the draft: those whose approval is required, of each party, and who else is asked."""

    provider = forms.TypedMultipleChoiceField(
        label=_("Must approve, for the provider"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    client = forms.TypedMultipleChoiceField(
        label=_("Must approve, for the client"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    asked = forms.TypedMultipleChoiceField(
        label=_("Also asked for comments"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    message = LongTextField(
        label=_("A word to the reviewers"),
        required=False,
        rows=2,
        max_length=2000,
        help_text=_("What changed, and what they should look at."),
    )

    due = forms.DateField(
        label=_("Until when"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Until 18:00 in your organisation’s zone. They are reminded the day before."),
    )

    def __init__(self, *args, agreement, at, seats_only=False, **kwargs):
        """`seats_only`: the draft is with them already, so only who they are is asked."""
        super().__init__(*args, **kwargs)
        if seats_only:
            del self.fields["message"], self.fields["due"]
        self.zone = ZoneInfo(agreement.keeper.timezone)
        self.people, self.party_of = {}, {}
        for party in Party.values:
            found = people.members(agreement.organisation_of(party), *WORKING, at=at)
            self.fields[party].choices = [(person.pk, person.name) for person in found]
            for person in found:
                self.people[person.pk] = person
                self.party_of.setdefault(person.pk, party)
        everybody = [
            (pk, f"{self.people[pk].name}, {agreement.organisation_of(party)}") for pk, party in self.party_of.items()
        ]
        self.fields["asked"].choices = everybody

    @property
    def reviewers(self):
        """(person, party, required) as the act takes them; who must approve is not asked a second time."""
        chosen = {pk: (self.people[pk], party, True) for party in Party.values for pk in self.cleaned_data[party]}
        for pk in self.cleaned_data["asked"]:
            chosen.setdefault(pk, (self.people[pk], self.party_of[pk], False))
        return list(chosen.values())

    @property
    def due_at(self):
        day = self.cleaned_data["due"]
        return day and datetime.combine(day, time(18), self.zone)

    @staticmethod
    def initial_of(version):
        seats = list(version.reviewers.all())
        return {
            "asked": [seat.user_id for seat in seats if not seat.required],
            **{
                party: [seat.user_id for seat in seats if seat.required and seat.party == party]
                for party in Party.values
            },
        }


class GiveUpForm(forms.Form):
    reason = LongTextField(label=_("Why?"), max_length=2000)
