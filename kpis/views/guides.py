"""The measurement guide of an agreement, as page and PDF; and definitions of the library put into a draft."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods
from django_fsm import TransitionNotAllowed

from agreements import editing, signing_rules
from agreements.rules import EDITABLE
from agreements.views.catalogue import attempt
from agreements.views.editor import editable, too_late
from agreements.views.finding import find_agreement, find_version, require
from kpis import actions, definitions, guidebook, rules
from kpis.forms.defining import AddForm
from kpis.models import Definition


@require_GET
def guide(request, reference, label):
    version = readable(request, reference, label)
    return render(request, "kpis/guide.html", guidebook.of_version(version, request.now))


@require_GET
def paper(request, reference, label):
    version = readable(request, reference, label)
    response = HttpResponse(guidebook.paper(version, request.now), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{reference}-{label}-guide.pdf"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def add(request, reference, label):
    """Choose definitions of the library; they become KPIs of the draft, to be changed like any other."""
    version = editable(request, reference, label)
    if version.state not in EDITABLE:
        return too_late(request, version)
    found = Definition.objects.of(request.grants.organisations(*rules.LIBRARY_READERS)).usable()
    terms = version.read_terms()
    form = AddForm(request.POST or None, offered=found.select_related("organisation"), terms=terms)
    try:
        done = request.method == "POST" and form.is_valid() and attempt(form, lambda: _add(request, version, form))
    except TransitionNotAllowed:
        return too_late(request, version)
    back = editing.url_of([reference, label], "kpis")
    if done:
        count = len(form.cleaned_data["definitions"])
        said = ngettext("%d KPI was added. Its values are yours to change.",
                        "%d KPIs were added. Their values are yours to change.", count)  # fmt: skip
        messages.success(request, said % count)
        return redirect(back)
    context = {"form": form, "version": version, "agreement": version.agreement, "back": back, "terms": terms}
    context["topics"] = _topics(form, found)
    return render(request, "kpis/library/add.html", context, status=422 if form.errors else 200)


def readable(request, reference, label):
    agreement = find_agreement(request, reference)
    version = find_version(agreement, label)
    version.agreement = agreement  # with both parties loaded
    require(signing_rules.can_read(request.grants, version))
    return version


def _add(request, version, form):
    chosen = form.cleaned_data["definitions"]
    place = {"service": form.cleaned_data["service"], "calendar": form.cleaned_data["calendar"]}
    kpis = [definitions.chosen(each.read_kpi(), **place) for each in chosen]
    names = _("library: %s") % ", ".join(map(str, chosen))
    return actions.add_kpis(version, kpis=kpis, origin=names, actor=request.user, at=request.now)


def _topics(form, found):
    """The definitions with their tick boxes by topic."""
    ticked = {str(each) for each in form["definitions"].value() or []}
    rows = [
        {"definition": each, "level": definitions.tables.level(each.read_kpi()), "ticked": str(each.pk) in ticked}
        for each in found
    ]
    by_topic = [(label, [row for row in rows if row["definition"].topic == key]) for key, label in definitions.TOPICS]
    return [(label, rows) for label, rows in by_topic if rows]
