"""Times in words: "in 3 h 14 min" for the feeling, "today 13:56" for the truth (no ORM, time passed in)."""

from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MINUTE, HOUR, DAY = 60, 3600, 86_400
WORTH_SAYING_DAYS = 30


def duration(seconds: int) -> str:
    """Hours and minutes of less than a day, days of more; rounded down, never negative."""
    seconds = max(0, int(seconds))
    if seconds < MINUTE:
        return _("less than 1 min")
    if seconds < HOUR:
        return _("%(minutes)d min") % {"minutes": seconds // MINUTE}
    if seconds < DAY:
        parts = {"hours": seconds // HOUR, "minutes": seconds % HOUR // MINUTE}
        return _("%(hours)d h %(minutes)d min") % parts if parts["minutes"] else _("%(hours)d h") % parts
    days = seconds // DAY
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


def relative(at: datetime | date, now: datetime) -> str:
    """How far `at` is from `now`; empty beyond 30 days. Both are already in the reader's zone.

    From a day on, calendar days are counted, so that Friday is "in 3 days" all through Tuesday.
    """
    if not isinstance(at, datetime):
        return _days_apart((at - now.date()).days)
    seconds = int((at - now).total_seconds())
    if abs(seconds) >= DAY:
        return _days_apart((at.date() - now.date()).days)
    if abs(seconds) < MINUTE:
        return _("now")
    if seconds > 0:
        return _("in %(time)s") % {"time": duration(seconds)}
    elapsed = -seconds if -seconds < HOUR else -seconds // HOUR * HOUR
    return _("%(time)s ago") % {"time": duration(elapsed)}


def absolute(at: datetime | date, now: datetime) -> str:
    """The moment itself; both are already in the reader's zone. The year is said when it is not this one."""
    day = at.date() if isinstance(at, datetime) else at
    near = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}.get((day - now.date()).days)
    clock = date_format(at, "H:i") if isinstance(at, datetime) else ""
    if near and clock:
        return f"{near} {clock}"
    said = date_format(day, "D j M" if day.year == now.year else "D j M Y")
    return f"{said}, {clock}" if clock else said


def _days_apart(days: int) -> str:
    if abs(days) > WORTH_SAYING_DAYS:
        return ""
    near = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}.get(days)
    if near:
        return near
    count = ngettext("%(days)d day", "%(days)d days", abs(days)) % {"days": abs(days)}
    return (_("in %(time)s") if days > 0 else _("%(time)s ago")) % {"time": count}
