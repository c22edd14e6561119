from records import vault
from tests.factories import NOON


def extend(world):
    """A document of the vault that belongs to the agreement."""
    world.document = vault.store(
        b"%PDF-1.7 minutes", kind="minutes", title="Minutes of the review", filename="minutes.pdf",
        scope=world.agreement.reference, number="REV-2026-01", text="The maintenance window moves to Sunday.",
        actor=world.manager, at=NOON,
    )
