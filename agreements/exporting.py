"""The list of agreements as CSV, row by row, for a spreadsheet and for another program."""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from agreements import lives
from agreements.listing import Row
from agreements.models import Agreement

CHUNK = 500
# What a spreadsheet takes for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = [
    "reference", "title", "kind", "provider", "client", "owner", "state", "version", "version_under_way",
    "effective_from", "ends_on", "renews", "changed_at",
]  # fmt: skip


class _Echo:
    def write(self, line: str) -> str:
        return line


def lines(agreements: QuerySet[Agreement], *, source: str, filters: str, at: datetime, zone: str) -> Iterator[str]:
    """The file in pieces: where it is from, under which filters, when and in which zone its times are; then rows.

    Every instant is ISO 8601 with its offset. Memory does not grow with the number of rows.
    """
    table = csv.writer(_Echo())
    local = ZoneInfo(zone)
    # A mark by which spreadsheets know that this is UTF-8.
    yield "\ufeff"
    for name, value in (
        (_("Source"), source), (_("Filter"), filters), (_("As of"), at.astimezone(local).isoformat()),
        (_("Time zone"), zone),
    ):  # fmt: skip
        yield table.writerow([safe(f"# {name}"), safe(value)])
    yield table.writerow(COLUMNS)
    loaded = lives.with_lives(agreements.select_related("provider", "client", "owner"))
    for agreement in loaded.iterator(chunk_size=CHUNK):
        yield table.writerow([safe(cell) for cell in _cells(Row(agreement, lives.standing(agreement, at)), local)])


def safe(cell: str) -> str:
    """Text that a spreadsheet shows and never computes."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _cells(row: Row, zone: ZoneInfo) -> Iterable[str]:
    agreement, standing = row.agreement, row.standing
    version, under_way = standing.version, standing.under_way
    return [
        agreement.reference, agreement.title, agreement.kind, str(agreement.provider), str(agreement.client),
        str(agreement.owner), standing.state, version.label if version else "",
        under_way.label if under_way else "", _instant(version.effective_from if version else None, zone),
        row.ends_on.isoformat() if row.ends_on else "", "yes" if row.renews else "no",
        _instant(agreement.changed_at, zone),
    ]  # fmt: skip


def _instant(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat() if at else ""
