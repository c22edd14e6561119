"""Home: what needs me now, then what my roles look at first. People with several roles see the union."""

from dataclasses import replace
from datetime import timedelta

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import render
from django.views.decorators.http import require_GET

import agreements.needs
import incidents.needs
import kpis.needs
import reports.needs
import reviews.needs
from accounts.models import Role
from accounts.needs import in_order
from agreements import people
from agreements.models import Agreement, PositionHolder, Version
from agreements.rules import can_draft
from incidents.models import Breach
from kpis import glance
from kpis.models import Credit, Dispute
from records.models import AuditEntry
from reviews.models import Meeting
from slaportal import audit_questions
from slaportal.views.records import SHOWN, visible_documents

# What the engine does every minute, and mere reading, is no news; the audit trail has it.
QUIET = Q(verb__regex=r"^(document|period|target|notice)\.") | Q(verb__in=["data.rolled_up", "slot.opened"])
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
        "agreements": in_force(request),
        "coming": coming(request),
        "can_draft": can_draft(request.grants),
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
    """Active agreements with how each stands now and what is open in it, for the table: two queries."""
    seen = Agreement.objects.visible_to(request.user, request.now).filter(state=Agreement.State.ACTIVE)
    agreements = list(
        seen.for_list().annotate(
            open_breaches=_number(Breach.objects.open(), "agreement"),
            open_disputes=_number(Dispute.objects.filter(state__in=Dispute.UNSETTLED), "agreement"),
            open_credits=_number(
                Credit.objects.filter(state=Credit.State.PROPOSED), "result__period__target__agreement"
            ),
        )[:10]
    )
    standing = glance.at(agreements, request.now)
    for agreement in agreements:
        agreement.glance = standing.get(agreement.pk, glance.Glance())
        agreement.last_verdicts = list(agreement.glance.last.values())
    return agreements


def _number(rows, of):
    """How many of these rows belong to each agreement, counted beside it."""
    found = rows.filter(**{of: OuterRef("pk")}).order_by().values(of).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(found), 0)


def coming(request):
    """Reviews planned for the next 30 days."""
    until = request.now + timedelta(days=30)
    seen = Agreement.objects.visible_to(request.user, request.now)
    return Meeting.objects.filter(
        agreement__in=seen, state=Meeting.State.SCHEDULED, planned_for__range=(request.now, until)
    ).select_related("agreement")[:5]


def contacts(request):
    """Whom the client calls: who holds the provider's positions of the matrices in force now, by their titles."""
    seen = Agreement.objects.visible_to(request.user, request.now).filter(state=Agreement.State.ACTIVE)
    version = Version.objects.in_force(request.now).filter(agreement=OuterRef("agreement"))
    holders = (
        people.holding(PositionHolder.objects.filter(agreement__in=seen), request.now)
        .annotate(positions=Subquery(version.values("terms__escalation__positions")[:1]))
        .select_related("user", "roster", "turn__user", "agreement").order_by("agreement__reference", "pk")
    )
    rows = [
        {"title": position["title"], "user": person, "agreement": holder.agreement}
        for holder in holders
        for position in holder.positions or ()
        if position["key"] == holder.position and position["party"] == "provider"
        and (person := people.person_of(holder, request.now))
    ]
    return rows[:8]


def latest(request):
    seen = Agreement.objects.visible_to(request.user, request.now)
    return (
        AuditEntry.objects.filter(scope__in=seen.values("reference"))
        .exclude(QUIET)
        .select_related("actor").order_by("-at", "-pk")[:6]
    )
