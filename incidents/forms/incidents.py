from django import forms
from django.utils.translation import gettext_lazy as _

from agreements.models import Party

LOCAL = "%Y-%m-%dT%H:%M"


def lines(rows):
    return forms.Textarea(attrs={"rows": rows})


class LogForm(forms.Form):
    """What happened. The choices are those of the signed version."""

    title = forms.CharField(label=_("What is wrong"), max_length=200)
    text = forms.CharField(
        label=_("What you saw"), max_length=8000, required=False, widget=lines(5),
        help_text=_("Where, since when, who is hit. Both sides read it."),
    )
    priority = forms.TypedChoiceField(label=_("Priority"), coerce=int, empty_value=None)
    began_at = forms.DateTimeField(
        label=_("Since"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL),
        input_formats=[LOCAL, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        help_text=_("In your own time zone."),
    )

    def __init__(self, *args, priorities, **kwargs):
        super().__init__(*args, **kwargs)
        if priorities:
            self.fields["priority"].choices = [("", _("Choose one"))] + [
                (row.priority, f"P{row.priority} {row.name}") for row in priorities
            ]
        else:
            del self.fields["priority"]

    def clean(self):
        return {"priority": None} | super().clean()


class ResolveForm(forms.Form):
    resolution = forms.CharField(
        label=_("What was done"), max_length=4000, widget=lines(3),
        help_text=_("Both sides read it; whoever logged it is asked to confirm."),
    )


class WhyForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=lines(2), help_text=_("Both sides read it."))


class EscalateForm(WhyForm):
    seen_level = forms.IntegerField(widget=forms.HiddenInput, min_value=-1, max_value=99)


class PriorityForm(forms.Form):
    priority = forms.TypedChoiceField(label=_("Priority"), coerce=int)
    reason = forms.CharField(label=_("Why"), max_length=1000)

    def __init__(self, *args, priorities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["priority"].choices = [(row.priority, f"P{row.priority} {row.name}") for row in priorities]


class AssignForm(forms.Form):
    to = forms.ModelChoiceField(label=_("Give it to"), queryset=None, empty_label=_("Choose a person"))

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people


class RemarkForm(forms.Form):
    text = forms.CharField(label=_("Remark"), max_length=8000, widget=lines(2))
    side = forms.ChoiceField(label=_("Who reads it"), required=False)

    def __init__(self, *args, agreement, sides, **kwargs):
        super().__init__(*args, **kwargs)
        names = {Party.PROVIDER: agreement.provider.name, Party.CLIENT: agreement.client.name}
        only = [(side, _("Only %(name)s") % {"name": names[side]}) for side in sides]
        both = _("%(provider)s and %(client)s") % {"provider": agreement.provider, "client": agreement.client}
        self.fields["side"].choices = [("", both), *only]


class LinkForm(forms.Form):
    """Something of the agreement that the incident has to do with: "kpi:17", "breach:BR-0004", "exclusion:EXC-0001"."""

    what = forms.ChoiceField(label=_("Has to do with"))

    def __init__(self, *args, targets, breaches, exclusions, **kwargs):
        super().__init__(*args, **kwargs)
        kpis = [(f"kpi:{target.pk}", f"{target.key} {target.name}") for target in targets]
        missed = [(f"breach:{breach.number}", str(breach)) for breach in breaches]
        taken = [(f"exclusion:{each.number}", f"{each.number} {each.reason[:60]}") for each in exclusions]
        self.fields["what"].choices = [
            ("", _("Choose one")), (_("KPIs"), kpis), (_("Breaches"), missed), (_("Exclusions"), taken),
        ]


class CountForm(forms.Form):
    target = forms.ModelChoiceField(
        label=_("Counts for"), queryset=None, empty_label=_("Choose a KPI"),
        help_text=_("Its own row is taken in there and changes the figure."),
    )

    def __init__(self, *args, targets, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["target"].queryset = targets
