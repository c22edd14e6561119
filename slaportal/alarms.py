"""Who is told when something that must be zero is not, and when it is again: once each, however often it is looked at.

What comes and goes is one alarm: it is cleared when it stayed zero for ten minutes, and only then told again.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import nudge
from accounts.models import Membership, Notice, Role, User
from accounts.notifications import notify
from agreements.models import Agreement
from records import audit
from records.models import Alarm
from records.sweeps import exclusive

QUIET = timedelta(minutes=10)


@transaction.atomic
def settle(counts: Mapping[str, int], concerned: Mapping[str, Collection[int]], *, now: datetime) -> None:
    """Open and clear alarms by these counts; `concerned` are the agreements that each count is about.

    Administrators of the portal's own organisations are told of all of them, an agreement's owner of what is about it.
    """
    with exclusive("slaportal.alarms") as mine:
        if not mine:
            return
        known = {alarm.name: alarm for alarm in Alarm.objects.filter(cleared_at=None)}
        fresh = [
            Alarm.objects.create(name=name, since=now, count=count)
            for name, count in counts.items() if count and name not in known
        ]
        over = [alarm for alarm in known.values() if _look(alarm, counts.get(alarm.name, 0), now)]
        _raise(fresh, concerned, now)
        _clear(over, now)


def _look(alarm: Alarm, count: int, now: datetime) -> bool:
    """Note how an open alarm stands; whether it is over."""
    if count:
        alarm.zero_since = None
    elif alarm.zero_since is None:
        alarm.zero_since = now
    elif now - alarm.zero_since >= QUIET:
        alarm.cleared_at = now
    alarm.save(update_fields=["zero_since", "cleared_at"])
    return alarm.cleared_at is not None


def _raise(fresh: list[Alarm], concerned: Mapping[str, Collection[int]], now: datetime) -> None:
    if not fresh:
        return
    for alarm in fresh:
        audit.record("watchdog.alarmed", alarm, actor=None, at=now, name=alarm.name, count=alarm.count)
    many = len(fresh)
    title = ngettext("%d thing that must be zero is not", "%d things that must be zero are not", many) % many
    text = "\n".join(f"- {alarm.name}: {alarm.count}" for alarm in fresh)
    # Critical: it may be the sending that stands still, and quiet hours would hide it.
    notify(_administrators(now), key=_key(fresh), title=title, text=text, url=reverse("watch"), at=now, critical=True)
    for alarm in fresh:
        _tell_owners(alarm, concerned.get(alarm.name, ()), now)
    nudge.engine("accounts.deliver")


def _tell_owners(alarm: Alarm, agreements: Collection[int], now: datetime) -> None:
    about: dict[User, list[Agreement]] = {}
    for agreement in Agreement.objects.filter(pk__in=agreements).select_related("owner").order_by("reference"):
        about.setdefault(agreement.owner, []).append(agreement)
    for owner, mine in about.items():
        references = ", ".join(each.reference for each in mine)
        said = _("The portal looks after it; its administrators are told. It is about: %s.") % references
        notify([owner], key=f"{_key([alarm])}:owner", title=_("Something stands still: %s") % alarm.name, text=said,
               url=mine[0].get_absolute_url(), at=now, scope=mine[0].reference, critical=True)


def _clear(over: list[Alarm], now: datetime) -> None:
    for alarm in over:
        audit.record("watchdog.cleared", alarm, actor=None, at=now, name=alarm.name)
        since = {"name": alarm.name, "since": alarm.since.strftime("%Y-%m-%d %H:%M UTC")}
        told = Notice.objects.filter(key=f"{_key([alarm])}:owner").values("recipient")
        people = {*_administrators(now), *User.objects.filter(pk__in=told)}
        notify(people, key=f"watchdog:{alarm.pk}:cleared", title=_("Zero again: %s") % alarm.name,
               text=_("%(name)s is zero again; it was not since %(since)s.") % since, url=reverse("home"), at=now)
    if over:
        nudge.engine("accounts.deliver")


def _key(alarms: Iterable[Alarm]) -> str:
    return f"watchdog:{min(alarm.pk for alarm in alarms)}:raised"


def _administrators(now: datetime) -> list[User]:
    """Of the internal organisations: who runs the portal."""
    mine = Membership.objects.current(now).filter(role=Role.ADMIN, organisation__internal=True)
    return list(User.objects.filter(is_active=True, pk__in=mine.values("user")).order_by("pk"))
