"""Is the process alive, can it serve, and does everything that must be zero read zero?"""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import JsonResponse
from django.views.decorators.http import require_GET

from records import clock
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
