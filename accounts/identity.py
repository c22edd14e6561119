"""Proof that the person at the keyboard is the person signed in: password, and the second factor if set up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.utils.translation import gettext as _

FRESH = timedelta(minutes=5)


class NotProven(Exception):
    """The password or the code is wrong; `place` is the form field."""

    def __init__(self, place: str, message: str):
        super().__init__(message)
        self.place = place


@dataclass(frozen=True)
class Proof:
    """How and when a person proved who they are; a signature takes it only while it is fresh."""

    user_id: int
    method: str
    at: datetime

    def is_fresh(self, *, user_id: int, at: datetime) -> bool:
        return self.user_id == user_id and timedelta(0) <= at - self.at <= FRESH


def prove(user, *, password: str, code: str = "", at: datetime) -> Proof:
    """Check password and, where the person set one up, the one-time code. Raises NotProven."""
    if not user.is_active or not user.check_password(password):
        raise NotProven("password", _("This password is not right."))
    second = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if second is None:
        return Proof(user.pk, "password", at)
    if not get_adapter().is_mfa_enabled(user) or not TOTP(second).validate_code(code):
        raise NotProven("code", _("This code is not right. Take the newest one from your app."))
    return Proof(user.pk, "password and one-time code", at)


def has_second_factor(user) -> bool:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
