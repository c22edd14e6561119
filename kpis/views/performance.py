"""Are promises kept? The agreements of a person, one agreement's month, one KPI's period."""

from datetime import timedelta
from typing import NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from agreements.models import Agreement
from agreements.rules import working_for
from kpis import actions, board, charts, claims, details, display, method, outlook, reading, rules, text, workload
from kpis.models import PeriodResult, Target
from kpis.pictures import day_picture, month_picture, sparks
from kpis.views.claiming import beside
from kpis.windows import is_month, label_bounds, months_back, window_of


@require_GET
def index(request):
    """The agreements that are measured, each with the counts of this month and of the one before."""
    measured = Agreement.objects.visible_to(request.user, request.now).filter(
        pk__in=Target.objects.values("agreement")
    )
    page = Paginator(measured.for_list(), 50).get_page(request.GET.get("page"))
    month = window_of("month", "UTC", request.now).label
    now, before = (board.verdicts(page.object_list, each) for each in months_back(month, 2))
    rows = [
        {
            "agreement": each,
            "now": reading.tally(now.get(each.pk, [])),
            "before": reading.tally(before.get(each.pk, [])),
            "measured_before": each.pk in before,
        }
        for each in page.object_list
    ]
    context = {"page": page, "rows": rows, "month": text.period_name(month),
               "month_before": text.period_name(months_back(month, 2)[1])}  # fmt: skip
    return render(request, "kpis/index.html", context)


@require_GET
def dashboard(request, reference):
    """One agreement in one month: the sentence, every KPI, the twelve months, the credits."""
    agreement = find(request, reference)
    months = board.labels(agreement)
    month = request.GET.get("month") or board.default_month(agreement, request.now)
    if not months:
        return render(request, "kpis/dashboard_empty.html", {"agreement": agreement})
    if month not in months:
        raise Http404
    found = board.readings(agreement, month, request.now)
    history = board.history(agreement, month, found)
    year = list(reversed(months_back(month, board.MONTHS_SHOWN)))
    context = {
        "agreement": agreement,
        "month": month,
        "month_name": text.period_name(month),
        "months": [(each, text.period_name(each)) for each in reversed(months)],
        **_neighbours(months, month),
        "readings": _marked(agreement, sparks(found, history)),
        "heat": _heat(found, history, year),
        "heads": [text.short_period_name(each) for each in year],
        "sentence": reading.sentence(found),
        "tone": reading.tone(found),
        "as_of": min((each.known_at for each in found if each.running), default=None),
        "day": _day(found, request.now),
        "credits": _credits(request, found),
        "version": found[-1].period.target.version if found else None,
        "volumes": _volumes(found, month),
    }
    return render(request, "kpis/dashboard.html", context)


@require_GET
def standing(request, reference):
    """How an agreement stands now, for its first page: a card there, a small page without script."""
    agreement = find(request, reference)
    month = board.default_month(agreement, request.now)
    found = board.readings(agreement, month, request.now) if month else []
    history = board.history(agreement, month, found) if month else {}
    context = {
        "agreement": agreement,
        "month_name": text.period_name(month) if month else "",
        "readings": _marked(agreement, sparks(found, history)),
        "sentence": reading.sentence(found),
        "tone": reading.tone(found),
    }
    return render(request, "kpis/_standing.html" if request.htmx else "kpis/standing.html", context)


@require_GET
def kpi(request, reference, key):
    """One KPI in one period: figures, day by day, what it was made of, how it is worked out."""
    agreement = find(request, reference)
    labels, label, found, shown = chosen(request, agreement, key)
    target = shown.period.target
    series = board.series(agreement, key, shown)
    cells = charts.month_strip([point for _label, point in series], shown.promise)
    page = details.table(shown, request.GET.get("page"))
    claimed = beside(request, shown)
    hatched = claims.hatched(claimed["excluded"])
    volumes = workload.volumes(target.version, shown.period.lo, shown.period.hi, shown.known_at)
    context = claimed | {
        "agreement": agreement,
        "target": target,
        "reading": shown,
        "parts": found if len(found) > 1 else [],
        "labels": [(each, text.period_name(each)) for each in reversed(labels)],
        **_neighbours(labels, label),
        "formula": method.formula(target.spec),
        "lines": method.lines(target.spec),
        "chart": day_picture(shown, hatched),
        "strip": [
            {"cell": cell, "url": f"?period={of}"} for cell, (of, _point) in zip(cells, series, strict=True)
        ],
        "months_chart": month_picture([point for _label, point in series], shown),
        "outlook": outlook.of(shown),
        "page": page,
        "rows_total": display.number(page.paginator.count),
        "results": shown.period.results.all(),
        "can_recompute": rules.can_recompute(request.grants, agreement),
        "can_log": bool(working_for(request.grants, agreement)),
        "credits": _credits(request, [shown]),
        "volumes": volumes,
        "passed": [each for each in volumes if each.over],
    }
    return render(request, "kpis/kpi.html", context)


class Chosen(NamedTuple):
    """The period of a KPI that an address asks for: all labels, its own, its parts, and the part shown."""

    labels: list[str]
    label: str
    parts: list[reading.Reading]
    shown: reading.Reading


def chosen(request, agreement, key):
    """Which period and part are meant; without a word the newest that has a figure. 404 for one that is none."""
    labels = board.period_labels(agreement, key)
    label = request.GET.get("period") or board.default_period(agreement, key, request.now)
    if label is None or label not in labels:
        raise Http404
    found = board.kpi_readings(agreement, key, label, request.now)
    part = request.GET.get("part", "")
    known = part.isdecimal() and len(part) < 5 and 0 < int(part) <= len(found)
    return Chosen(labels, label, found, found[int(part) - 1] if known else found[-1])


@require_POST
def recompute(request, reference, key):
    """Work a closed result out again from the raw rows, before the reader's eyes."""
    agreement = find(request, reference)
    if not rules.can_recompute(request.grants, agreement):
        raise PermissionDenied
    results = PeriodResult.objects.filter(period__target__agreement=agreement, period__target__key=key)
    pk = request.POST.get("result", "")
    result = get_object_or_404(results, pk=int(pk) if pk.isdecimal() and len(pk) < 18 else 0)
    if actions.recompute_result(result, actor=request.user, at=request.now):
        messages.success(request, _("Worked out again from the raw rows: the same result, byte for byte."))
    else:
        messages.error(request, _("Worked out again from the raw rows: a DIFFERENT result. Tell an auditor."))
    return redirect(result.period)


def find(request, reference):
    visible = Agreement.objects.visible_to(request.user, request.now)
    return get_object_or_404(visible.select_related("provider", "client", "owner"), reference=reference)


def _marked(agreement, rows):
    """Each row with the unsettled disputes about its period."""
    disputed = claims.disputed(agreement, [row["reading"].period for row in rows])
    return [row | {"disputed": disputed.get(row["reading"].period.pk, [])} for row in rows]


def _neighbours(labels, label):
    at = labels.index(label)
    return {
        "previous": labels[at - 1] if at else None,
        "following": labels[at + 1] if at + 1 < len(labels) else None,
    }


def _volumes(found, month):
    """The limits of each version of the month beside its targets; of a closed month as known at its close."""
    known, rows = {}, []
    for each in found:
        version = each.period.target.version
        known[version.pk] = (version, max(each.known_at, known.get(version.pk, (None, each.known_at))[1]))
    for version, known_at in known.values():
        lo, hi = label_bounds(month, version.terms["agreement"]["timezone"])[1:]
        rows += workload.volumes(version, lo, hi, known_at)
    return rows


def _heat(found, history, months):
    rows, seen = [], set()
    for each in found:
        target = each.period.target
        if target.key not in seen:
            seen.add(target.key)
            cells = zip(charts.month_strip(history[target.key], each.promise), months, strict=True)
            rows.append({
                "target": target,
                "promise": each.target,
                "cells": [{"cell": cell, "url": _cell_url(each, cell, month)} for cell, month in cells],
            })
    return rows


def _cell_url(shown, cell, month):
    if cell.state == "not_due":
        return ""
    label = month if shown.period.label == month else shown.cycle.window(label_bounds(month, "UTC").lo).label
    return f"{shown.period.target.get_absolute_url()}?period={label}"


def _day(found, now):
    """ "Day 17 of 30" of a running month."""
    running = next((each.period for each in found if each.running and is_month(each.period.label)), None)
    if running is None:
        return ""
    days = {"day": (now - running.lo).days + 1, "all": -((running.lo - running.hi) // timedelta(days=1))}
    return _("Day %(day)d of %(all)d.") % days


def _credits(request, found):
    rows = []
    for each in found:
        credit = getattr(each.result, "credit", None) if each.result else None
        if credit is not None:
            rows.append({
                "credit": credit,
                "reading": each,
                "money": text.money(credit.amount, credit.currency),
                "may_decide": rules.can_decide_credit(request.grants, credit),
            })
    return rows
