"""A run of any subject: its page, and the one-use link by which a mail lets its recipient acknowledge."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_fsm import TransitionNotAllowed

from agreements import people
from agreements.models import Agreement
from incidents import actions, display, history, rules, telling
from incidents.escalation import Faster
from incidents.forms import SeenForm
from incidents.models import AckLink, Run


def _found(request, pk):
    known = Agreement.objects.visible_to(request.user, request.now)
    runs = Run.objects.filter(agreement__in=known).select_related("agreement__client", "acknowledged_by", "breach")
    return get_object_or_404(runs.prefetch_related("steps"), pk=pk)


@require_GET
def page(request, pk):
    run = _found(request, pk)
    if (place := telling.page(run)) != run.get_absolute_url():
        return redirect(place)
    context = {
        "run": run,
        "agreement": run.agreement,
        "rungs": display.rungs(run, people.holders_of(run.agreement, request.now), request.user, request.now),
        "entries": history.of_run(run),
        "can_acknowledge": can_acknowledge(request.grants, run),
        "can_raise": can_raise(request.grants, run),
    }
    return render(request, "incidents/run.html", context)


def can_acknowledge(grants, run):
    return run.state in (Run.State.ACTIVE, Run.State.SUSPENDED) and rules.can_acknowledge(grants, run)


def can_raise(grants, run):
    return run.state != Run.State.RESOLVED and run.level < run.top and rules.can_acknowledge(grants, run)


@require_POST
def acknowledge(request, pk):
    run = _found(request, pk)
    if not rules.can_acknowledge(request.grants, run):
        raise PermissionDenied
    try:
        actions.acknowledge_run(run, actor=request.user, at=request.now)
    except TransitionNotAllowed:
        _say_who_was_faster(request, run)
    else:
        messages.success(request, _("You acknowledged it. The ladder is stopped."))
    return redirect(run)


@require_POST
def go_up(request, pk):
    run = _found(request, pk)
    if not rules.can_acknowledge(request.grants, run):
        raise PermissionDenied
    form = SeenForm(request.POST)
    try:
        if not form.is_valid():
            raise Faster
        actions.raise_run(run, seen_level=form.cleaned_data["seen_level"], actor=request.user, at=request.now)
    except actions.Refused as error:
        messages.info(request, str(error))
    except (Faster, TransitionNotAllowed):
        _say_who_was_faster(request, run)
    else:
        messages.success(request, _("The next level is told now."))
    return redirect(run)


def _say_who_was_faster(request, run):
    last = history.of_run(run)
    said = last[0].text if last else run.get_state_display()
    messages.info(request, _("Somebody was faster: %(what)s.") % {"what": said})


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request, token):
    """Opening the link changes nothing, because programs that check mails open it too; the button acknowledges."""
    link = AckLink.objects.usable(token, at=request.now)
    if link is None:
        return render(request, "incidents/link_lapsed.html", status=404)
    if request.method != "POST":
        return _about(request, link)
    try:
        run = actions.acknowledge_by_link(token, at=request.now)
    except actions.Refused as error:
        return _about(request, link, problem=str(error), status=409)
    except TransitionNotAllowed:
        return _about(request, link, problem=_("Somebody was faster: it is acknowledged or over."), status=409)
    return render(request, "incidents/link_done.html", {"run": run, "person": link.user})


def _about(request, link, *, problem="", status=200):
    context = {"run": link.run, "person": link.user, "problem": problem, "site": settings.SITE_URL}
    return render(request, "incidents/link.html", context, status=status)
