"""Home: what needs me now, then what my roles look at first. People with several roles see the union."""

from dataclasses import replace
from datetime import timedelta

import agreements.needs
import reports.needs
import reviews.needs
from django.db.models import Prefetch
from django.shortcuts import render
from django.views.decorators.http import require_GET

import incidents.needs
import kpis.needs
from accounts.models import Role
from accounts.needs import in_order
from agreements.models import Agreement, PositionHolder
from kpis.models import Period, PeriodResult
from records.models import AuditEntry
from reports.models import Report
from reviews.models import Meeting
from slaportal import audit_questions
from slaportal.views.records import SHOWN, visible_documents

SOURCES = [agreements.needs, kpis.needs, incidents.needs, reviews.needs, reports.needs]
SOON = timedelta(days=1)


@require_GET
def home(request):
    needs = in_order(
        [need for app in SOURCES for need in app.for_user(request.user, request.grants, request.now)]
    )
    soon = request.now + SOON
    context = {
        "needs": [replace(need, hot=need.due is not None and need.due <= soon) for need in needs],
        "agreements": list(in_force(request)[:10]),
        "coming": coming(request),
    }
    if request.grants.has_anywhere(Role.AUDITOR):
        context |= {
            "documents": visible_documents(request).filter(kind__in=SHOWN).defer("text")[:5],
            "questions": audit_questions.answers(
                Agreement.objects.visible_to(request.user, request.now), now=request.now
            ),
        }
    elif request.grants.has_anywhere(Role.CLIENT):
        context["contacts"] = contacts(request)
    if not request.grants.has_anywhere(Role.AUDITOR):
        context["latest"] = latest(request)
    return render(request, "slaportal/home.html", context)


def in_force(request):
    """Active agreements with their newest closed results, for the table of the home page."""
    closed = (
        PeriodResult.objects.filter(period__state=Period.State.CLOSED)
        .select_related("period__target")
        .order_by("-period__hi", "period__target__key", "-edition")
    )
    periods = Period.objects.filter(state=Period.State.CLOSED).order_by("-hi").prefetch_related(
        Prefetch("results", closed)
    )
    return (
        Agreement.objects.visible_to(request.user, request.now)
        .filter(state=Agreement.State.ACTIVE)
        .for_list()
        .prefetch_related(Prefetch("targets__periods", periods))
    )


def coming(request):
    """What the next 30 days bring: planned reviews and ends of running periods."""
    until = request.now + timedelta(days=30)
    seen = Agreement.objects.visible_to(request.user, request.now)
    meetings = Meeting.objects.filter(
        agreement__in=seen, state=Meeting.State.SCHEDULED, planned_for__range=(request.now, until)
    ).select_related("agreement")[:5]
    reports = Report.objects.filter(agreement__in=seen, state=Report.State.SHARED).select_related("agreement")[:5]
    return {"meetings": meetings, "reports": reports}


def contacts(request):
    """Whom the client calls: the provider's positions of the matrices that name this person's agreements."""
    seen = Agreement.objects.visible_to(request.user, request.now).filter(state=Agreement.State.ACTIVE)
    return (
        PositionHolder.objects.filter(agreement__in=seen, until=None)
        .select_related("user", "agreement")
        .order_by("agreement__reference", "pk")[:8]
    )


def latest(request):
    seen = Agreement.objects.visible_to(request.user, request.now)
    return (
        AuditEntry.objects.filter(scope__in=seen.values("reference"))
        .exclude(verb__startswith="document.")
        .select_related("actor")[:6]
    )
