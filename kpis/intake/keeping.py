"""The bytes of held files, under VAR_DIR until their person decides; and what reading them gave."""

import hashlib
import json
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from math import inf
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from kpis.intake.staging import Stage

CHUNK = 1024 * 1024


def keep(file: BinaryIO) -> tuple[str, int, str]:
    """Copy a file into a folder of its own; returns the folder's name, the size and the SHA-256."""
    name, digest, size = uuid.uuid4().hex, hashlib.sha256(), 0
    folder(name).mkdir(parents=True)
    with (folder(name) / "file").open("wb") as kept:
        while chunk := file.read(CHUNK):
            kept.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return name, size, digest.hexdigest()


def folder(name: str) -> Path:
    """Where a held file lies."""
    return Path(settings.VAR_DIR) / "intake" / name


def file(name: str) -> Path:
    """The held file itself."""
    return folder(name) / "file"


def forget(*names: str) -> None:
    """Remove held files and what was read from them; nothing where one is gone already, or was none."""
    for name in filter(None, names):
        shutil.rmtree(folder(name), ignore_errors=True)


def untouched_since(at: datetime) -> list[str]:
    """The folders of held files in which nothing was made since an instant, by the clock of the file system."""
    root = Path(settings.VAR_DIR) / "intake"
    with suppress(FileNotFoundError):  # nothing was held yet
        return [each.name for each in root.iterdir() if _touched(each) < at.timestamp()]
    return []


def _touched(folder_: Path) -> float:
    """When a folder or what lies in it was written last; a folder that has just gone was touched now."""
    try:
        return max(each.stat().st_mtime for each in (folder_, *folder_.iterdir()))
    except FileNotFoundError:
        return inf


@contextmanager
def staging(name: str) -> Iterator[Stage]:
    """A stage that is kept beside the file when the block ends well."""
    rows, summary = folder(name) / "rows", folder(name) / "summary"
    summary.unlink(missing_ok=True)
    with rows.open("w+", encoding="utf-8", newline="\n") as text:
        stage = Stage(text)
        yield stage
    # Written last: where it is, the rows are whole.
    summary.write_text(json.dumps(stage.summary()))


@contextmanager
def staged(name: str) -> Iterator[Stage]:
    """The stage that was kept."""
    summary = json.loads((folder(name) / "summary").read_text())
    with (folder(name) / "rows").open(encoding="utf-8", newline="\n") as text:
        yield Stage.again(text, summary)
