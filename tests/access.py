"""The access table: who gets what answer from each URL. Each app lists its rows in tests/<app>/access.py as ROWS.

A stranger gets 404, an insider without the right 403, somebody without a session is sent to sign in (302).
POST rows carry valid `data`; the nonsense test spoils one field after the other.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

PEOPLE = ["anonymous", "stranger", "client", "provider", "manager", "escalation", "auditor", "admin"]


@dataclass(frozen=True)
class Row:
    """One URL and method. `expect` is the status for each of PEOPLE, in that order."""

    name: str
    method: str
    expect: tuple[int, int, int, int, int, int, int, int]
    args: Callable[[Any], list] = lambda world: []
    data: Callable[[Any], dict] = lambda world: {}
    query: str = ""
    # The person whose valid POST succeeds: the nonsense test posts as them.
    actor: str = "manager"
    # Fields whose nonsense cannot be wrong (free text), so that no error is asked for; never a 500.
    free: tuple[str, ...] = field(default=())

    def status_of(self, person: str) -> int:
        return self.expect[PEOPLE.index(person)]
