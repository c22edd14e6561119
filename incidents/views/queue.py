"""The queue, one agreement's breaches, the bulk acknowledgement and the export."""

import csv

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Max, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django_fsm import TransitionNotAllowed

from agreements.models import Agreement
from agreements.rules import WORKING
from incidents import actions, queue, rules
from incidents.export import HEADINGS, cells, line
from incidents.models import Breach, Herd, Run

PAGE = 50


def visible(request):
    """The breaches of the agreements that this person sees."""
    return Breach.objects.in_agreements(Agreement.objects.visible_to(request.user, request.now))


@require_GET
def index(request):
    known = visible(request)
    chosen, found = _filtered(request, known)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = _table(request, page) | {"chosen": chosen}
    if request.htmx:
        return render(request, "incidents/_rows.html", context | _news(request, known))
    counts = queue.counts(known, request.user)
    agreements = Agreement.objects.visible_to(request.user, request.now).filter(breaches__isnull=False)
    context |= {
        "tabs": _tabs(request, counts, chosen),
        "newest": counts["newest"] or 0,
        "agreements": (shown := list(agreements.select_related("client").distinct().order_by("reference"))),
        "clients": sorted({each.client for each in shown}, key=lambda client: client.name),
        "spans": queue.spans(),
        "can_log": request.grants.has_anywhere(*WORKING),
        "filtered": any(chosen[name] for name in ("q", "agreement", "client", "level", "herd", "opened")),
        "herd": _herd(request, chosen["herd"]),
    }
    return render(request, "incidents/index.html", context)


def _herd(request, asked):
    """The herd that the filter asks for, with how many of it wait for an acknowledgement."""
    if not asked:
        return None
    waiting = Count("runs", filter=Q(runs__state__in=[Run.State.ACTIVE, Run.State.SUSPENDED]))
    known = Herd.objects.filter(agreement__in=Agreement.objects.visible_to(request.user, request.now))
    found = known.annotate(waiting=waiting).select_related("agreement").filter(pk=int(asked)).first()
    if found is not None:
        found.mine = bool(found.waiting) and rules.can_acknowledge(request.grants, found)
    return found


@require_POST
def acknowledge_herd(request, pk):
    known = Herd.objects.filter(agreement__in=Agreement.objects.visible_to(request.user, request.now))
    herd = get_object_or_404(known.select_related("agreement"), pk=pk)
    if not rules.can_acknowledge(request.grants, herd):
        raise PermissionDenied
    try:
        count = actions.acknowledge_herd(herd, actor=request.user, at=request.now)
    except actions.Refused as error:
        messages.info(request, str(error))
    else:
        messages.success(request, _("You acknowledged %(count)d breaches. They are yours now.") % {"count": count})
    return redirect(herd)


def _filtered(request, known):
    """The filter that the URL asks for; values it does not know are left out."""
    views = queue.views(request.user)
    state = request.GET.get("state", "")
    chosen = {
        "state": state if state in views else next(iter(views)),
        "agreement": _plain(request.GET.get("agreement", "")),
        "client": _number(request.GET.get("client", "")),
        "level": _number(request.GET.get("level", "")),
        "herd": _number(request.GET.get("herd", "")),
        "opened": request.GET.get("opened", "") if request.GET.get("opened") in queue.OPENED else "",
        "q": _plain(request.GET.get("q", "")),
    }
    found = queue.search(known.filter(views[chosen["state"]][1]), chosen["q"])
    if chosen["agreement"]:
        found = found.filter(agreement__reference=chosen["agreement"])
    return chosen, queue.for_list(queue.narrow(found, chosen, request.now))


def _number(words):
    """A small number as the URL spells it; anything else is no filter."""
    return words if words.isascii() and words.isdecimal() and len(words) < 9 else ""


def _plain(words):
    """What may go into a query: PostgreSQL takes no NUL."""
    return words.replace("\0", "")[:80]


def _table(request, page):
    rows = queue.rows(page.object_list, request.user, request.now)
    mine = {row.breach.pk for row in rows if rules.can_acknowledge(request.grants, row.breach)}
    return {
        "page": page,
        "rows": rows,
        "mine": mine,
        # Of the person, not of these rows: the poll may bring others under the same heads.
        "can_tick": rules.acknowledges_somewhere(request.grants),
        "picked": request.GET.getlist("number"),
    }


def _news(request, known):
    """What the poll says aloud: how many breaches were opened since the last rows, in any view."""
    asked = request.GET.get("seen", "")
    seen = int(asked) if asked.isdecimal() and len(asked) < 12 else 0
    found = known.aggregate(newest=Max("pk"), fresh=Count("pk", filter=Q(pk__gt=seen)))
    return {"newest": found["newest"] or 0, "fresh": found["fresh"] if seen else 0}


def _tabs(request, counts, chosen):
    return [
        {
            "name": name,
            "url": f"{reverse('incidents:index')}?state={key}",
            "current": key == chosen["state"],
            "count": counts[key],
        }
        for key, (name, _condition) in queue.views(request.user).items()
    ]


@require_GET
def agreement(request, reference):
    """The agreement's tab: all its breaches, the open ones first."""
    found = get_object_or_404(Agreement.objects.visible_to(request.user, request.now), reference=reference)
    can_log = rules.can_log(request.grants, found)
    known = queue.for_list(Breach.objects.filter(agreement=found))
    page = Paginator(known, PAGE).get_page(request.GET.get("page"))
    return render(request, "incidents/agreement.html", {"agreement": found, "can_log": can_log} | _table(request, page))


@require_POST
def acknowledge_many(request):
    """Acknowledge each ticked breach; what somebody else took meanwhile is said, not an error."""
    done, others = [], []
    numbers = [_plain(number) for number in request.POST.getlist("number")[:PAGE]]
    for breach in visible(request).filter(number__in=numbers).select_related("agreement").order_by("pk"):
        if not rules.can_acknowledge(request.grants, breach):
            others.append(_("%(number)s: not yours to acknowledge.") % {"number": breach.number})
            continue
        try:
            done.append(actions.acknowledge(breach, actor=request.user, at=request.now).number)
        except TransitionNotAllowed:
            others.append(_late(breach))
    if done:
        said = ngettext("Acknowledged: %(numbers)s.", "Acknowledged: %(numbers)s.", len(done))
        messages.success(request, said % {"numbers": ", ".join(done)})
    for said in others:
        messages.info(request, said)
    if not done and not others:
        messages.info(request, _("Tick the breaches that you want to acknowledge."))
    return redirect("incidents:index")


def _late(breach):
    now = Breach.objects.select_related("owner").get(pk=breach.pk)
    said = {"number": breach.number, "name": now.owner.name if now.owner else now.get_state_display()}
    return _("%(number)s: somebody was faster, it is with %(name)s.") % said


@require_GET
def export(request):
    """What the screen's filter shows, as CSV: source and filter first, times with their offset."""
    chosen, found = _filtered(request, visible(request))
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="breaches.csv"'
    answer.write("\ufeff")
    writer = csv.writer(answer)
    writer.writerow(line([_("Breaches of SLA Portal"), localtime(request.now).isoformat(timespec="seconds")]))
    writer.writerow(line([f"{key}={value}" for key, value in chosen.items() if value]))
    writer.writerow(line([str(heading) for heading in HEADINGS]))
    for row in queue.rows(found, request.user, request.now):
        writer.writerow(line(cells(row)))
    return answer
