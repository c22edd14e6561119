"""Where a request comes from; the person's grants, loaded once when first asked for; times in their zone."""

import zoneinfo

from django.conf import settings
from django.http import JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from agreements.grants import load
from records import clock, heads


def address(get_response):
    """Behind the proxy every request seems to come from it: the address it saw itself is the last of its list.

    A signature's evidence and the limits need the person's own. What stands before the last is anybody's claim.
    """

    def middleware(request):
        seen = request.headers.get("x-forwarded-for", "").rsplit(",")[-1].strip()
        if settings.BEHIND_PROXY and seen:
            request.META["REMOTE_ADDR"] = seen
        return get_response(request)

    return middleware


def person(get_response):
    def middleware(request):
        # Not lazy: a proxy has no "<=" and no database driver takes it for a time.
        request.now = clock.now()
        request.grants = SimpleLazyObject(lambda: load(request.user, request.now))
        if request.user.is_authenticated:
            timezone.activate(zoneinfo.ZoneInfo(request.user.timezone))
        try:
            return get_response(request)
        finally:
            timezone.deactivate()

    return middleware


class ReadOnly:
    """What a person is told who wants to act in a database that was restored from an old backup."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, error):
        if not isinstance(error, heads.Behind):
            return None
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": "Read-only: restored from an older backup."}, status=503)
        return render(request, "slaportal/read_only.html", status=503)
