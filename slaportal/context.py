"""What every page of the shell shows: navigation, who am I, what is unread, which clock."""

from django.conf import settings
from django.db.models import Count, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Organisation, Role
from agreements.rules import WORKING
from kpis.rules import LIBRARY_READERS
from records import heads


def shell(request):
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"demo_now": _demo_now(request)}
    organisation, unread = _house_and_unread(user, request.grants)
    return {
        "nav": navigation(request),
        "me": user.initials,
        "organisation": organisation,
        "organisation_note": organisation_note(organisation, request.grants),
        "unread": unread,
        "timezone": user.timezone,
        "demo_now": _demo_now(request),
        "read_only": heads.alarm(),
    }


def _house_and_unread(user, grants):
    """One's organisation and how many notices wait: one query, because every page asks it."""
    unread = user.notices.filter(read_at=None)
    counted = unread.order_by().values("recipient").annotate(number=Count("pk")).values("number")
    houses = Organisation.objects.filter(pk__in=grants.organisations())
    house = houses.annotate(unread=Coalesce(Subquery(counted), 0)).first()
    return house, house.unread if house else unread.count()


def organisation_note(organisation, grants):
    """Which side one is on, and as what: "Provider · SLA manager"."""
    if organisation is None:
        return ""
    side = _("Provider") if organisation.internal else _("Client")
    roles = [role.label for role in Role if grants.has(organisation.pk, role)]
    return " · ".join(dict.fromkeys([side, *roles]))


def navigation(request):
    shown = [
        (_("Home"), "home", "home", None),
        (_("Agreements"), "file-text", "agreements:index", None),
        (_("Services"), "server-2", "agreements:services", [Role.MANAGER, Role.PROVIDER]),
        (_("Performance"), "chart-line", "kpis:index", None),
        (_("Deliver data"), "database", "kpis:deliver", [Role.PROVIDER, Role.MANAGER]),
        (_("Incidents"), "flag", "incidents:incidents", None),
        (_("Breaches"), "alert-circle", "incidents:index", None),
        (_("On duty"), "user-check", "agreements:duty", list(WORKING)),
        (_("Reports"), "report", "reports:index", None),
        (_("Reviews"), "calendar-event", "reviews:index", None),
        (_("Records"), "archive", "records:index", None),
        (_("Audit trail"), "list-check", "audit", [Role.AUDITOR]),
        (_("Templates"), "template", "agreements:templates", [Role.MANAGER, Role.PROVIDER]),
        (_("KPI definitions"), "book-2", "kpis:library", LIBRARY_READERS),
        (_("People"), "users", "accounts:people", [Role.ADMIN]),
    ]
    return [
        {"label": label, "icon": icon, "url": (url := reverse(name)), "active": _is_at(request.path, url)}
        for label, icon, name, roles in shown
        if roles is None or request.grants.has_anywhere(*roles)
    ]


def _is_at(path, url):
    return path == url if url == "/" else path.startswith(url)


def _demo_now(request):
    if not settings.CLOCK_OFFSET:
        return None
    return date_format(request.now, "j F Y H:i")
