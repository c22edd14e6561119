"""The .ics feed: no sign-in, the address is the key; each reading shows what its person may see now."""

import hashlib

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import CalendarFeed
from accounts.tokens import digest
from slaportal import feed


@login_not_required
@require_safe
def calendar(request, token):
    found = get_object_or_404(
        CalendarFeed.objects.select_related("user"), digest=digest(token), revoked_at=None, user__is_active=True
    )
    with translation.override(found.user.language):
        content = feed.render(feed.entries(found.user, request.now), name=_("SLA Portal"))
    etag = f'"{hashlib.sha256(content).hexdigest()}"'
    headers = {"Cache-Control": "private, no-cache", "Content-Disposition": 'inline; filename="sla-portal.ics"'}
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response)
