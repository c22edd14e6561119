"""What is typeset is typeset once: the same document again is the same bytes (tests/records/test_pdf.py proves it of
two processes), and a test that needs a signed agreement would wait a second for each.

Tests of printing itself carry the mark `typesets` and always print.
"""

from functools import lru_cache, wraps

from records import pdf


def once(typeset):
    """The same function, which remembers the last hundred documents by all that they are made of."""
    kept = lru_cache(maxsize=100)(typeset)

    @wraps(typeset)
    def print_(html, *, attachments=(), **kwargs):
        return kept(html, attachments=tuple(attachments), **kwargs)

    return print_


pdf.typeset = once(pdf.typeset)
really = pdf.typeset.__wrapped__
