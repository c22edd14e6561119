"""The bytes of held files, under VAR_DIR until their person decides; and what reading them gave."""

import hashlib
import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from math import inf
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from kpis.intake.staging import Stage

CHUNK = 1024 * 1024


def keep(file: BinaryIO, indicator_id: int) -> tuple[str, int, str]:
    """Copy a stream's file into a folder of its own; returns the folder's name, the size and the SHA-256."""
    name, digest, size = f"{indicator_id}-{secrets.token_hex(10)}", hashlib.sha256(), 0
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


def untouched_since(at: datetime) -> dict[str, int]:
    """The folders of held files in which nothing was made since an instant, each with the id of its stream.

    The clock is that of the file system. What has no name of ours is left alone.
    """
    root, found = Path(settings.VAR_DIR) / "intake", dict[str, int]()
    with suppress(FileNotFoundError):  # nothing was held yet
        for each in root.iterdir():
            stream = each.name.partition("-")[0]
            if stream.isdecimal() and _touched(each) < at.timestamp():
                found[each.name] = int(stream)
    return found


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
