"""The demo's real input, cut into the files that a provider would deliver. Sources: data/README.md."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

DATA = Path(__file__).parent / "data"
# 526 weeks: weekdays are kept, April and May 2016 become May and June 2026.
SHIFT = timedelta(days=3682)
SITE = "canvas-lms"


def cases_csv(lo: datetime, hi: datetime) -> bytes:
    """The incidents closed in [lo, hi), as the service desk's export of that month."""
    out = io.StringIO()
    writer = csv.writer(out)
    extra = ["contact_type", "made_sla", "reassignments", "reopenings"]
    writer.writerow(["external_id", "opened_at", "resolved_at", "closed_at", "priority", *extra])
    for row in _incidents():
        if lo <= _moment(row["closed_at"]) < hi:
            times = [_shifted(row[name]) for name in ("opened_at", "resolved_at", "closed_at")]
            writer.writerow([row["number"], *times, row["priority"], *(row[name] for name in extra)])
    return out.getvalue().encode()


def outages_csv(lo: datetime, hi: datetime) -> bytes:
    """The outages of the learning platform that touch [lo, hi), as the status page's export."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["down_at", "up_at"])
    for outage in _outages():
        if datetime.fromisoformat(outage["down_at"]) < hi and datetime.fromisoformat(outage["up_at"]) > lo:
            writer.writerow([outage["down_at"], outage["up_at"]])
    return out.getvalue().encode()


def _incidents() -> Iterator[dict[str, str]]:
    with gzip.open(DATA / "incidents.csv.gz", "rt", encoding="ascii") as file:
        yield from csv.DictReader(file)


def _outages() -> list[dict[str, str]]:
    sites = json.loads((DATA / "outages.json").read_text())["sites"]
    return next(site["outages"] for site in sites if site["site"] == SITE)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) + SHIFT


def _shifted(text: str) -> str:
    return _moment(text).isoformat() if text else ""
