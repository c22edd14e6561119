"""The form that takes OpenSLO documents, as a file or as text."""

import hashlib

from django import forms
from django.utils.translation import gettext_lazy as _

from kpis.openslo import reading, yamltext


class TakenField(forms.MultipleChoiceField):
    """The numbers of what was found; how many there are is known when the documents are read."""

    widget = forms.CheckboxSelectMultiple

    def valid_value(self, value):
        return True


class BringForm(forms.Form):
    """Reads what it is given over the terms of a draft; `result` is what it would bring."""

    file = forms.FileField(label=_("File"), required=False, help_text=_("YAML in UTF-8, up to 256 KB."))
    text = forms.CharField(
        label=_("Or the text of it"), required=False, strip=False, max_length=yamltext.MOST_BYTES,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )  # fmt: skip
    take = TakenField(label=_("What becomes a KPI"), required=False)

    def __init__(self, *args, terms, **kwargs):
        super().__init__(*args, **kwargs)
        self.terms, self.result, self.said = terms, None, ""

    def clean(self):
        cleaned = super().clean()
        file, text = cleaned.get("file"), cleaned.get("text") or ""
        place = "file" if file else "text"
        if self.errors:
            return cleaned
        if not file and not text.strip():
            self.add_error("text", _("Choose a file, or paste its text."))
            return cleaned
        try:
            text = yamltext.decode(file.read(yamltext.MOST_BYTES + 1)) if file else text
            # As it comes back from a page: with a browser's ends of lines, and without an empty first one.
            self.said = text.replace("\r\n", "\n").strip("\n")
            self.result = reading.read(self.said, self.terms)
        except yamltext.Unreadable as error:
            self.add_error(place, str(error))
        if self.result and not self.result.found:
            self.add_error(place, _("There is no KPI in it that can be measured here the same way."))
        return cleaned

    @property
    def seen(self):
        """By which a page names what it showed."""
        return hashlib.sha256(self.said.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def chosen(self):
        """The KPIs that are ticked; call it on a valid form."""
        ticked = set(self.cleaned_data["take"])
        return [each.kpi for number, each in enumerate(self.result.found) if str(number) in ticked]
