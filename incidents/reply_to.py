"""Addresses for answers: the number they belong to, with a token that nobody can make up."""

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

TOKEN = 16


def reply_address(number: str) -> str:
    """The address under which answers about "INC-0042" come in, whatever their subject; empty without a mailbox."""
    if not settings.MAIL_IN_ADDRESS:
        return ""
    name, _at, host = settings.MAIL_IN_ADDRESS.partition("@")
    return f"{name}+{number.lower()}-{_token(number)}@{host}"


def number_of(address: str) -> str:
    """What an address of ours belongs to; empty where its token is not ours."""
    tag = address.partition("@")[0].partition("+")[2]
    number, _dash, token = tag.rpartition("-")
    return number.upper() if number and constant_time_compare(token, _token(number.upper())) else ""


def _token(number: str) -> str:
    return salted_hmac("incidents.mail", number, algorithm="sha256").hexdigest()[:TOKEN]
