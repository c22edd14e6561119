"""Load the person's grants once a request, when first asked for, and show times in their zone."""

import zoneinfo

from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from agreements.grants import load
from records import clock


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
