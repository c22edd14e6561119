"""What is typeset is typeset once: the same document again is the same bytes (tests/records/test_pdf.py proves it of
two processes), and a test that needs a signed agreement would wait a second for each.

What was printed is kept from run to run, in a folder whose name says what it was printed with. Tests of printing
itself carry the mark `typesets` and always print.
"""

import hashlib
import os
import pickle
import shutil
from functools import lru_cache, wraps
from pathlib import Path

from django.conf import settings
from weasyprint.text.ffi import pango

from records import pdf

ROOT = Path(settings.BASE_DIR)
MOST = 1000  # documents; some say the hash of a file that is another one in each run


def _shelf():
    """The folder for what is printed now; throws away what was printed with other styles, fonts or packages."""
    made_with = [
        *(ROOT / "records").glob("*.py"),
        *(ROOT / "static" / "print").iterdir(),
        *(Path(settings.ASSETS_DIR) / "vendor" / "fonts").glob("*"),
        *(ROOT / "requirements").glob("*.txt"),
    ]
    parts = [f"{file.name} {_digest(file.read_bytes())}" for file in made_with] + [f"pango {pango.pango_version()}"]
    wanted = settings.VAR_DIR / f"test-printed-{_digest(' '.join(sorted(parts)).encode())[:16]}"
    for old in settings.VAR_DIR.glob("test-printed-*"):
        if old != wanted:
            shutil.rmtree(old, ignore_errors=True)  # another process may be at it, too
    wanted.mkdir(parents=True, exist_ok=True)
    for old in sorted(wanted.iterdir(), key=os.path.getmtime)[:-MOST]:
        old.unlink(missing_ok=True)
    return wanted


def _digest(content):
    return hashlib.sha256(content).hexdigest()


def once(typeset, shelf):
    """The same function, which takes from the shelf what was made of exactly the same."""

    @lru_cache(maxsize=100)
    def kept(html, **kwargs):
        file = shelf / _digest(repr((str(html), sorted(kwargs.items()))).encode())
        if not file.exists():
            made = typeset(html, **kwargs)
            aside = file.with_suffix(f".{os.getpid()}")
            aside.write_bytes(pickle.dumps(made))
            aside.rename(file)
        file.touch()
        return pickle.loads(file.read_bytes())

    @wraps(typeset)
    def print_(html, *, attachments=(), **kwargs):
        return kept(html, attachments=tuple(attachments), **kwargs)

    return print_


pdf.typeset = once(pdf.typeset, _shelf())
really = pdf.typeset.__wrapped__
