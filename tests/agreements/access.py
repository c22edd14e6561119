from tests.agreements import (
    access_drafting,
    access_duty,
    access_life,
    access_repository,
    access_retaining,
    access_signing,
    access_supporting,
)

ROWS = [
    *access_drafting.ROWS,
    *access_retaining.ROWS,
    *access_life.ROWS,
    *access_repository.ROWS,
    *access_signing.ROWS,
    *access_supporting.ROWS,
    *access_duty.ROWS,
]
