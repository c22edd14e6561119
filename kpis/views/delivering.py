"""Where the provider's people bring data: what is due, a file, what is wrong with it, what became of it."""

import csv
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Role
from kpis import actions, rules
from kpis.due import due, last_deliveries
from kpis.forms import TakeInForm, upload_form
from kpis.intake import files
from kpis.intake.plan import plan
from kpis.intake.tables import Unreadable
from kpis.models import Delivery, HeldFile, Indicator

form_view = require_http_methods(["GET", "HEAD", "POST"])
ERRORS_SHOWN = 100


@require_GET
def deliver(request):
    """The streams of one's house: what is due, what came last."""
    house = request.grants.organisations(Role.PROVIDER, Role.MANAGER, Role.AUDITOR, Role.ESCALATION)
    streams = Indicator.objects.filter(organisation__in=house).prefetch_related("targets__agreement")
    page = Paginator(streams.order_by("name", "pk"), 50).get_page(request.GET.get("page"))
    owed = {}
    for one in due(page.object_list, request.now):
        owed.setdefault(one.indicator_id, one)
    came = last_deliveries(page.object_list)
    rows = [_stream_row(stream, owed.get(stream.pk), came.get(stream.pk), request) for stream in page]
    return render(request, "kpis/deliver.html", {"page": page, "rows": rows})


def _stream_row(stream, owed, came, request):
    return {
        "stream": stream,
        "agreements": sorted({target.agreement.reference for target in stream.targets.all()}),
        "kpis": sorted({target.name for target in stream.targets.all()}),
        "due": owed,
        "late": bool(owed and owed.due_at <= request.now),
        "came": came,
        "may_deliver": rules.can_deliver(request.grants, stream),
    }


@form_view
def upload(request, pk):
    """Choose a file. It is read at once and held; nothing is taken in before the next page."""
    stream = _stream(request, pk)
    form = upload_form(
        stream, *((request.POST, request.FILES) if request.method == "POST" else ()), initial=_initial(stream)
    )
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data.get("file")
        try:
            actions.hold_file(
                stream, content=form.content, filename=file.name if file else "", actor=request.user,
                at=request.now, timezone=form.cleaned_data["timezone"], observed=form.observed,
            )
        except Unreadable as error:
            form.add_error("file", str(error))
        else:
            return redirect("kpis:check", stream.pk)
    context = {
        "stream": stream,
        "form": form,
        "columns": files.columns(stream.kind),
        "due": due([stream], request.now),
        "deliveries": stream.deliveries.select_related("by")[:10],
    }
    return render(request, "kpis/upload.html", context, status=422 if form.errors else 200)


@form_view
def check(request, pk):
    """What is in the held file, what is wrong with it, what would become of it; then take it in."""
    stream = _stream(request, pk)
    held = HeldFile.objects.filter(indicator=stream, by=request.user).select_related("indicator").first()
    if held is None:
        return redirect("kpis:upload", stream.pk)
    # An empty POST is a POST: it has no reason to give.
    form = TakeInForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            delivery = actions.take_in_held(
                held, reason=form.cleaned_data["reason"], only_good="only_good" in request.POST,
                actor=request.user, at=request.now,
            )
        except actions.Refused:
            form.add_error(None, _("Nothing was saved: some rows are still wrong."))
        except HeldFile.DoesNotExist:
            messages.info(request, _("This file was taken in already."))
            return redirect("kpis:upload", stream.pk)
        else:
            return redirect("kpis:delivery", delivery.pk)
    return _checked(request, stream, held, form)


def _checked(request, stream, held, form):
    parsed = files.read_held(held)
    reason = form.cleaned_data.get("reason", "") if form.is_bound and form.is_valid() else ""
    made = plan(
        stream, parsed.rows, source=stream.log_name, at=request.now, reason=reason, unread=parsed.errors
    )
    if request.GET.get("as") == "csv":
        return _as_csv(made.errors, held.filename)
    context = {
        "stream": stream, "held": held, "form": form, "plan": made, "errors": made.errors[:ERRORS_SHOWN],
        "hidden": max(0, len(made.errors) - ERRORS_SHOWN), "list_url": f"?{urlencode({'as': 'csv'})}",
        "ask_reason": made.unexplained or reason,
    }
    return render(request, "kpis/check.html", context, status=422 if form.errors else 200)


@require_GET
def delivery(request, pk):
    """What became of one delivery."""
    found = get_object_or_404(
        Delivery.objects.select_related("indicator", "by", "document"),
        pk=pk,
        indicator__in=Indicator.objects.visible_to(request.user, request.now),
    )
    if not rules.can_see_deliveries(request.grants, found.indicator):
        raise PermissionDenied
    targets = found.indicator.targets.select_related("agreement").order_by("agreement__reference", "key")
    return render(request, "kpis/delivery.html", {"delivery": found, "targets": targets})


def _stream(request, pk):
    stream = get_object_or_404(Indicator.objects.visible_to(request.user, request.now), pk=pk)
    if not rules.can_deliver(request.grants, stream):
        raise PermissionDenied
    return stream


def _initial(stream):
    target = stream.targets.order_by("-effective_from").first()
    return {"timezone": target.spec["timezone"] if target else "UTC"}


def _as_csv(errors, filename):
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="errors.csv"'
    table = csv.writer(answer)
    table.writerow(["row", "column", "value", "reason"])
    for error in errors:
        table.writerow([error.number, *map(harmless, (error.column, error.value, error.reason))])
    return answer


def harmless(cell):
    """A cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
