from django import forms
from django.utils.translation import gettext_lazy as _

LARGEST = 30 * 1024 * 1024


class VerifyForm(forms.Form):
    """A file or a hash; one of the two."""

    file = forms.FileField(label=_("PDF file"), required=False)
    sha256 = forms.RegexField(
        r"^[0-9a-fA-F]{64}$",
        label=_("or its SHA-256"),
        required=False,
        error_messages={"invalid": _("A SHA-256 has 64 digits, 0 to 9 and a to f.")},
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file and file.size > LARGEST:
            raise forms.ValidationError(_("This file is larger than 30 MB; no record of the portal is."))
        return file

    def clean_sha256(self):
        return self.cleaned_data["sha256"].lower()

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not cleaned.get("file") and not cleaned.get("sha256"):
            self.add_error("sha256", _("Choose a file, or paste its hash."))
        return cleaned
