"""The library's forms of signing in, in the words of this portal."""

from allauth.account.forms import AddEmailForm, LoginForm, ResetPasswordForm
from django.utils.translation import gettext_lazy as _

LABEL = _("E-mail")


class SignInForm(LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].label = LABEL
        self.fields["login"].widget.attrs.pop("placeholder", None)


class NewPasswordForm(ResetPasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].label = LABEL
        self.fields["email"].widget.attrs.pop("placeholder", None)


class AnotherEmailForm(AddEmailForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].label = LABEL
        self.fields["email"].widget.attrs.pop("placeholder", None)
