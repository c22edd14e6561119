from tests.agreements import access_drafting, access_signing

ROWS = [*access_drafting.ROWS, *access_signing.ROWS]
