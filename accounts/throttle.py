"""How often somebody without an account may knock: counted in the cache, by a key and a span of time."""

from django.core.cache import cache
from django.http import HttpRequest


def allowed(what: str, who: str, *, most: int, seconds: int) -> bool:
    """Count one knock; False when there were more than `most` within the span that began with the first."""
    key = f"throttle:{what}:{who}"
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key) <= most
    except ValueError:  # the span ended between the two lines
        return True


def address(request: HttpRequest) -> str:
    return request.META.get("REMOTE_ADDR", "")
