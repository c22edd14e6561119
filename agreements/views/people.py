"""Who is who in an agreement: holders of positions, and who may sign."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actions import Refused as AccountRefused
from accounts.actions import authorise_signer
from accounts.models import Membership, Organisation, Role, SigningAuthority, User
from agreements import actions, signing_rules
from agreements.forms.signing import AuthorityForm, HolderForm
from agreements.models import Party, Round, Slot
from agreements.people import held_in
from agreements.signing import ASKABLE, Refused
from agreements.views.finding import find_agreement, require, require_manager
from agreements.views.repository import head

form_view = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
def people(request, reference):
    agreement = find_agreement(request, reference)
    context = head(request, agreement)
    named = agreement.holders.filter(until=None).select_related("user", "roster")
    since = {holder.position: holder.since for holder in named}
    held = held_in([agreement.pk], request.now)[agreement.pk]
    authorities = (
        SigningAuthority.objects.current(request.now)
        .filter(organisation__in=[agreement.provider, agreement.client])
        .select_related("user", "organisation", "checked_by")
        .order_by("organisation__name", "user__name")
    )
    context |= {
        "positions": [
            {
                "position": position,
                "organisation": agreement.organisation_of(position.party),
                "held": held.get(position.key),
                "since": since.get(position.key),
                "may": signing_rules.can_place_people(request.grants, agreement, position.party),
            }
            for position in _positions(context)
        ],
        "authorities": authorities,
    }
    return render(request, "agreements/people.html", context)


@require_GET
def open_seats(request, pk):
    """The signatures that a person has still to give, for an administrator of theirs: a fragment of their page."""
    own = request.grants.organisations(Role.ADMIN)
    require(own)
    theirs = Organisation.objects.filter(Q(pk__in=own) | Q(added_by__in=own))
    get_object_or_404(User, pk__in=Membership.objects.filter(organisation__in=theirs).values("user"), pk=pk)
    seats = Slot.objects.filter(person=pk, state__in=ASKABLE, round__state=Round.State.OPEN)
    seats = seats.select_related("round__version__agreement__owner").order_by("round__deadline", "pk")
    return render(request, "agreements/_open_seats.html", {"seats": seats[:50]})


@form_view
def hold(request, reference, position):
    """Say who holds a position from now on."""
    agreement = find_agreement(request, reference)
    context = head(request, agreement)
    found = next((each for each in _positions(context) if each.key == position), None)
    if found is None:
        raise Http404
    require(signing_rules.can_place_people(request.grants, agreement, found.party))
    organisation = agreement.organisation_of(found.party)
    form = HolderForm(request.POST or None, organisation=organisation, at=request.now)
    if request.method == "POST" and form.is_valid():
        try:
            holder = actions.hold_position(
                agreement, position=position, **form.cleaned_data, actor=request.user, at=request.now
            )
        except Refused as error:
            form.add_error(error.place or None, str(error))
        else:
            name = holder.user or _("Whoever is on duty in %s") % holder.roster
            messages.success(request, _("%s is told about it from now on.") % name)
            return redirect("agreements:people", reference)
    context |= {"form": form, "title": f"{found.title}, {organisation}", "verb": _("Save")}
    return render(request, "agreements/people_form.html", context, status=422 if form.errors else 200)


@form_view
def authority(request, reference, party):
    """Record that a person may sign for a party, with the source that was checked."""
    agreement = find_agreement(request, reference)
    require_manager(request, agreement)
    if party not in Party.values:
        raise Http404
    organisation = agreement.organisation_of(party)
    form = AuthorityForm(request.POST or None, organisation=organisation, at=request.now)
    if request.method == "POST" and form.is_valid():
        try:
            authorise_signer(
                **form.cleaned_data, organisation=organisation, actor=request.user, at=request.now
            )
        except AccountRefused as error:
            form.add_error(error.place or None, str(error))
        else:
            return redirect("agreements:people", reference)
    context = head(request, agreement) | {
        "form": form,
        "title": _("Who may sign for %s?") % organisation,
        "verb": _("Record the authority"),
    }
    return render(request, "agreements/people_form.html", context, status=422 if form.errors else 200)


def _positions(context):
    """The positions of the version in force and of the one under way, each once."""
    found = {}
    for version in (context["current"], context["under_way"]):
        for position in version.read_terms().escalation.positions if version else ():
            found.setdefault(position.key, position)
    return list(found.values())
