"""The frozen figures of a breach as the page shows them."""

from fractions import Fraction
from math import ceil, floor

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from incidents.models import Breach
from kpis.models import Credit

SIGNS = {">=": "≥", "<=": "≤"}


def shown(breach: Breach, earlier: QuerySet[Breach]) -> list[dict]:
    """In the form that components/figures.html takes. `earlier`: breaches of the same KPI before this one."""
    kpi, outcome = breach.figures["kpi"], breach.figures["outcome"]
    figures = [_result(breach, kpi, outcome), _room(outcome), *_credit(breach), _earlier(earlier)]
    return [figure for figure in figures if figure]


def target(kpi: dict) -> str:
    return _("target %(sign)s %(target)s %(unit)s") % {
        "sign": SIGNS[kpi["op"]], "target": kpi["target"], "unit": kpi["unit"]
    }


def brief(breach: Breach) -> str:
    """One line for a list: "99.781 %, target ≥ 99.90 %"."""
    kpi, value = breach.figures["kpi"], breach.figures["outcome"].get("value")
    if not value:
        return target(kpi)
    figure = towards_bad(Fraction(value), kpi["op"], kpi["decimals"])
    return f"{figure} {kpi['unit']}, {target(kpi)}"


def _result(breach: Breach, kpi: dict, outcome: dict) -> dict:
    value = outcome.get("value")
    return {
        "label": _("Result") if breach.confirmed else _("Result so far"),
        "value": towards_bad(Fraction(value), kpi["op"], kpi["decimals"]) if value else _("No figure"),
        "unit": kpi["unit"] if value else "",
        "note": target(kpi),
        "tone": "bad",
    }


def _room(outcome: dict) -> dict | None:
    room = outcome.get("room")
    if not room:
        return None
    used, allowed = Fraction(room["used"]), Fraction(room["allowed"])
    if room["unit"] == "seconds":
        return {
            "label": _("Down"), "value": towards_bad(used / 60, "<=", 1), "unit": _("min"),
            "note": _("%(allowed)s min allowed") % {"allowed": towards_bad(allowed / 60, ">=", 1)},
        }
    if room["unit"] == "cases":
        return {
            "label": _("Missed cases"), "value": towards_bad(used, "<=", 0),
            "note": _("%(allowed)s allowed") % {"allowed": towards_bad(allowed, ">=", 0)},
        }
    return None


def _credit(breach: Breach) -> list[dict]:
    credit = Credit.objects.filter(result__period=breach.period_id).order_by("-result__edition").first()
    if credit is None:
        return []
    return [{
        "label": _("Credit"), "value": f"{credit.amount:,}", "unit": credit.currency,
        "note": _("%(percent)s %% of the fee, %(state)s") % {
            "percent": f"{credit.percent.normalize():f}", "state": credit.get_state_display().lower()
        },
    }]


def _earlier(earlier: QuerySet[Breach]) -> dict:
    before = list(earlier.order_by("-opened_at")[:100])
    last = before[0] if before else None
    return {
        "label": _("Missed before"),
        "value": str(len(before)),
        "url": last.get_absolute_url() if last else "",
        "note": _("last: %(number)s") % {"number": last.number} if last else _("the first time for this KPI"),
    }


def towards_bad(value: Fraction, op: str, decimals: int) -> str:
    """Round to the side that flatters nobody: down for what should be high, up for what should be low."""
    scaled = value * 10**decimals
    whole = floor(scaled) if op == ">=" else ceil(scaled)
    sign, digits = "−" if whole < 0 else "", f"{abs(whole):0{decimals + 1}d}"
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else f"{sign}{digits}"
