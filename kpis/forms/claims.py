"""Forms around exclusions, corrections and disputes: they check the shape, the acts check the truth."""

from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kpis.claiming import Evidence
from kpis.intake.cells import Wrong, instant

BIGGEST_FILE = 20 * 1024 * 1024
WORDS = forms.Textarea({"rows": 3})
REPEATS = [("", _("Once")), ("DAILY", _("Every day")), ("WEEKLY", _("Every week")), ("MONTHLY", _("Every month"))]


class ActForm(forms.Form):
    """Which act of a claim's page is asked for."""

    act = forms.ChoiceField(widget=forms.HiddenInput)

    def __init__(self, *args, acts=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["act"].choices = [(each, each) for each in acts]

    @property
    def said(self):
        """What the act takes from it."""
        return {name: value for name, value in self.cleaned_data.items() if name != "act"}


class ReasonForm(ActForm):
    reason = forms.CharField(label=_("Why?"), max_length=2000, widget=WORDS, help_text=_("The others read it."))


class AnswerForm(ActForm):
    stands = forms.TypedChoiceField(
        label=_("Your answer"), widget=forms.RadioSelect, coerce=lambda value: value == "yes",
        choices=[("yes", _("It stands as it is")), ("no", _("The client is right"))],
    )
    text = forms.CharField(label=_("In a sentence"), max_length=2000, widget=WORDS)


class InsistForm(ActForm):
    text = forms.CharField(label=_("What is wrong with the answer?"), max_length=2000, widget=WORDS)


class EvidenceForm(forms.Form):
    """A form to which a file may be added; `said` is what the act takes from it."""

    evidence = forms.FileField(
        label=_("Evidence"), required=False, max_length=200,
        help_text=_("A notice, a log, a mail. Kept in the records."),
    )

    def clean_evidence(self):
        file = self.cleaned_data["evidence"]
        if not file:
            return None
        if file.size > BIGGEST_FILE:
            raise ValidationError(_("The file is bigger than 20 MB."))
        return Evidence(file.name, file.read(), (file.content_type or "application/octet-stream")[:100])


class CorrectionForm(EvidenceForm):
    reason = forms.CharField(
        label=_("What was wrong?"), max_length=2000, widget=WORDS,
        help_text=_("The report of the new edition prints it."),
    )
    field_order = ["reason", "evidence"]


class DisputeForm(forms.Form):
    reason = forms.CharField(label=_("What is wrong?"), max_length=2000, widget=WORDS)


class FigureDisputeForm(DisputeForm):
    case = forms.CharField(
        label=_("Number of the case"), max_length=80, required=False,
        help_text=_("Only where a pause of one case is wrong; leave it empty for the figure itself."),
    )
    pause = forms.CharField(
        label=_("It waited from"), max_length=40, required=False,
        widget=forms.DateTimeInput({"type": "datetime-local", "step": 1}),
        help_text=_("Which of its pauses; empty where it waited once."),
    )
    field_order = ["case", "pause", "reason"]

    def __init__(self, *args, zone, **kwargs):
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(zone)

    def clean_pause(self):
        try:
            return instant(self.zone)(self.cleaned_data["pause"]) if self.cleaned_data["pause"] else None
        except Wrong as error:
            raise ValidationError(str(error)) from error


class ExclusionForm(EvidenceForm):
    """Times are read in the agreement's zone."""

    category = forms.ChoiceField(label=_("Category of the terms"))
    kpis = forms.MultipleChoiceField(label=_("KPIs"), widget=forms.CheckboxSelectMultiple)
    starts_at = forms.CharField(label=_("From"), max_length=40, widget=forms.DateTimeInput({"type": "datetime-local"}))
    ends_at = forms.CharField(label=_("To"), max_length=40, widget=forms.DateTimeInput({"type": "datetime-local"}))
    repeats = forms.ChoiceField(label=_("Repeats"), choices=REPEATS, required=False)
    until = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput({"type": "date"}),
        help_text=_("The last day on which it may repeat."),
    )
    notice_at = forms.CharField(
        label=_("Announced to the client"), max_length=40, required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}),
        help_text=_("The terms may ask for so many hours before the start."),
    )
    clause = forms.CharField(label=_("Clause"), max_length=80, required=False)
    reason = forms.CharField(label=_("Why?"), max_length=2000, widget=WORDS, help_text=_("Both parties read it."))
    field_order = [
        "category", "kpis", "starts_at", "ends_at", "repeats", "until", "notice_at", "clause", "reason", "evidence",
    ]

    def __init__(self, *args, categories, kpis, zone, **kwargs):
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(zone)
        self.fields["category"].choices = categories
        self.fields["kpis"].choices = kpis
        if len(kpis) == 1:
            self.fields["kpis"].initial = [kpis[0][0]]
        self.fields["starts_at"].help_text = _("Time in %s.") % zone

    def clean(self):
        data = super().clean()
        for name in ("starts_at", "ends_at", "notice_at"):
            if data.get(name):
                try:
                    data[name] = instant(self.zone)(data[name])
                except Wrong as error:
                    self.add_error(name, str(error))
        if data.get("repeats") and not data.get("until") and "until" not in self.errors:
            self.add_error("until", _("Say until when it repeats."))
        return data

    @property
    def said(self):
        """What the act takes, the repetition as a rule of RFC 5545."""
        data = {name: value for name, value in self.cleaned_data.items() if name not in ("repeats", "until")}
        repeats, until = self.cleaned_data["repeats"], self.cleaned_data["until"]
        rule = f"FREQ={repeats};UNTIL={until:%Y%m%d}" if repeats else ""
        return data | {"rule": rule, "notice_at": data["notice_at"] or None}
