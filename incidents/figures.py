"""The frozen figures of a breach as the pages show them."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from incidents.models import Breach
from kpis.display import duration, number, show, show_target
from kpis.models import Credit
from kpis.text import money


def brief(breach: Breach) -> str:
    """One line for a list: "99.781 %, target ≥ 99.90 %"; for a late case when it was due."""
    if "outcome" not in breach.figures:
        return _due(breach)
    value = breach.figures["outcome"].get("value")
    return f"{_shown(breach, value)}, {_target(breach)}" if value else _target(breach)


def shown(breach: Breach, earlier: QuerySet[Breach]) -> list[dict[str, Any]]:
    """In the form that components/figures.html takes. `earlier`: breaches of the same KPI before this one."""
    outcome = breach.figures.get("outcome")
    if outcome is None:
        return [*_late(breach), _earlier(earlier)]
    figures = [_result(breach, outcome), _best(breach, outcome), _room(outcome), *_credit(breach)]
    return [figure for figure in [*figures, _earlier(earlier)] if figure]


def _due(breach: Breach) -> str:
    due = breach.figures.get("case", {}).get("due_at")
    return _("due %(time)s") % {"time": date_format(localtime(datetime.fromisoformat(due)), "j M, H:i")} if due else ""


def _late(breach: Breach) -> list[dict]:
    case = breach.figures.get("case", {})
    if "limit_seconds" not in case:
        return _ticket(breach, case)
    due = {"label": _("Was due"), "value": _due(breach).removeprefix(_("due %(time)s") % {"time": ""}), "tone": "bad"}
    return [due, {"label": _("Allowed"), "value": duration(case["limit_seconds"]), "note": _("of the agreed hours")}]


def _ticket(breach: Breach, case: dict) -> list[dict]:
    """A late case of a KPI, with the way to its clock; an incident of ours has a page of its own."""
    about = breach.cause.split(":")
    if about[0] != "case" or "id" not in case:
        return []
    url = reverse("kpis:case", args=[breach.agreement.reference, about[2]])
    return [{
        "label": _("Case"), "value": case["id"], "note": _("its clock, step by step"),
        "url": f"{url}?{urlencode({'case': case['id']})}",
    }]  # fmt: skip


def _shown(breach: Breach, value: str) -> str:
    kpi = breach.figures["kpi"]
    target = Decimal(kpi["target"])
    return show(Fraction(value), op=kpi["op"], decimals=kpi["decimals"], unit=kpi["unit"], target=target)


def _target(breach: Breach) -> str:
    kpi = breach.figures["kpi"]
    promise = show_target(kpi["op"], Decimal(kpi["target"]), kpi["unit"], kpi["decimals"])
    return _("target %(promise)s") % {"promise": promise}


def _result(breach: Breach, outcome: dict) -> dict:
    value = outcome.get("value")
    return {
        "label": _("Result") if breach.confirmed else _("Result so far"),
        "value": _shown(breach, value) if value else _("No figure"),
        "note": _target(breach),
        "tone": "bad",
    }


def _best(breach: Breach, outcome: dict) -> dict | None:
    if breach.confirmed or not outcome.get("best"):
        return None
    return {
        "label": _("Best still possible"),
        "value": _shown(breach, outcome["best"]),
        "note": _("if nothing else goes wrong"),
    }


def _room(outcome: dict) -> dict | None:
    room = outcome.get("room")
    if not room or room["unit"] == "value":
        return None
    used, allowed = Fraction(room["used"]), Fraction(room["allowed"])
    if room["unit"] == "seconds":
        spent, least = duration(used, toward="up"), duration(allowed, toward="down")
        return {"label": _("Down"), "value": spent, "note": _("%(least)s allowed") % {"least": least}}
    spent, least = number(used, toward="up"), number(allowed, toward="down")
    return {"label": _("Missed cases"), "value": spent, "note": _("%(least)s allowed") % {"least": least}}


def _credit(breach: Breach) -> list[dict]:
    credit = Credit.objects.filter(result__period=breach.period_id).order_by("-result__edition").first()
    if credit is None:
        return []
    share, state = f"{credit.percent.normalize():f}", credit.get_state_display().lower()
    return [
        {
            "label": _("Credit"),
            "value": money(credit.amount, credit.currency),
            "note": _("%(share)s %% of the fee, %(state)s") % {"share": share, "state": state},
            # Where the client agrees to it or refuses it.
            "url": breach.period.get_absolute_url(),
        }
    ]


def _earlier(earlier: QuerySet[Breach]) -> dict:
    before = list(earlier.order_by("-opened_at")[:100])
    last = before[0] if before else None
    return {
        "label": _("Missed before"),
        "value": str(len(before)),
        "url": last.get_absolute_url() if last else "",
        "note": _("last: %(number)s") % {"number": last.number} if last else _("the first time for this KPI"),
    }
