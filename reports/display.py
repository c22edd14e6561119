"""What the pages show of reports beside their facts."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from kpis import claims
from reports import facts, sheet, words
from reports.models import Receipt, Report


def row(report: Report) -> dict[str, Any]:
    """One line of a list."""
    known = report.facts
    return {
        "report": report,
        "name": known["name"],
        "title": known["agreement"]["title"],
        "light": known["light"],
        "light_text": words.light(known),
        "counts": known["counts"],
        "until": facts.accepted_at(report) if report.state == Report.State.SHARED else None,
    }


def views(chosen: str) -> list[dict[str, Any]]:
    """The filters of the list in the form that components/views.html takes."""
    names = {
        "": _("All"),
        "shared": _("To confirm"),
        "disputed": _("Disputed"),
        "acknowledged": _("Acknowledged"),
        "deemed": _("Accepted by silence"),
    }
    base = reverse("reports:index")
    return [
        {"name": name, "url": f"{base}?state={key}" if key else base, "current": key == chosen}
        for key, name in names.items()
    ]


def page(report: Report, user: User, now: datetime) -> dict[str, Any]:
    """One report: its sheet, its receipts, its editions."""
    receipts = list(report.receipts.select_related("user"))
    editions = list(Report.objects.filter(number=report.number).select_related("document").order_by("-edition"))
    whole = not facts.problems(report.facts, report.facts_sha256)
    return sheet.build(report.facts) | {
        "report": report,
        "agreement": report.agreement,
        "receipts": [_receipt(each) for each in receipts],
        "confirmed": sum(each.acknowledged_at is not None for each in receipts),
        "mine": next((each for each in receipts if each.user_id == user.pk), None),
        "editions": editions,
        "newest": editions[0].pk == report.pk,
        "newer": editions[0] if editions[0].pk != report.pk else None,
        "until": facts.accepted_at(report) if report.state == Report.State.SHARED else None,
        "facts_hold": whole,
        "disputed_now": claims.disputed_within(report.agreement, report.lo, report.hi),
    }


def _receipt(receipt: Receipt) -> dict[str, Any]:
    """A person with the furthest that they came: told, opened, disputed, confirmed."""
    if receipt.acknowledged_at:
        tone, icon, said, at = "ok", "circle-check", _("Confirmed"), receipt.acknowledged_at
    elif receipt.disputed_at:
        tone, icon, said, at = "warn", "scale", _("Disputed"), receipt.disputed_at
    elif receipt.opened_at:
        tone, icon, said, at = "info", "eye", _("Opened"), receipt.opened_at
    else:
        tone, icon, said, at = "mute", "mail", _("Told, not opened"), receipt.told_at
    return {"user": receipt.user, "tone": tone, "icon": icon, "text": said, "at": at, "remark": receipt.remark}
