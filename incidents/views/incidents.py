"""The list of incidents, its export, and the form that logs one."""

import csv
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from agreements.models import Agreement, Version
from agreements.rules import WORKING, working_for
from incidents import actions, finding, rules
from incidents.export import INCIDENT_HEADINGS, incident_cells, line
from incidents.forms.incidents import LogForm
from incidents.models import Incident
from incidents.views.finding import find_agreement, incidents_of, plain, require
from kpis.models import Indicator, Outage

PAGE = 50


@require_GET
def index(request):
    known = incidents_of(request)
    chosen, found = _filtered(request, known)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    visible = Agreement.objects.visible_to(request.user, request.now)
    context = {
        "page": page,
        "rows": finding.rows(page.object_list, request.user, request.now),
        "chosen": chosen,
        "tabs": _tabs(request, finding.counts(known, request.user), chosen),
        "agreements": visible.filter(incidents__isnull=False).distinct().order_by("reference"),
        "can_log": request.grants.has_anywhere(*WORKING),
    }
    return render(request, "incidents/incidents.html", context)


def _filtered(request, known):
    """The filter that the URL asks for; values it does not know are left out."""
    views = finding.views(request.user)
    state, priority = request.GET.get("state", ""), request.GET.get("priority", "")
    chosen = {
        "state": state if state in views else next(iter(views)),
        "agreement": plain(request.GET.get("agreement", "")),
        "priority": priority if priority.isdecimal() and len(priority) < 3 else "",
        "q": plain(request.GET.get("q", "")),
    }
    found = finding.search(known.filter(views[chosen["state"]][1]), chosen["q"])
    if chosen["agreement"]:
        found = found.filter(agreement__reference=chosen["agreement"])
    if chosen["priority"]:
        found = found.filter(priority=int(chosen["priority"]))
    return chosen, finding.for_list(found)


def _tabs(request, counts, chosen):
    return [
        {
            "name": name,
            "url": f"{reverse('incidents:incidents')}?state={key}",
            "current": key == chosen["state"],
            "count": counts[key],
        }
        for key, (name, _condition) in finding.views(request.user).items()
    ]


@require_GET
def of_agreement(request, reference):
    """The agreement's tab: all its incidents, the open ones first."""
    found = find_agreement(request, reference)
    page = Paginator(finding.for_list(Incident.objects.filter(agreement=found)), PAGE)
    page = page.get_page(request.GET.get("page"))
    context = {
        "agreement": found,
        "page": page,
        "rows": finding.rows(page.object_list, request.user, request.now),
        "can_log": rules.can_log(request.grants, found),
    }
    return render(request, "incidents/agreement_incidents.html", context)


@require_GET
def export(request):
    """What the screen's filter shows, as CSV: source and filter first, times with their offset."""
    chosen, found = _filtered(request, incidents_of(request))
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="incidents.csv"'
    answer.write("\ufeff")
    writer = csv.writer(answer)
    writer.writerow(line([_("Incidents of SLA Portal"), localtime(request.now).isoformat(timespec="seconds")]))
    writer.writerow(line([f"{key}={value}" for key, value in chosen.items() if value]))
    writer.writerow(line([str(heading) for heading in INCIDENT_HEADINGS]))
    for row in finding.rows(found, request.user, request.now):
        writer.writerow(line(incident_cells(row)))
    return answer


@require_GET
def choose(request):
    """Which agreement an incident, or (what=breach) a breach, is about; with one only, straight to the form."""
    form = "incidents:log_breach" if request.GET.get("what") == "breach" else "incidents:log"
    seen = Agreement.objects.visible_to(request.user, request.now).filter(
        versions__in=Version.objects.in_force(request.now)
    )
    mine = [each for each in seen.distinct().order_by("reference") if rules.can_log(request.grants, each)]
    if len(mine) == 1:
        return redirect(form, mine[0].reference)
    rows = [(each, reverse(form, args=[each.reference])) for each in mine]
    return render(request, "incidents/choose.html", {"rows": rows, "is_breach": form == "incidents:log_breach"})


@require_http_methods(["GET", "POST"])
def log(request, reference):
    agreement = find_agreement(request, reference)
    require(rules.can_log(request.grants, agreement))
    version = Version.objects.in_force(request.now).filter(agreement=agreement).first()
    if version is None:
        return render(request, "incidents/log.html", {"agreement": agreement, "form": None})
    outage = _outage(request, agreement)
    initial = _from_outage(outage) if outage else {"began_at": localtime(request.now)}
    form = LogForm(request.POST or None, initial=initial, priorities=version.read_terms().priorities)
    if request.method == "POST" and form.is_valid():
        incident = _log(request, agreement, form, outage)
        if incident is not None:
            messages.success(request, _("%(number)s is logged. The initial contact is told.")
                             % {"number": incident.number})
            return redirect(incident)
    context = {"agreement": agreement, "version": version, "form": form, "outage": outage}
    return render(request, "incidents/log.html", context, status=422 if form.errors else 200)


def _log(request, agreement, form, outage):
    given = {name: form.cleaned_data[name] for name in ("title", "text", "priority", "began_at")}
    party = working_for(request.grants, agreement)[0]
    who = {"actor": request.user, "at": request.now}
    try:
        with transaction.atomic():
            incident = actions.log_incident(agreement, **given, party=party, door=Incident.Door.PORTAL, **who)
            if outage:
                actions.link_incident(incident, measured=outage[:3], **who)
    except actions.Refused as error:
        form.add_error(error.place if error.place in form.fields else None, str(error))
        return None
    return incident


def _outage(request, agreement):
    """The measured outage that an incident is opened from: (indicator, source, external id, its row)."""
    key, began = plain(request.GET.get("stream", "")), plain(request.GET.get("began", ""))
    try:
        at = datetime.fromisoformat(began.replace(" ", "+"))
    except ValueError:
        return None
    stream = Indicator.objects.filter(targets__agreement=agreement, key=key, kind="outages").first()
    if stream is None or at.tzinfo is None:
        return None
    # A figure joins the outages of several logs, so the one that began it is named by its moment.
    found = Outage.objects.current(stream.pk).filter(at=at).order_by("source", "external_id").first()
    return (stream, found.source, found.external_id, found) if found else None


def _from_outage(outage) -> dict[str, str | datetime]:
    stream, _source, _external_id, row = outage
    return {"title": _("Outage of %(stream)s") % {"stream": stream.name}, "began_at": localtime(row.at)}
