"""Words for periods, spans and sums (no ORM)."""

from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _


def period_name(label: str) -> str:
    """ "May 2026" for 2026-05, "April to June 2026" for 2026-Q2."""
    year, _dash, part = label.partition("-")
    if not part.startswith("Q"):
        return date_format(date(int(year), int(part), 1), "F Y")
    first = int(part[1:]) * 3 - 2
    return _("%(first)s to %(last)s %(year)s") % {
        "first": date_format(date(int(year), first, 1), "F"),
        "last": date_format(date(int(year), first + 2, 1), "F"),
        "year": year,
    }


def short_period_name(label: str) -> str:
    """ "May" for 2026-05, "Q2" for 2026-Q2; with the year in January."""
    year, _dash, part = label.partition("-")
    name = part if part.startswith("Q") else date_format(date(int(year), int(part), 1), "M")
    return f"{name} ’{year[2:]}" if part in ("01", "Q1") else name


def money(amount: Decimal, currency: str) -> str:
    """ "2,500.00 EUR": exact to the cent, thousands parted."""
    return f"{amount:,.2f} {currency}"
