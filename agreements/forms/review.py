"""Forms of a review."""

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements.forms.fields import LongTextField


class CommentForm(forms.Form):
    """A new thread about a part, or a reply: then `thread` names the comment it answers."""

    part = forms.ChoiceField(label=_("About"))
    text = LongTextField(label=_("Comment"), rows=3, max_length=5000)
    blocking = forms.BooleanField(label=_("Must be settled before I approve"), required=False)

    def __init__(self, *args, parts, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["part"].choices = parts


class ReplyForm(forms.Form):
    text = LongTextField(label=_("Reply"), rows=2, max_length=5000)


class ApproveForm(forms.Form):
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)
    remark = LongTextField(label=_("Remark"), required=False, rows=2, max_length=2000)


class ChangesForm(forms.Form):
    reason = LongTextField(label=_("What must change?"), rows=3, max_length=2000)
