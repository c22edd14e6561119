"""Forms of a review."""

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements.forms.fields import LongTextField

LONGEST = 20_000


class CommentForm(forms.Form):
    """A new thread about a part, perhaps with another wording for its clause."""

    part = forms.ChoiceField(label=_("About"))
    text = LongTextField(label=_("Comment"), rows=3, max_length=5000, required=False)
    wording = LongTextField(label=_("Proposed wording"), rows=6, max_length=LONGEST, required=False)
    blocking = forms.BooleanField(label=_("Must be settled before I approve"), required=False)
    side = forms.ChoiceField(label=_("Who may read it"), required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=30_000)

    def __init__(self, *args, parts, sides, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["part"].choices = parts
        self.fields["side"].choices = sides


class ReplyForm(forms.Form):
    text = LongTextField(label=_("Reply"), rows=2, max_length=5000)


class DeclineForm(forms.Form):
    reason = LongTextField(label=_("Why does the clause stay as it is?"), rows=2, max_length=2000)


class FinishForm(forms.Form):
    """A reviewer's word: approve all or some parts, with or without a remark, or ask for changes."""

    OPINIONS = [
        ("approve", _("Approve")),
        ("remark", _("Approve with a remark")),
        ("changes", _("Ask for changes: the draft goes back to its author")),
    ]

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)
    opinion = forms.ChoiceField(label=_("Your word"), choices=OPINIONS, widget=forms.RadioSelect)
    text = LongTextField(label=_("Remark, or what must change"), required=False, rows=3, max_length=2000)
    parts = forms.MultipleChoiceField(
        label=_("Approve these parts only"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all that wait for you."),
    )

    def __init__(self, *args, parts, may_approve, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parts"].choices = parts
        if not may_approve:
            self.fields["opinion"].choices = [choice for choice in self.OPINIONS if choice[0] == "changes"]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("opinion") in ("remark", "changes") and not cleaned.get("text", "").strip():
            self.add_error("text", _("Say what you remark, or what must change."))
        return cleaned
