"""A held file: how far its reading is, what is wrong with it, what would become of it; then take it in."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from agreements import sheets
from kpis import actions
from kpis.forms.intake import ColumnsForm, TakeInForm
from kpis.intake.looking import report
from kpis.intake.rows import RowError
from kpis.models import HeldFile
from kpis.views.streams import stream_of

form_view = require_http_methods(["GET", "HEAD", "POST"])
ERRORS_SHOWN = 100
BUSY = (HeldFile.State.WAITING, HeldFile.State.TAKING)


@form_view
def check(request, pk):
    """What is in the held file, what is wrong with it, what would become of it; then take it in."""
    stream = stream_of(request, pk)
    held = _held(request, stream)
    if held is None:
        return redirect(_after(request, stream))
    # An empty POST is a POST: it has no reason to give.
    form = TakeInForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            delivery = actions.decide_held(
                held, reason=form.cleaned_data["reason"], only_good="only_good" in request.POST,
                actor=request.user, at=request.now,
            )
        except actions.Refused as refused:
            form.add_error(None, _("Nothing was saved: some rows are still wrong."))
            held.report |= report(refused.plan)
        except HeldFile.DoesNotExist:
            messages.info(request, _("This file was taken in already."))
            return redirect("kpis:upload", stream.pk)
        else:
            return redirect("kpis:delivery", delivery.pk) if delivery else redirect("kpis:check", stream.pk)
    return _page(request, held, form, ColumnsForm(held))


@require_POST
def columns(request, pk):
    """Read the held file again with other columns."""
    stream = stream_of(request, pk)
    held = _held(request, stream)
    if held is None:
        return redirect(_after(request, stream))
    form = ColumnsForm(held, request.POST)
    if not form.is_valid():
        return _page(request, held, TakeInForm(), form)
    actions.map_columns(
        held, mapping=form.mapping, timezone=form.cleaned_data["timezone"], actor=request.user, at=request.now
    )
    return redirect("kpis:check", stream.pk)


@require_GET
def progress(request, pk):
    """How far the reading is, as a fragment that asks again until it is done."""
    stream = stream_of(request, pk)
    held = _held(request, stream)
    if held is None or held.state not in BUSY:
        target = _after(request, stream) if held is None else reverse("kpis:check", args=[stream.pk])
        return HttpResponseClientRedirect(target) if request.htmx else redirect(target)
    return render(request, "kpis/_progress.html", {"held": held, "stream": stream})


@require_GET
def errors(request, pk):
    """All that is wrong with the held file, as a file."""
    held = _held(request, stream_of(request, pk))
    if held is None:
        return HttpResponse(status=404)
    found = [RowError(*error) for error in held.report.get("errors", [])]
    rows = [(str(error.number), error.column, error.value, error.reason) for error in found]
    return sheets.response("errors.csv", (), ("row", "column", "value", "reason"), rows)


def _held(request, stream):
    found = HeldFile.objects.filter(indicator=stream, by=request.user)
    return found.select_related("indicator").first()


def _after(request, stream):
    """Where a file's person goes once it is gone: to what became of it."""
    last = stream.deliveries.filter(by=request.user, door="upload").first()
    return reverse("kpis:delivery", args=[last.pk]) if last and "taken" in request.GET else reverse(
        "kpis:upload", args=[stream.pk]
    )


def _page(request, held, form, columns_form):
    found = [RowError(*error) for error in held.report.get("errors", [])]
    reason = form.cleaned_data.get("reason", "") if form.is_bound and form.is_valid() else ""
    context = {
        "stream": held.indicator, "held": held, "form": form, "columns_form": columns_form, "plan": held.report,
        "errors": found[:ERRORS_SHOWN], "hidden": max(0, held.report.get("refused", 0) - ERRORS_SHOWN),
        "ask_reason": held.report.get("unexplained") or reason, "busy": held.state in BUSY,
        "failed": held.state == HeldFile.State.FAILED,
    }
    wrong = form.errors or columns_form.errors
    return render(request, "kpis/check.html", context, status=422 if wrong else 200)
