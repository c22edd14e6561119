"""KPIs of a version as OpenSLO, out as a file and in with a look at what would become of it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods
from django_fsm import TransitionNotAllowed

from agreements import editing, tables
from agreements.lines import kind_word
from agreements.rules import EDITABLE
from agreements.views.catalogue import attempt
from agreements.views.editor import editable, too_late
from kpis import actions
from kpis.forms.openslo import BringForm
from kpis.openslo import writing
from kpis.views.guides import readable


@require_GET
def export(request, reference, label):
    version = readable(request, reference, label)
    text = writing.export(version.read_terms()).text
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{reference}-{label}-openslo.yaml"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def bring(request, reference, label):
    """Look at documents, then put those of their KPIs that are ticked into the draft."""
    version = editable(request, reference, label)
    if version.state not in EDITABLE:
        return too_late(request, version)
    sent = request.method == "POST"
    form = BringForm(*((request.POST, request.FILES) if sent else ()), terms=version.read_terms())
    back = editing.url_of([reference, label], "kpis")
    context = {"form": form, "version": version, "agreement": version.agreement, "back": back}
    if not (sent and form.is_valid()):
        context["problems"] = form.result.problems if form.result else []
        return render(request, "kpis/openslo.html", context, status=422 if form.errors else 200)
    if "add" in request.POST and request.POST.get("seen") == form.seen:
        try:
            count = _add(request, version, form)
        except TransitionNotAllowed:
            return too_late(request, version)
        if count:
            said = ngettext("%d KPI was added.", "%d KPIs were added.", count) % count
            messages.success(request, said)
            return redirect(back)
    shown = BringForm(initial={"text": form.said}, terms=form.terms)
    context |= {"rows": _rows(form), "problems": form.result.problems, "seen": form.seen, "shown": shown}
    return render(request, "kpis/openslo.html", context, status=422 if form.errors else 200)


def _add(request, version, form):
    """How many were added; 0: none was ticked, or it was refused, which the form says."""
    kpis = form.chosen
    if not kpis:
        form.add_error("take", _("Tick at least one KPI."))
        return 0
    who = {"actor": request.user, "at": request.now}
    done = attempt(form, lambda: actions.add_kpis(version, kpis=kpis, origin="OpenSLO", **who))
    return len(kpis) if done else 0


def _rows(form):
    ticked = set(form.data.getlist("take")) if "add" in form.data else None
    return [
        {
            "number": number,
            "found": each,
            "kind": kind_word(each.kpi.kind),
            "level": tables.level(each.kpi),
            "every": tables.every(each.kpi.period, each.kpi.trailing_days),
            # What the draft has already is taken only by whoever wants it twice.
            "ticked": not each.known if ticked is None else str(number) in ticked,
        }
        for number, each in enumerate(form.result.found)
    ]
