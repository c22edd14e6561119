"""Lists as CSV files that spreadsheets open without harm (no ORM)."""

import csv
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

# A cell that begins so is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def response(
    filename: str, about: Sequence[str], columns: Sequence[str], rows: Iterable[Iterable[str]]
) -> HttpResponse:
    """A download; its first lines say what it is, under which filter, as of when."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    sheet = csv.writer(answer)
    sheet.writerows([f"# {line}"] for line in about)
    sheet.writerow(columns)
    sheet.writerows([harmless(cell) for cell in row] for row in rows)
    return answer


def harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
