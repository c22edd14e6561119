"""What a person agrees to when signing electronically. A text never changes; a better one is a new version."""

import hashlib

# Not translated: the evidence of a signature names the hash of exactly these words.
TEXTS = {
    "1": (
        "I have read this agreement and its annexes, and I may bind the organisation I sign for. I agree to "
        "sign it electronically, with my account in this portal. My name, the time, how I proved who I am, "
        "my network address and browser, and the hash of the text I was shown are recorded with my "
        "signature and are visible to both parties. The agreement binds both parties when everybody named "
        "has signed; until then either side may still stop."
    ),
    "2": (
        "I have read this agreement and its annexes, and I may bind the organisation I sign for. I agree to "
        "sign it electronically, with my account in this portal. My name, the time, how I proved who I am, "
        "my network address and browser, which sections were on my screen, and the hash of the text I was "
        "shown are recorded with my signature and are visible to both parties. The agreement binds both "
        "parties when everybody named has signed; until then either side may still stop."
    ),
}
CURRENT = "2"


def text(version: str = CURRENT) -> str:
    return TEXTS[version]


def sha256(version: str = CURRENT) -> str:
    """The hash of a consent text, as hexadecimal digits."""
    return hashlib.sha256(TEXTS[version].encode()).hexdigest()
