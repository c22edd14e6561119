"""The audit trail of everything an auditor's organisation is party to."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.models import Role
from agreements.models import Agreement
from records.models import AuditEntry


@require_GET
def trail(request):
    if not request.grants.has_anywhere(Role.AUDITOR):
        raise PermissionDenied
    agreements = Agreement.objects.visible_to(request.user, request.now)
    entries = AuditEntry.objects.filter(scope__in=agreements.values("reference"))
    scope, verb = (request.GET.get(name, "").replace("\x00", "").strip() for name in ("scope", "verb"))
    if scope:
        entries = entries.filter(scope=scope)
    if verb:
        entries = entries.filter(Q(verb=verb) | Q(verb__startswith=f"{verb}."))
    page = Paginator(entries.select_related("actor", "link").order_by("-at", "-pk"), 50).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "slaportal/audit.html",
        {"page": page, "scope": scope, "verb": verb, "agreements": agreements.order_by("reference")[:200]},
    )
