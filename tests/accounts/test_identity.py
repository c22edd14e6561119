"""Showing again who one is, with few tries."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time

from accounts import identity, limits
from tests.factories import NOON, PASSWORD, make_user
from tests.race import race

pytestmark = pytest.mark.django_db


def prove(user, password="wrong", **kwargs):
    try:
        return identity.prove(user, password=password, at=NOON, **kwargs)
    except identity.NotProven as error:
        return error.place, str(error)


def code_now(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_five_wrong_passwords_and_then_a_pause_even_for_the_right_one():
    user = make_user()
    said = [prove(user)[1] for _ in range(5)]
    assert said == [f"This password is not right. {left} tries are left." for left in (4, 3, 2)] + [
        "This password is not right. 1 try is left.",
        "This password is not right. That was the last try for a quarter of an hour.",
    ]
    assert prove(user, PASSWORD) == (
        "password", "Too many wrong tries. Come back in a quarter of an hour; nothing is lost."
    )
    assert prove(make_user(), PASSWORD).method == "password"


def test_the_right_password_begins_anew():
    user = make_user()
    for _ in range(3):
        assert [prove(user)[0] for _ in range(4)] == ["password"] * 4
        assert prove(user, PASSWORD).user_id == user.pk


def test_wrong_codes_count_as_well():
    user = make_user()
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(user, secret)
    assert [prove(user, PASSWORD, code="000000x")[0] for _ in range(5)] == ["code"] * 5
    assert prove(user, PASSWORD, code=code_now(secret))[0] == "password"
    limits.forget(f"prove:{user.pk}")
    assert prove(user, PASSWORD, code=code_now(secret)).method == "password and one-time code"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_tries_at_the_same_moment_are_all_counted():
    user = make_user()
    said = [place_and_words[1] for place_and_words in race(lambda: prove(user))]
    assert sum("Too many" in words for words in said) == 3
