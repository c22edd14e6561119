"""Who may do what, and the grants it is judged by. Pure: no queries, no HTTP."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Grants:
    """What one person holds at one moment; loaded once a request.

    `named` are the agreements that name the person: (agreement id, "reviewer" | "signatory" | "position").
    """

    user_id: int
    roles: frozenset[tuple[int, str]] = frozenset()
    named: frozenset[tuple[int, str]] = field(default=frozenset())

    def has(self, organisation_id: int | None, *roles: str) -> bool:
        return any((organisation_id, role) in self.roles for role in roles)

    def has_anywhere(self, *roles: str) -> bool:
        return any(role in roles for _, role in self.roles)

    def is_named(self, agreement_id: int, *capacities: str) -> bool:
        return any((agreement_id, capacity) in self.named for capacity in capacities)

    def is_named_anywhere(self, capacity: str) -> bool:
        return any(held == capacity for _, held in self.named)

    def organisations(self, *roles: str) -> set[int]:
        return {organisation for organisation, role in self.roles if not roles or role in roles}

