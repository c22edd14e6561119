"""Where the provider's people bring data: what is due, a file, what is wrong with it, what became of it."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Role
from agreements import sheets
from agreements.models import Agreement
from kpis import actions, rules
from kpis.due import due, last_deliveries
from kpis.forms.intake import RowForm, too_big, upload_form
from kpis.intake import files
from kpis.intake.tables import Unreadable
from kpis.models import Delivery, HeldFile, Indicator
from kpis.views.streams import stream_of

form_view = require_http_methods(["GET", "HEAD", "POST"])


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
    """Choose a file. It is kept and read; nothing is taken in before its person has seen what is in it."""
    stream = stream_of(request, pk)
    form = upload_form(
        stream, *((request.POST, request.FILES) if request.method == "POST" else ()), initial=_initial(stream)
    )
    if request.method == "POST" and form.is_valid() and not _too_big(request, form):
        file = form.cleaned_data.get("file")
        try:
            actions.hold_file(
                stream, file=file.file if file else None, filename=file.name if file else "", actor=request.user,
                at=request.now, timezone=form.cleaned_data["timezone"], observed=form.observed,
            )
        except Unreadable as error:
            form.add_error("file", str(error))
        else:
            return redirect("kpis:check", stream.pk)
    if request.method == "POST":
        _too_big(request, form)
    context = {
        "stream": stream,
        "form": form,
        "columns": files.columns(stream.kind),
        "held": HeldFile.objects.filter(indicator=stream, by=request.user).first(),
        "due": due([stream], request.now),
        "deliveries": stream.deliveries.select_related("by")[:10],
        "most": settings.INTAKE_MAX_BYTES // 1024**2,
    }
    return render(request, "kpis/upload.html", context, status=422 if form.errors else 200)


def _too_big(request, form):
    refused = getattr(request, "upload_too_big", False)
    if refused and str(too_big()) not in form.errors.get("file", []):
        form.errors.pop("file", None)
        form.add_error("file", too_big())
    return refused


@form_view
def by_hand(request, pk):
    """One row typed in: a value, a case, an outage."""
    stream = stream_of(request, pk)
    form = RowForm(stream, request.POST if request.method == "POST" else None, initial=_initial(stream))
    if request.method == "POST" and form.is_valid():
        try:
            delivery = actions.take_in_row(
                stream, cells=form.cells, timezone=form.cleaned_data["timezone"],
                reason=form.cleaned_data["reason"], actor=request.user, at=request.now,
            )
        except actions.Refused as refused:
            for error in refused.errors:
                form.add_error(error.column if error.column in form.fields else None, error.reason)
        else:
            return redirect("kpis:delivery", delivery.pk)
    return render(
        request, "kpis/by_hand.html", {"stream": stream, "form": form}, status=422 if form.errors else 200
    )


@require_GET
def template(request, pk):
    """An empty file with the columns of a stream."""
    stream = stream_of(request, pk)
    return sheets.response(f"{stream.key}.csv", (), files.columns(stream.kind), [])


@require_GET
def history(request):
    """All that came in for one's house, newest first: by which door, from whom, how much of it was good."""
    house = request.grants.organisations(Role.PROVIDER, Role.MANAGER, Role.AUDITOR, Role.ESCALATION)
    came = Delivery.objects.filter(indicator__organisation__in=house).select_related("indicator", "by")
    key = request.GET.get("stream", "")
    page = Paginator(came.filter(indicator__key=key) if key else came, 50).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "chosen": key,
        "streams": Indicator.objects.filter(organisation__in=house).order_by("name", "pk"),
        "running": HeldFile.objects.filter(by=request.user).select_related("indicator").order_by("pk"),
    }
    return render(request, "kpis/history.html", context)


@require_GET
def delivery(request, pk):
    """What became of one delivery."""
    found = _delivery(request, pk)
    visible = found.indicator.targets.filter(agreement__in=Agreement.objects.visible_to(request.user, request.now))
    context = {
        "delivery": found,
        "targets": visible.select_related("agreement").order_by("agreement__reference", "key"),
        "refused": found.refused_rows.all()[:20],
        "may_deliver": rules.can_deliver(request.grants, found.indicator),
    }
    return render(request, "kpis/delivery.html", context)


@require_GET
def refused(request, pk):
    """The rows that a delivery left out, as a file."""
    found = _delivery(request, pk)
    rows = found.refused_rows.values_list("number", "column", "value", "reason")
    return sheets.response(
        f"refused-{found.pk}.csv", (), ("row", "column", "value", "reason"), (map(str, row) for row in rows)
    )


def _delivery(request, pk):
    found = get_object_or_404(
        Delivery.objects.select_related("indicator", "by", "document"),
        pk=pk,
        indicator__in=Indicator.objects.visible_to(request.user, request.now),
    )
    if not rules.can_see_deliveries(request.grants, found.indicator):
        raise PermissionDenied
    return found


def _initial(stream):
    target = stream.targets.order_by("-effective_from").first()
    return {"timezone": target.spec["timezone"] if target else "UTC"}
