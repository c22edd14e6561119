"""One review: its page, and the acts until it is held."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_fsm import TransitionNotAllowed

from accounts.models import Membership, User
from agreements.models import Party, Version
from agreements.signing import Refused
from reviews import actions, parts, rules, schedule
from reviews.forms import ActionForm, ChangeForm, DropForm, HoldForm, MinutesForm, PostponeForm, ReasonForm
from reviews.models import Action, Meeting
from reviews.views.finding import find, find_managed, say_somebody_was_faster


@require_GET
def page(request, number):
    return show(request, find(request, number))


def people(request, agreement):
    """Everybody of the two parties."""
    current = Membership.objects.current(request.now)
    inside = current.filter(organisation__in=[agreement.provider_id, agreement.client_id])
    return User.objects.filter(is_active=True, pk__in=inside.values("user")).order_by("name", "pk")


def version_of(meeting, now):
    """The version that the meeting speaks of: in force when it was held, else now."""
    versions = Version.objects.filter(agreement=meeting.agreement)
    return versions.in_force(meeting.held_at or now).first() or versions.executed().first()


def show(request, meeting, *, dropping=None, **forms):
    """The page; `forms` are bound forms with errors, by the name they have in the template.

    `dropping` is (id of an action, its bound form): each action that may be dropped has its own form.
    """
    version = version_of(meeting, request.now)
    names = parts.names(version.read_terms()) if version else {}
    everybody = people(request, meeting.agreement)
    context = {
        "meeting": meeting,
        "agreement": meeting.agreement,
        "version": version,
        "hold_form": HoldForm(people=everybody),
        "postpone_form": PostponeForm(),
        "minutes_form": MinutesForm(agenda=meeting.agenda),
        "action_form": ActionForm(people=everybody),
        "change_form": ChangeForm(parts=names),
        "dispute_form": ReasonForm(),
        "changes": [{"row": each, "part": names.get(each.part, each.part)} for each in meeting.changes.all()],
        "amendment": next((each.amendment for each in meeting.changes.all() if each.amendment), ""),
        **_people(meeting, everybody),
        **_rights(request, meeting),
        **_promises(request, meeting, *(dropping or (None, None))),
        **forms,
    }
    wrong = dropping or any(form.errors for form in forms.values())
    return render(request, "reviews/meeting.html", context, status=422 if wrong else 200)


def _people(meeting, everybody):
    """Who was there, with their organisation where they are somebody's people still."""
    houses = {}
    current = Membership.objects.filter(
        user__in=everybody, organisation__in=[meeting.agreement.provider_id, meeting.agreement.client_id]
    ).select_related("user", "organisation")
    for membership in current:
        houses.setdefault(membership.user.name, membership.organisation.name)
    return {"attendees": [{"name": name, "house": houses.get(name, "")} for name in meeting.attendees]}


def _rights(request, meeting):
    state, grants = meeting.state, request.grants
    manages = rules.can_manage(grants, meeting.agreement)
    approvals = list(
        meeting.approvals.filter(sha256=meeting.minutes_sha256).select_related("by").order_by("at")
    ) if meeting.minutes_sha256 else []
    for each in approvals:
        each.house = meeting.agreement.organisation_of(each.party).name
    done = {each.party for each in approvals}
    party = rules.party_of(grants, meeting.agreement)
    shared = state == Meeting.State.MINUTES_SHARED
    due = schedule.due_of(meeting.agreement, request.now) if state == Meeting.State.APPROVED else None
    return {
        "can_manage": manages,
        "can_hold": manages and state == Meeting.State.SCHEDULED,
        "can_write": manages and state == Meeting.State.HELD,
        "can_approve": shared and party is not None and party not in done,
        "can_dispute": shared and party is not None,
        "can_amend": manages and state == Meeting.State.APPROVED,
        "approvals": approvals,
        "missing": [meeting.agreement.organisation_of(each) for each in Party.values if each not in done],
        "next_due": due,
    }


def _promises(request, meeting, dropped, drop_form):
    today = request.now.date()
    rows = [
        {
            "action": action,
            "late": (today - action.due_on).days if action.state == Action.State.OPEN else 0,
            "drop_form": drop_form if action.pk == dropped else DropForm(auto_id=f"drop_{action.pk}_%s"),
            "may_finish": action.state == Action.State.OPEN and rules.can_finish(request.grants, action),
        }
        for action in meeting.actions.select_related("owner", "meeting__agreement")
    ]
    done = sum(row["action"].state == Action.State.DONE for row in rows)
    return {"promises": rows, "done": done, "today": today}


@require_POST
def hold(request, number):
    meeting = find_managed(request, number)
    form = HoldForm(request.POST, people=people(request, meeting.agreement))
    if not form.is_valid():
        return show(request, meeting, hold_form=form)
    try:
        actions.hold(meeting, attendees=form.cleaned_data["attendees"], actor=request.user, at=request.now)
    except Refused as error:
        form.add_error("people" if error.place == "attendees" else None, str(error))
        return show(request, meeting, hold_form=form)
    except TransitionNotAllowed:
        say_somebody_was_faster(request, meeting)
    else:
        messages.success(request, _("The meeting is open. Write the minutes below."))
    return redirect(meeting)


@require_POST
def postpone(request, number):
    meeting = find_managed(request, number)
    form = PostponeForm(request.POST)
    if not form.is_valid():
        return show(request, meeting, postpone_form=form)
    try:
        later = actions.postpone(meeting, **form.cleaned_data, actor=request.user, at=request.now)
    except Refused as error:
        form.add_error(error.place or None, str(error))
        return show(request, meeting, postpone_form=form)
    except TransitionNotAllowed:
        say_somebody_was_faster(request, meeting)
        return redirect(meeting)
    messages.success(request, _("%(old)s is put off; %(new)s takes its place.")
                     % {"old": meeting, "new": later})
    return redirect(later)
