"""Saved views of the list: keep, rename, share, delete; and what is done with chosen rows."""

from django.contrib import messages
from django.http import QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Membership, Organisation, Role, User
from agreements import actions, exporting, listing
from agreements.forms.repository import OwnerForm, ViewForm
from agreements.listing import Filters
from agreements.models import SavedView
from agreements.signing import Refused
from agreements.signing_rules import can_manage
from agreements.views.finding import require
from agreements.views.index import seen

form_view = require_http_methods(["GET", "HEAD", "POST"])
MOST_CHOSEN = 200


@form_view
def save(request):
    """Keep the filters of the address under a name."""
    filters = Filters.read(request.GET)
    form = ViewForm(request.POST or None, organisations=_organisations(request))
    if request.method == "POST" and form.is_valid():
        query = QueryDict(mutable=True)
        query.update(filters.values)
        try:
            actions.save_view(**form.cleaned_data, query=query.urlencode(), actor=request.user, at=request.now)
        except Refused as error:
            form.add_error(error.place or None, str(error))
        else:
            return redirect(filters.url())
    chips = listing.chips(filters, listing.choices(seen(request)))
    return _answer(request, form, {"chips": chips, "back": filters.url()})


@form_view
def change(request, pk):
    view = get_object_or_404(SavedView, pk=pk, owner=request.user)
    initial = {"name": view.name, "organisation": view.organisation_id}
    form = ViewForm(request.POST or None, organisations=_organisations(request), initial=initial)
    back = Filters.read(QueryDict(view.query)).url()
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_view(view, **form.cleaned_data, actor=request.user, at=request.now)
        except Refused as error:
            form.add_error(error.place or None, str(error))
        else:
            return redirect(back)
    return _answer(request, form, {"view": view, "back": back})


@require_POST
def delete(request, pk):
    view = get_object_or_404(SavedView, pk=pk, owner=request.user)
    actions.delete_view(view, actor=request.user, at=request.now)
    messages.success(request, _("The view %s is deleted.") % view.name)
    return redirect("agreements:index")


@require_GET
def export(request):
    """The list under the same filters as CSV; of chosen rows when the address names them."""
    filters = Filters.read(request.GET)
    found = filters.sorted(seen(request).filter(filters.condition(request.grants, request.now)))
    chosen = request.GET.getlist("ref")[:MOST_CHOSEN]
    if chosen:
        found = found.filter(reference__in=[each.replace("\x00", "") for each in chosen])
    words = listing.described(filters, listing.choices(seen(request)))
    actions.note_export(
        count=found.count(), query=request.META["QUERY_STRING"][:400], actor=request.user, at=request.now
    )
    lines = exporting.lines(
        found, source=request.build_absolute_uri(filters.url()), filters=words, at=request.now,
        zone=request.user.timezone,
    )
    name = f"agreements-{request.now:%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        lines, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@form_view
def hand_over(request):
    """Give the chosen agreements to another SLA manager of the same organisation."""
    chosen = (request.POST or request.GET).getlist("ref")[:MOST_CHOSEN]
    references = [each.replace("\x00", "") for each in chosen]
    agreements = list(seen(request).filter(reference__in=references).select_related("provider", "client", "owner"))
    mine = [each for each in agreements if can_manage(request.grants, each)]
    require(bool(mine) or not agreements)
    if request.method == "POST" and not mine:
        messages.info(request, _("No agreement was chosen."))
        return redirect("agreements:index")
    owners = User.objects.filter(is_active=True, pk__in=_managers(request, mine))
    form = OwnerForm(request.POST if request.method == "POST" else None, owners=owners)
    if form.is_valid():
        return _hand_over(request, mine, form.cleaned_data["owner"])
    context = {"form": form, "agreements": mine, "left": len(agreements) - len(mine)}
    return render(request, "agreements/hand_over.html", context, status=422 if form.errors else 200)


def _hand_over(request, agreements, owner):
    done = 0
    for agreement in agreements:
        try:
            actions.change_owner(agreement, owner=owner, actor=request.user, at=request.now)
            done += 1
        except Refused as error:
            messages.error(request, f"{agreement.reference}: {error}")
    if done:
        said = ngettext(
            "%(count)d agreement belongs to %(owner)s now.", "%(count)d agreements belong to %(owner)s now.", done
        )
        messages.success(request, said % {"count": done, "owner": owner})
    return redirect("agreements:index")


def _managers(request, agreements):
    keepers = {each.keeper_id for each in agreements}
    current = Membership.objects.current(request.now).filter(role=Role.MANAGER, organisation__in=keepers)
    return current.values("user")


def _organisations(request):
    return Organisation.objects.filter(pk__in=request.grants.organisations())


def _answer(request, form, context):
    context |= {"form": form, "index": reverse("agreements:index")}
    return render(request, "agreements/view_form.html", context, status=422 if form.errors else 200)
