"""Words for periods, spans and sums (no ORM)."""

from datetime import timedelta
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kpis.windows import label_bounds, read_label


def period_name(label: str) -> str:
    """ "May 2026" for 2026-05, "April to June 2026" for 2026-Q2."""
    first, months = read_label(label)
    last = label_bounds(label, "UTC").hi.date() - timedelta(days=1)
    if first.day != 1:
        words = {"first": date_format(first, "j F Y"), "last": date_format(last, "j F Y")}
        return _("%(first)s to %(last)s") % words
    if months == 1:
        return date_format(first, "F Y")
    if (months, first.month) == (12, 1):
        return str(first.year)
    words = {"first": date_format(first, "F"), "last": date_format(last, "F"), "year": last.year}
    if first.year != last.year:
        words["first"] = date_format(first, "F Y")
    return _("%(first)s to %(last)s %(year)s") % words


def short_period_name(label: str) -> str:
    """ "May" for 2026-05, "Q2" for 2026-Q2; with the year in January."""
    first, months = read_label(label)
    year = f"’{first.year % 100:02}"
    if months == 12:
        return year if (first.month, first.day) == (1, 1) else f"{year}/{(first.year + 1) % 100:02}"
    if months == 1:
        name = date_format(first, "M")
    elif months == 3 and "Q" in label:
        name = label.partition("-")[2]
    else:
        name = f"{date_format(first, 'M')}+{months}"
    return f"{name} {year}" if first.month == 1 else name


def money(amount: Decimal, currency: str) -> str:
    """ "2,500.00 EUR": exact to the cent, thousands parted."""
    return f"{amount:,.2f} {currency}"
