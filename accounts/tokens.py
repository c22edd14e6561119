"""Secrets of machines and links, and the bearer tokens of the API: a token acts as its person, within its scopes."""

import base64
import hashlib
import hmac

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission

from accounts.models import ApiToken
from records import clock


def digest(secret: str) -> str:
    """What is kept of a secret: a leaked table gives nobody access."""
    return hashlib.sha256(secret.encode()).hexdigest()


def derived(purpose: str) -> bytes:
    """32 secret bytes that are made anew each time they are needed, so that no table holds them."""
    return hmac.new(settings.SECRET_KEY.encode(), f"derived:{purpose}".encode(), hashlib.sha256).digest()


def link_token(mail_key: str) -> str:
    """The secret of the one-use link in a mail; who offers the link keeps its `digest`."""
    return base64.urlsafe_b64encode(derived(f"link:{mail_key}")).decode().rstrip("=")


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer sla_...`"""

    def authenticate(self, request):
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        if len(words) != 2:
            raise AuthenticationFailed(_("The header must read: Authorization: Bearer <token>."))
        token = ApiToken.objects.select_related("user").filter(digest=digest(words[1].decode("latin-1"))).first()
        if token is None or token.revoked_at or not token.user.is_active:
            raise AuthenticationFailed(_("This token is not valid."))
        if token.expires_at and token.expires_at <= clock.now():
            raise AuthenticationFailed(_("This token has lapsed."))
        return token.user, token

    def authenticate_header(self, request):
        return "Bearer"


class HasScope(BasePermission):
    """The view names the scope its methods need: `scopes = {"GET": "read", "POST": "samples"}`."""

    message = gettext_lazy("This token does not have the scope for it.")

    def has_permission(self, request, view):
        needed = view.scopes.get(request.method)
        return needed is not None and request.auth is not None and needed in request.auth.scopes


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer"}
