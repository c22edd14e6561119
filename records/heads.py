"""Heads of the chain outside the database, so that a database restored from an old backup is found out.

Each head that was mailed to the parties lies in settings.HEADS_DIR as a sealed file. A database whose chain does not
hold the newest of them lacks what was told to others: until somebody accepts that, nothing more is written.
"""

import base64
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import rfc8785
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

from records import pki
from records.models import ChainLink

EVERY = timedelta(days=1)


class Behind(Exception):
    """The database is older than what was told to the parties; nothing is written until that is accepted."""


@dataclass(frozen=True)
class Head:
    """The last link of the chain at a moment (ISO, UTC)."""

    seq: int
    hash: str
    at: str

    @property
    def words(self) -> str:
        """As it stands in mails: enough to find the link and to see that nothing before it was changed."""
        return f"{self.seq} {self.hash}"


def publish(*, at: datetime) -> Head | None:
    """Seal the head of the chain and put it beside the database; None when nothing is new or a day has not passed."""
    last, link = published(), ChainLink.objects.order_by("-seq").first()
    if link is None or (last and (link.seq <= last.seq or datetime.fromisoformat(last.at) + EVERY > at)):
        return None
    head = Head(link.seq, link.hash, at.astimezone(UTC).isoformat())
    said = asdict(head)
    seal = pki.platform().key.sign(rfc8785.dumps(said), ec.ECDSA(hashes.SHA256()))
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".{head.seq}"
    with aside.open("w") as file:
        json.dump(said | {"seal": base64.b64encode(seal).decode()}, file)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(folder / f"{head.seq:015}.json")
    return head


def _folder() -> Path:
    """A folder for each chain, by its first link: another database beside the same files is no old backup."""
    first = ChainLink.objects.filter(seq=1).values_list("hash", flat=True).first()
    return Path(settings.HEADS_DIR) / (first or "none")[:16]


def published() -> Head | None:
    """The newest head that was told to others; None before the first, without asking the database."""
    if not any(Path(settings.HEADS_DIR).glob("*/*.json")):
        return None
    places = sorted(_folder().glob("*.json"))
    if not places:
        return None
    said = json.loads(places[-1].read_text())
    return Head(said["seq"], said["hash"], said["at"])


def missing() -> Head | None:
    """The head that was told to others and that this database does not hold; None when all is well."""
    head = published()
    if head is None or ChainLink.objects.filter(seq=head.seq, hash=head.hash).exists():
        return None
    return head


@cache
def alarm() -> Head | None:
    """`missing` as it was when this process began."""
    return missing()


def accept(*, at: datetime) -> list[str]:
    """Put away the heads that this database does not hold; returns their words. The files stay, in a folder aside."""
    folder = _folder()
    aside = folder / f"lost-{at.astimezone(UTC):%Y%m%dT%H%M%S}"
    lost = []
    while head := missing():
        aside.mkdir(exist_ok=True)
        place = folder / f"{head.seq:015}.json"
        place.rename(aside / place.name)
        lost.append(head.words)
    alarm.cache_clear()
    return lost
