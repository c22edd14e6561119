"""How often something may be tried, counted in the cache and so by all processes together."""

from django.core.cache import cache


def count(name: str, seconds: int) -> int:
    """How many tries there were under a name, this one included, within the time that began with the first."""
    cache.add(name, 0, seconds)
    try:
        return cache.incr(name)
    except ValueError:  # its time was over just now
        cache.set(name, 1, seconds)
        return 1


def forget(name: str) -> None:
    """Begin anew: the next try is the first."""
    cache.delete(name)
