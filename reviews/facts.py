"""Reads: the facts since an agreement's last review, in words for its agenda."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from agreements.models import Agreement
from incidents.models import Breach
from kpis.display import show, show_target
from kpis.models import Credit, PeriodResult
from kpis.text import money, period_name
from reviews.agenda import Facts, Result
from reviews.models import Action, AgreedChange, Feedback, Meeting


def since_last(agreement: Agreement, timezone: str, at: datetime) -> Facts:
    """What a review at `at` has to look at. `timezone` is the agreement's."""
    last = (
        Meeting.objects.filter(agreement=agreement, held_at__lt=at)
        .order_by("-held_at").values_list("held_at", flat=True).first()
    )
    return Facts(
        since=last.astimezone(ZoneInfo(timezone)).date() if last else None,
        results=_results(agreement, last),
        breaches=_breaches(agreement, last),
        feedback=_feedback(agreement, last),
        credits=_credits(agreement, last),
        actions=_actions(agreement, at.astimezone(ZoneInfo(timezone)).date()),
        changes=_changes(agreement),
    )


def _after(last: datetime | None, field: str) -> Q:
    return Q(**{f"{field}__gt": last}) if last else Q()


def _results(agreement: Agreement, last: datetime | None) -> list[Result]:
    results = PeriodResult.objects.filter(
        _after(last, "period__closed_at"), period__target__agreement=agreement
    ).select_related("period__target").order_by("period__lo", "period__target__key", "edition")
    newest = {result.period_id: result for result in results}  # the newest edition comes last
    return [
        Result(
            result.period.target.name, period_name(result.period.label), result.verdict, _figure(result)
        )
        for result in newest.values()
    ]


def _figure(result: PeriodResult) -> str:
    kpi = result.period.target.spec["kpi"]
    target, value = Decimal(kpi["target"]), result.outcome.get("value")
    form = {"decimals": kpi["decimals"], "unit": kpi["unit"]}
    promise = show_target(kpi["op"], target, **form)
    if not value:
        return promise
    return f"{show(Fraction(value), op=kpi['op'], target=target, **form)} ({promise})"


def _breaches(agreement: Agreement, last: datetime | None) -> list[str]:
    unsettled = ~Q(state__in=[Breach.State.CLOSED, Breach.State.NOT_A_BREACH])
    found = Breach.objects.filter(_after(last, "opened_at") | unsettled, agreement=agreement)
    return [
        f"{breach.number} {breach.title}: {breach.get_state_display()}" for breach in found.order_by("pk")
    ]


def _feedback(agreement: Agreement, last: datetime | None) -> list[str]:
    found = Feedback.objects.filter(_after(last, "at"), agreement=agreement).select_related("by")
    return [
        _("%(period)s: %(score)d of 5 by %(name)s%(text)s")
        % {
            "period": period_name(each.period),
            "score": each.score,
            "name": each.by.name,
            "text": f": {each.text}" if each.text else "",
        }
        for each in found.order_by("period", "pk")
    ]


def _credits(agreement: Agreement, last: datetime | None) -> list[str]:
    found = Credit.objects.filter(
        _after(last, "result__created_at"), result__period__target__agreement=agreement
    ).select_related("result__period__target")
    return [
        f"{credit.period.target.name}, {period_name(credit.period.label)}: "
        f"{money(credit.amount, credit.currency)}, {credit.get_state_display()}"
        for credit in found.order_by("pk")
    ]


def _actions(agreement: Agreement, today) -> list[str]:
    found = Action.objects.filter(meeting__agreement=agreement, state=Action.State.OPEN)
    return [
        _("%(text)s: %(owner)s, until %(day)s%(late)s")
        % {
            "text": each.text,
            "owner": each.owner.name,
            "day": date_format(each.due_on, "j F Y"),
            "late": _(" (late)") if each.due_on < today else "",
        }
        for each in found.select_related("owner")
    ]


def _changes(agreement: Agreement) -> list[str]:
    found = AgreedChange.objects.filter(meeting__agreement=agreement).select_related("meeting")
    return [
        f"{each.source}: {each.text} ({each.amendment or _('not begun')})"
        for each in found.order_by("meeting__held_at", "number")
    ]
