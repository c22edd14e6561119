"""Contracts signed on paper, for tests: a scan, and the act that brings it in."""

from datetime import date
from functools import cache

from agreements import actions
from records import pdf
from tests.factories import NOON


@cache
def a_scan(words="Signed by both"):
    return pdf.render(f"<html lang=en><body><p>{words}</p></body></html>", title="Scan", language="en", at=NOON)


def bring_in(version, *, at=NOON, **changes):
    fields = {
        "content": a_scan(), "signed_by": "Helen Marsh, director", "concluded_on": date(2026, 4, 20),
        "statement": "Kept in the safe, compared word by word", "at": at,
    } | changes
    return actions.bring_in(version, **fields)
