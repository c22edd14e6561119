"""The service catalogue: what is provided, by whom, for what it is needed, and what is promised to nobody."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_fsm import TransitionNotAllowed

from accounts.models import Organisation, Role
from agreements import actions, catalogue, rules, sheets
from agreements.forms.catalogue import RetireForm, ServiceForm
from agreements.models import Agreement, Service
from agreements.signing import Refused
from agreements.views.finding import require

form_view = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
def services(request):
    require(rules.can_read_catalogue(request.grants))
    filters = catalogue.Filters.read(request.GET)
    everything = catalogue.rows(request.grants.organisations(*rules.READERS), request.now)
    rows = [row for row in everything if filters.match(row)]
    context = {
        "rows": rows,
        "any": bool(everything),
        "filters": filters,
        "lacking": sum(row.word == "lacking" for row in everything),
        "views": catalogue.views(everything, filters),
        "criticalities": Service.Criticality.choices,
        "can_keep": rules.can_keep_catalogue(request.grants),
    }
    return render(request, "agreements/services.html", context)


@require_GET
def export(request):
    """The list as CSV, under the same filters as on the screen."""
    require(rules.can_read_catalogue(request.grants))
    filters = catalogue.Filters.read(request.GET)
    everything = catalogue.rows(request.grants.organisations(*rules.READERS), request.now)
    return sheets.response(
        "services.csv",
        [_("Service catalogue"), filters.query() or _("no filter"), request.now.isoformat(timespec="seconds")],
        catalogue.COLUMNS,
        [catalogue.cells(row) for row in everything if filters.match(row)],
    )


@require_GET
def service(request, pk):
    found = find_service(request, pk)
    visible = Agreement.objects.visible_to(request.user, request.now)
    row = catalogue.row(found, request.now)
    context = {
        "row": row,
        "service": found,
        "promises": visible.filter(reference__in=row.cover.holding + row.cover.preparing).select_related("client"),
        "agreements": visible.filter(services=found).select_related("client"),
        "depends_on": found.depends_on.select_related("organisation"),
        "needed_by": _readable(request).filter(depends_on=found),
        "readable": set(_readable(request).values_list("pk", flat=True)),
        "requirements": found.requirements.select_related("asked_of", "question", "client"),
        "can_keep": rules.can_keep_catalogue(request.grants, found.organisation_id),
        "retire_form": RetireForm(),
    }
    return render(request, "agreements/service.html", context)


@form_view
def add(request):
    require(rules.can_keep_catalogue(request.grants))
    form = ServiceForm(request.POST or None, organisations=_kept(request), at=request.now)
    if request.method == "POST" and form.is_valid():
        fields = form.cleaned_data
        on = fields.pop("depends_on")
        done = attempt(form, lambda: _depending(request, actions.add_service(**fields, **_who(request)), on))
        if done:
            return redirect("agreements:service", done.pk)
    return show_form(request, form, _("Add a service"), _("Add the service"))


@form_view
def change(request, pk):
    found = find_service(request, pk)
    require(rules.can_keep_catalogue(request.grants, found.organisation_id))
    initial = {name: getattr(found, name) for name in ServiceForm.base_fields}
    initial["depends_on"] = found.depends_on.all()
    form = ServiceForm(
        request.POST or None, initial=initial, organisations=_kept(request), at=request.now, service=found
    )
    if request.method == "POST" and form.is_valid():
        fields = form.cleaned_data
        on = fields.pop("depends_on")
        done = attempt(
            form, lambda: _depending(request, actions.change_service(found, **fields, **_who(request)), on)
        )
        if done:
            return redirect("agreements:service", pk)
    return show_form(request, form, _("Change %s") % found, _("Save"), service=found)


@require_POST
def retire(request, pk):
    found = find_service(request, pk)
    require(rules.can_keep_catalogue(request.grants, found.organisation_id))
    form = RetireForm(request.POST)
    if not form.is_valid():
        return show_form(request, form, _("Retire %s") % found, _("Retire the service"), service=found)
    try:
        with transaction.atomic():
            actions.retire_service(found, **form.cleaned_data, **_who(request))
    except TransitionNotAllowed:
        messages.info(request, _("Somebody was faster: this service is retired already."))
    else:
        messages.success(request, _("%s is retired. Signed agreements about it go on.") % found)
    return redirect("agreements:service", pk)


@require_POST
def restore(request, pk):
    found = find_service(request, pk)
    require(rules.can_keep_catalogue(request.grants, found.organisation_id))
    try:
        with transaction.atomic():
            actions.restore_service(found, **_who(request))
    except TransitionNotAllowed:
        messages.info(request, _("Somebody was faster: this service is in the catalogue again."))
    else:
        messages.success(request, _("%s is in the catalogue again.") % found)
    return redirect("agreements:service", pk)


def find_service(request, pk):
    """A service of an organisation whose catalogue this person reads; a stranger gets 404."""
    return get_object_or_404(_readable(request), pk=pk)


def attempt(form, act):
    """Run an act; what it refuses goes beside the field. None when it was refused."""
    try:
        with transaction.atomic():
            return act()
    except Refused as error:
        place = "person" if error.place == "asked_of" else error.place
        form.add_error(place if place in form.fields else None, str(error))
        return None


def show_form(request, form, title, verb, *, service=None):
    context = {"form": form, "title": title, "verb": verb, "service": service}
    return render(request, "agreements/service_form.html", context, status=422 if form.errors else 200)


def _readable(request):
    return catalogue.services(request.grants.organisations(*rules.READERS))


def _kept(request):
    """The organisations whose catalogue this person keeps."""
    return Organisation.objects.filter(pk__in=request.grants.organisations(Role.MANAGER))


def _who(request):
    return {"actor": request.user, "at": request.now}


def _depending(request, service, on):
    return actions.set_dependencies(service, on=on, **_who(request))
