from django import forms
from django.utils.translation import gettext_lazy as _

from kpis.text import period_name
from reviews.actions.feedback import LONGEST

SCORES = [("1", "1"), ("2", "2"), ("3", "3"), ("4", "4"), ("5", "5")]


class MomentField(forms.DateTimeField):
    """A minute in the reader's zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **kwargs):
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs)


class Named(forms.Form):
    """Several forms share a page, so each names its fields' ids after itself."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("auto_id", f"{type(self).__name__.removesuffix('Form').lower()}_%s")
        super().__init__(*args, **kwargs)


class PlanForm(Named):
    planned_for = MomentField(label=_("When"))
    place = forms.CharField(
        label=_("Where"), max_length=120, required=False, help_text=_("A room, or the link of a call."),
    )


class PostponeForm(Named):
    planned_for = MomentField(label=_("New day"))
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Both sides read it."),
    )


class HoldForm(Named):
    """Who is there: people of the two parties, and others by name."""

    people = forms.MultipleChoiceField(
        label=_("Who is there"), widget=forms.CheckboxSelectMultiple,
    )
    others = forms.CharField(
        label=_("Others"), max_length=400, required=False, help_text=_("Names, parted by commas."),
    )

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = [(person.name, person.name) for person in people]

    def clean(self):
        cleaned = super().clean()
        others = [name.strip() for name in cleaned.get("others", "").split(",") if name.strip()]
        cleaned["attendees"] = [*cleaned.get("people", []), *others]
        return cleaned


class MinutesForm(Named):
    """One text for each item of the agenda, prefilled from the facts; saved half done, shared whole."""

    def __init__(self, *args, agenda, whole=True, **kwargs):
        super().__init__(*args, **kwargs)
        for place, item in enumerate(agenda, 1):
            self.fields[f"item_{place}"] = forms.CharField(
                label=f"{place}. {item['title']}", required=whole, max_length=4000,
                initial=(said := item["minutes"] or item["text"]),
                widget=forms.Textarea(attrs={"rows": min(max(said.count("\n") + 2, 2), 12)}),
            )

    def texts(self):
        return [self.cleaned_data[name] for name in self.fields]


class ActionForm(Named):
    text = forms.CharField(label=_("What shall be done"), max_length=300)
    owner = forms.ModelChoiceField(label=_("Who"), queryset=None)
    due_on = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people


class ChangeForm(Named):
    part = forms.ChoiceField(label=_("Part of the agreement"), required=False)
    text = forms.CharField(
        label=_("What shall change"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The amendment begins with this sentence."),
    )
    why = forms.CharField(label=_("Why"), max_length=500, required=False)

    def __init__(self, *args, parts, **kwargs):
        super().__init__(*args, **kwargs)
        short = [(key, name) for key, name in parts.items() if len(key) <= 60]
        self.fields["part"].choices = [("", _("The agreement as a whole")), *short]


class ReasonForm(Named):
    reason = forms.CharField(
        label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Both sides read it."),
    )


class DropForm(Named):
    reason = forms.CharField(label=_("Reason"), max_length=300)


class FeedbackForm(Named):
    """`about` joins agreement and period ("SLA-2026-014:2026-05"), so that no pair can be wrong."""

    about = forms.ChoiceField(label=_("About"))
    score = forms.ChoiceField(
        label=_("How satisfied are you?"), choices=SCORES, widget=forms.RadioSelect,
        help_text=_("1 = very unhappy, 5 = very happy"),
    )
    text = forms.CharField(
        label=_("What should change?"), required=False, max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args, pairs, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["about"].choices = [
            (f"{agreement.reference}:{label}", f"{agreement.title}, {period_name(label)}")
            for agreement, label in pairs
        ]


class ComplaintForm(Named):
    title = forms.CharField(label=_("What is wrong"), max_length=200)
    text = forms.CharField(
        label=_("What happened, and what you expect"), max_length=8000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Both sides read it."),
    )


class AnswerForm(Named):
    answer = forms.CharField(
        label=_("Answer"), max_length=8000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The client is asked whether it agrees; after ten days of silence it counts as agreed."),
    )


class DisagreeForm(Named):
    reason = forms.CharField(label=_("What is missing"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
