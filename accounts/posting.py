"""A signed post to an organisation's webhook, in the form of the Standard Webhooks specification.

Headers: `webhook-id` and `Idempotency-Key` (the same for a repeat), `webhook-timestamp` (Unix seconds) and
`webhook-signature`, "v1," with HMAC-SHA256 over "id.timestamp.body" in base64. Within a day of a rotation the
signature of the old secret stands beside it.
"""

import base64
import hashlib
import hmac
import ipaddress
import json
import socket
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from accounts.models import Webhook
from accounts.tokens import derived
from records import clock

TIMEOUT = (5, 10)  # seconds to connect, and between two bytes of the answer
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotTaken(Exception):
    """The receiver did not take it; `doubtful`: it may have, but did not say so in time."""

    def __init__(self, reason: str, *, doubtful: bool):
        super().__init__(reason)
        self.doubtful = doubtful


class Forbidden(Exception):
    """The address leads into a private network."""


def secret(webhook: Webhook, nonce: str) -> str:
    """What the receiver checks signatures with; shown once."""
    return "whsec_" + base64.b64encode(_key(webhook, nonce)).decode()


def signature(key: bytes, *, message_id: str, timestamp: int, body: bytes) -> str:
    mac = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()


def post(webhook: Webhook, *, key: str, payload: dict[str, Any], repeated: bool) -> None:
    """Post once. Raises NotTaken unless the answer is a 2xx; redirects are not followed."""
    body = json.dumps(payload | {"id": key, "repeated": repeated}, separators=(",", ":")).encode()
    headers = _headers(webhook, key, body, clock.real_now())
    with requests.Session() as session:
        session.trust_env = False  # no proxy: it would hide the address that is checked
        session.mount("http://", _GuardedAdapter())
        session.mount("https://", _GuardedAdapter())
        try:
            with session.post(
                webhook.url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True
            ) as answer:
                if not 200 <= answer.status_code < 300:
                    raise NotTaken(f"answered {answer.status_code}", doubtful=False)
        except (requests.ConnectTimeout, Forbidden) as error:
            raise NotTaken(f"{type(error).__name__}: {error}", doubtful=False) from error
        except requests.RequestException as error:
            raise NotTaken(type(error).__name__, doubtful=_may_have_arrived(error)) from error


def refuse_private(url: str) -> None:
    """Raises Forbidden when a URL's host is, or today resolves to, an address that no webhook may reach."""
    host = urlsplit(url).hostname or ""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        return  # unknown today; the address is checked again at each post
    for address in found:
        _check(address)


def _may_have_arrived(error: requests.RequestException) -> bool:
    return "NewConnectionError" not in repr(error) and "NameResolutionError" not in repr(error)


def _headers(webhook: Webhook, key: str, body: bytes, now: datetime) -> dict[str, str]:
    timestamp = int(now.timestamp())
    nonces = [webhook.nonce]
    if webhook.previous_nonce and webhook.previous_until and now < webhook.previous_until:
        nonces.append(webhook.previous_nonce)
    signed = [signature(_key(webhook, each), message_id=key, timestamp=timestamp, body=body) for each in nonces]
    return {
        "Content-Type": "application/json",
        "User-Agent": "SLA-Portal-Webhooks",
        "Idempotency-Key": key,
        "webhook-id": key,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signed),
    }


def _key(webhook: Webhook, nonce: str) -> bytes:
    return derived(f"webhook:{webhook.pk}:{nonce}")


def _check(address: str) -> None:
    if settings.WEBHOOKS_TO_PRIVATE:
        return
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.sixtofour or ip.teredo or ip in NAT64:
            raise Forbidden(f"{address} leads into another network")
        ip = ip.ipv4_mapped or ip
    if not ip.is_global or ip.is_multicast:
        raise Forbidden(f"{address} is not a public address")


# The address is checked on the connection itself: a name that resolves differently a moment later gains nothing.


class _GuardedConnection(HTTPConnection):
    def _new_conn(self):
        return _guarded(super()._new_conn())


class _GuardedTlsConnection(HTTPSConnection):
    def _new_conn(self):
        return _guarded(super()._new_conn())


def _guarded(sock: socket.socket) -> socket.socket:
    try:
        _check(sock.getpeername()[0])
    except Forbidden:
        sock.close()
        raise
    return sock


class _GuardedPool(HTTPConnectionPool):
    ConnectionCls = _GuardedConnection


class _GuardedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedTlsConnection


class _GuardedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, **kwargs)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {"http": _GuardedPool, "https": _GuardedTlsPool}
