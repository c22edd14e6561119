"""Proof that the person at the keyboard is the person signed in: password, and the second factor if set up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import limits

FRESH = timedelta(minutes=5)
TRIES, PAUSE_SECONDS = 5, 15 * 60


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
    """Check password and, where the person set one up, the one-time code. Raises NotProven.

    After five wrong tries nothing is looked at for a quarter of an hour, not even what is right.
    """
    # Counted before it is looked at: tries at the same moment are all counted.
    left = TRIES - limits.count(f"prove:{user.pk}", PAUSE_SECONDS)
    if left < 0:
        raise NotProven("password", _("Too many wrong tries. Come back in a quarter of an hour; nothing is lost."))
    if not user.is_active or not user.check_password(password):
        raise NotProven("password", _("This password is not right.") + " " + _tries(left))
    second = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if second and (not get_adapter().is_mfa_enabled(user) or not TOTP(second).validate_code(code)):
        raise NotProven("code", _("This code is not right. Take the newest one from your app.") + " " + _tries(left))
    limits.forget(f"prove:{user.pk}")
    return Proof(user.pk, "password and one-time code" if second else "password", at)


def _tries(left: int) -> str:
    if left == 0:
        return _("That was the last try for a quarter of an hour.")
    return ngettext("%d try is left.", "%d tries are left.", left) % left


def has_second_factor(user) -> bool:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
