"""Is the process alive, can it serve, and does everything that must be zero read zero?"""

from secrets import compare_digest

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.models import Organisation, Role
from records import clock
from records.models import Alarm
from slaportal import metrics as prometheus
from slaportal import watchdog


@login_not_required
@require_GET
def healthz(request):
    """The watchdog's counts; 503 while one of them is not zero."""
    counts = watchdog.counts(now=clock.now())
    return JsonResponse({"ok": not any(counts.values()), "counts": counts}, status=503 if any(counts.values()) else 200)


@login_not_required
@require_GET
def readyz(request):
    """Ready to serve: the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"ok": False}, status=503)
    return JsonResponse({"ok": True})


@login_not_required
@require_GET
def metrics(request):
    """For Prometheus, with the token of METRICS_TOKEN; without it, or where none is set, there is no such page."""
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        raise Http404
    return HttpResponse(prometheus.text(now=clock.now()), content_type="text/plain; version=0.0.4; charset=utf-8")


@require_GET
def watch(request):
    """What must be zero, for the administrators of whoever runs the portal, with what was not of late."""
    ours = Organisation.objects.filter(pk__in=request.grants.organisations(Role.ADMIN), internal=True)
    if not ours.exists():
        raise PermissionDenied
    context = {"counts": watchdog.counts(now=request.now), "alarms": Alarm.objects.all()[:50]}
    return render(request, "watch.html", context)
