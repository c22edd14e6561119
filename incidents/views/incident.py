"""One incident: its page and what people do with it."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_fsm import TransitionNotAllowed

from accounts.models import User
from agreements.rules import working_for
from incidents import actions, desk, incident_page, rules
from incidents.forms import incidents as forms
from incidents.models import Breach
from incidents.views.finding import find_incident, require
from kpis.models import Exclusion, Target


@require_GET
def page(request, number):
    return _render(request, find_incident(request, number))


def _render(request, incident, **bound):
    """The page; `bound` are forms that somebody filled in wrongly."""
    context = incident_page.context(incident, request.user, request.grants, request.now)
    context["forms"] = _forms(request, incident, context) | bound
    return render(request, "incidents/incident.html", context, status=422 if bound else 200)


def _forms(request, incident, context):
    priorities = context["terms"].priorities
    return {
        "resolve": forms.ResolveForm(),
        "reopen": forms.WhyForm(prefix="reopen"),
        "escalate": forms.EscalateForm(prefix="escalate", initial={"seen_level": context["level"]}),
        "assign": forms.AssignForm(people=_staff(incident, request.now), initial={"to": incident.assignee_id}),
        "priority": forms.PriorityForm(priorities=priorities, initial={"priority": incident.priority}),
        "remark": _remark_form(request, incident),
        "link": _link_form(incident),
        "count": forms.CountForm(targets=_countable(incident)),
    }


def _staff(incident, now):
    return User.objects.filter(pk__in=[person.pk for person in desk.staff(incident.agreement, now)])


def _remark_form(request, incident, data=None):
    sides = working_for(request.grants, incident.agreement)
    return forms.RemarkForm(data, agreement=incident.agreement, sides=sides)


def _targets(incident):
    return Target.objects.filter(version=incident.version_id).select_related("indicator")


def _countable(incident):
    return _targets(incident).filter(indicator__kind__in=["outages", "cases"])


def _link_form(incident, data=None):
    breaches = Breach.objects.filter(agreement=incident.agreement_id)[:50]
    exclusions = Exclusion.objects.filter(agreement=incident.agreement_id).order_by("-pk")[:50]
    return forms.LinkForm(data, targets=_targets(incident), breaches=breaches, exclusions=exclusions)


def _act(request, incident, said, act, **given):
    """Do it and say so; `said` has the number in it. A lost race says what became of it."""
    try:
        act(incident, **given, actor=request.user, at=request.now)
    except actions.Refused as error:
        messages.error(request, str(error))
    except TransitionNotAllowed:
        messages.info(request, _("Somebody was faster: %(what)s.") % {"what": incident_page.last_said(incident)})
    else:
        messages.success(request, said % {"number": incident.number})
    return redirect(incident)


@require_POST
def acknowledge(request, number):
    incident = find_incident(request, number)
    require(rules.can_answer(request.grants, incident))
    return _act(request, incident, _("You acknowledged %(number)s. It is yours now."), actions.acknowledge_incident)


@require_POST
def begin(request, number):
    incident = find_incident(request, number)
    require(rules.can_work(request.grants, incident))
    return _act(request, incident, _("Work on %(number)s has begun."), actions.begin_incident)


@require_POST
def resolve(request, number):
    incident = find_incident(request, number)
    require(rules.can_work(request.grants, incident))
    form = forms.ResolveForm(request.POST)
    if not form.is_valid():
        return _render(request, incident, resolve=form)
    said = _("%(number)s is resolved. The other side is asked to confirm.")
    return _act(request, incident, said, actions.resolve_incident, **form.cleaned_data)


@require_POST
def close(request, number):
    incident = find_incident(request, number)
    require(rules.can_confirm(request.grants, incident, request.now))
    return _act(request, incident, _("%(number)s is closed."), actions.close_incident)


@require_POST
def reopen(request, number):
    incident = find_incident(request, number)
    require(rules.can_take_up(request.grants, incident))
    form = forms.WhyForm(request.POST, prefix="reopen")
    if not form.is_valid():
        return _render(request, incident, reopen=form)
    said = _("%(number)s is taken up again.")
    return _act(request, incident, said, actions.reopen_incident, **form.cleaned_data)


@require_POST
def escalate(request, number):
    incident = find_incident(request, number)
    require(rules.can_log(request.grants, incident.agreement))
    form = forms.EscalateForm(request.POST, prefix="escalate")
    if not form.is_valid():
        return _render(request, incident, escalate=form)
    said = _("%(number)s went up: the next level is told.")
    return _act(request, incident, said, actions.escalate_incident, **form.cleaned_data)


@require_POST
def assign(request, number):
    incident = find_incident(request, number)
    require(rules.can_work(request.grants, incident))
    form = forms.AssignForm(request.POST, people=_staff(incident, request.now))
    if not form.is_valid():
        return _render(request, incident, assign=form)
    return _act(request, incident, _("%(number)s is handed on."), actions.assign_incident, **form.cleaned_data)


@require_POST
def priority(request, number):
    incident = find_incident(request, number)
    require(rules.can_work(request.grants, incident))
    form = forms.PriorityForm(request.POST, priorities=incident.version.read_terms().priorities)
    if not form.is_valid():
        return _render(request, incident, priority=form)
    said = _("%(number)s has another priority; its deadlines follow.")
    return _act(request, incident, said, actions.change_priority, **form.cleaned_data)


@require_POST
def remark(request, number):
    incident = find_incident(request, number)
    require(rules.can_log(request.grants, incident.agreement))
    form = _remark_form(request, incident, request.POST)
    if not form.is_valid():
        return _render(request, incident, remark=form)
    return _act(request, incident, _("Your remark stands beside %(number)s."), actions.remark_on, **form.cleaned_data)


@require_POST
def link(request, number):
    incident = find_incident(request, number)
    require(rules.can_log(request.grants, incident.agreement))
    form = _link_form(incident, request.POST)
    if not form.is_valid():
        return _render(request, incident, link=form)
    kind, key = form.cleaned_data["what"].split(":")
    found = {
        "kpi": lambda: {"target": Target.objects.get(pk=key)},
        "breach": lambda: {"breach": Breach.objects.get(number=key)},
        "exclusion": lambda: {"exclusion": Exclusion.objects.get(number=key)},
    }[kind]()
    return _act(request, incident, _("Linked to %(number)s."), actions.link_incident, **found)


@require_POST
def count(request, number):
    incident = find_incident(request, number)
    require(rules.can_work(request.grants, incident))
    form = forms.CountForm(request.POST, targets=_countable(incident))
    if not form.is_valid():
        return _render(request, incident, count=form)
    said = _("%(number)s counts for this KPI now.")
    return _act(request, incident, said, actions.count_incident, **form.cleaned_data)
