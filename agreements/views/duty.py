"""Duty rosters: who is on duty, the weeks to come, and what people change in them."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Membership, Organisation, User
from agreements import actions, dutylist, rosters
from agreements.forms.duty import AwayForm, RosterForm, RotationForm, SwapForm, TakeOverForm
from agreements.models import Absence, Agreement, Duty, Roster, Rotation
from agreements.rules import can_plan_duty, can_stand_in
from agreements.signing import Refused
from agreements.views.finding import require

WEEKS = timedelta(weeks=6)


@require_GET
def index(request):
    return _index(request)


def _index(request, away_form=None):
    known = Roster.objects.visible_to(request.user, request.now).select_related("organisation").order_by(
        "organisation__name", "name", "pk"
    )
    context = {
        "rosters": dutylist.lines(known, request.now),
        "mine": dutylist.mine(request.user, request.now)[:8],
        "away": Absence.objects.after(request.now).filter(taken_back_at=None, user__in=_planned(request)),
        "away_form": away_form or AwayForm(people=_planned(request), initial={"user": request.user}),
        "can_make": _houses(request).exists(),
    }
    return render(request, "agreements/duty.html", context, status=422 if away_form else 200)


def _houses(request):
    """The organisations whose rosters this person plans."""
    own = [pk for pk in request.grants.organisations() if can_plan_duty(request.grants, pk)]
    return Organisation.objects.filter(pk__in=own)


def _planned(request):
    """The person, and everybody whose duties they plan."""
    colleagues = Membership.objects.current(request.now).filter(organisation__in=_houses(request))
    known = User.objects.filter(is_active=True)
    return known.filter(pk__in=colleagues.values("user")) | known.filter(pk=request.user.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    houses = _houses(request)
    require(houses)
    form = RosterForm(request.POST or None, organisations=houses)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_roster(**form.cleaned_data, actor=request.user, at=request.now)
        except Refused as error:
            form.add_error(error.place or None, str(error))
        else:
            messages.success(request, _("Now say who is on duty: add a rotation."))
            return redirect(made)
    return render(request, "agreements/roster_new.html", {"form": form}, status=422 if form.errors else 200)


def _find(request, pk):
    known = Roster.objects.visible_to(request.user, request.now).select_related("organisation")
    return get_object_or_404(known, pk=pk)


@require_GET
def page(request, pk):
    return _render(request, _find(request, pk))


def _render(request, roster, **bound):
    """The page of a roster; `bound` are forms that somebody filled in wrongly."""
    turns = rosters.turns([roster], request.now, request.now + WEEKS)[roster.pk]
    plans = can_plan_duty(request.grants, roster.organisation_id)
    context = dutylist.about(roster, turns, _seen(request), request.now) | {
        "can_plan": plans,
        "can_stand_in": can_stand_in(request.grants, roster.organisation_id),
        **_forms(request, roster, turns),
        **bound,
    }
    return render(request, "agreements/roster.html", context, status=422 if bound else 200)


def _seen(request):
    return Agreement.objects.visible_to(request.user, request.now)


def _forms(request, roster, turns):
    plans, people = can_plan_duty(request.grants, roster.organisation_id), _people(request, roster)
    own = people if plans else people.filter(pk=request.user.pk)
    # The end of the last turn is where the page stops looking.
    return {
        "rotation_form": RotationForm(
            people=people, rotations=_rotations(roster, request.now), prefix="rotation",
            initial={"handover": "09:00", "days": 7, "starts_on": request.now.date()},
        ),
        "take_over_form": TakeOverForm(people=own, prefix="take", initial={"user": request.user}),
        "swap_form": SwapForm(turns=turns[:-1], mine=None if plans else request.user, prefix="swap"),
    }


def _people(request, roster):
    inside = Membership.objects.current(request.now).filter(organisation=roster.organisation_id)
    return User.objects.filter(is_active=True, pk__in=inside.values("user")).order_by("name", "pk")


def _rotations(roster, now):
    return Rotation.objects.filter(roster=roster).exclude(until__lte=now).prefetch_related("seats__user")


def _act(request, roster, name, form, said, act):
    """Do it with what the form says; what is wrong stands beside its field."""
    if form is None or form.is_valid():
        try:
            act()
        except Refused as error:
            if form is None:
                messages.info(request, str(error))
                return redirect(roster)
            form.add_error(error.place if error.place in form.fields else None, str(error))
        else:
            messages.success(request, said)
            return redirect(roster)
    return _render(request, roster, **{name: form})


@require_POST
def add_rotation(request, pk):
    roster = _find(request, pk)
    require(can_plan_duty(request.grants, roster.organisation_id))
    form = RotationForm(
        request.POST, people=_people(request, roster), rotations=_rotations(roster, request.now), prefix="rotation"
    )
    return _act(request, roster, "rotation_form", form, _("The rotation is in the roster."),
                lambda: actions.add_rotation(roster, **form.given, actor=request.user, at=request.now))


@require_POST
def end_rotation(request, pk, rotation_pk):
    roster = _find(request, pk)
    require(can_plan_duty(request.grants, roster.organisation_id))
    found = get_object_or_404(Rotation, roster=roster, pk=rotation_pk)
    return _act(request, roster, "", None, _("The rotation has ended."),
                lambda: actions.end_rotation(found, actor=request.user, at=request.now))


@require_POST
def take_over(request, pk):
    roster = _find(request, pk)
    require(can_stand_in(request.grants, roster.organisation_id))
    people = _people(request, roster)
    if not can_plan_duty(request.grants, roster.organisation_id):
        people = people.filter(pk=request.user.pk)
    form = TakeOverForm(request.POST, people=people, prefix="take")
    return _act(request, roster, "take_over_form", form, _("The roster is changed. Whoever it concerns is told."),
                lambda: actions.take_over(roster, **form.cleaned_data, actor=request.user, at=request.now))


@require_POST
def swap(request, pk):
    roster = _find(request, pk)
    require(can_stand_in(request.grants, roster.organisation_id))
    turns = rosters.turns([roster], request.now, request.now + WEEKS)[roster.pk]
    plans = can_plan_duty(request.grants, roster.organisation_id)
    form = SwapForm(request.POST, turns=turns[:-1], mine=None if plans else request.user, prefix="swap")
    return _act(request, roster, "swap_form", form, _("The turns are swapped. Both are told."),
                lambda: actions.swap_turns(roster, **form.cleaned_data, actor=request.user, at=request.now))


@require_POST
def take_back(request, pk, duty_pk):
    roster = _find(request, pk)
    found = get_object_or_404(Duty.objects.select_related("roster"), roster=roster, pk=duty_pk)
    plans = can_plan_duty(request.grants, roster.organisation_id)
    require(plans or request.user.pk in (found.user_id, found.by_id))
    return _act(request, roster, "", None, _("Taken back: the rotation counts again."),
                lambda: actions.take_back_duty(found, actor=request.user, at=request.now))


@require_POST
def end(request, pk):
    roster = _find(request, pk)
    require(can_plan_duty(request.grants, roster.organisation_id))
    try:
        actions.end_roster(roster, actor=request.user, at=request.now)
    except Refused as error:
        messages.error(request, str(error))
        return redirect(roster)
    messages.success(request, _("The roster %s has ended.") % roster)
    return redirect("agreements:duty")


@require_POST
def away(request):
    form = AwayForm(request.POST, people=_planned(request))
    if not form.is_valid():
        return _index(request, form)
    try:
        actions.note_absence(**form.cleaned_data, actor=request.user, at=request.now)
    except Refused as error:
        form.add_error(error.place or None, str(error))
        return _index(request, form)
    messages.success(request, _("Noted. Rosters pass over whoever is away."))
    return redirect("agreements:duty")


@require_POST
def back(request, pk):
    found = Absence.objects.select_related("user").filter(pk=pk, user__in=_planned(request)).first()
    if found is None:
        raise Http404
    try:
        actions.take_back_absence(found, actor=request.user, at=request.now)
    except Refused as error:
        messages.info(request, str(error))
    else:
        messages.success(request, _("%s is there again.") % found.user)
    return redirect("agreements:duty")
