"""The effect of other service hours and of other things that do not count."""

from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements import sentences
from agreements.businesstime import Calendar
from agreements.effects.effect import BETTER, NEUTRAL, NONE, WORSE, Effect, both, came, find, step
from agreements.effects.promises import in_a_week
from agreements.lengths import short
from agreements.terms import CalendarTerm, ExclusionTerm, Terms

# From what the client likes least: the time counts as met, is left out, counts.
EFFECTS = ("as_good", "drop", "suppress_only")


def week(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.calendars, key), find(new.calendars, key)
    if not was or not now:
        return NONE
    before, after = sentences.weekly_seconds(was), sentences.weekly_seconds(now)
    if not before or not after:
        return NONE
    return in_a_week(before, after) or Effect(_("As many hours a week, at other times"), NEUTRAL)


def zone(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.calendars, key), find(new.calendars, key)
    return Effect(_("The same hours by another clock"), NEUTRAL) if was and now else NONE


def holidays(old: Terms, new: Terms, key: str) -> Effect:
    return _on_days(old, new, key, "holidays", lambda each: set(each.holidays))


def special(old: Terms, new: Terms, key: str) -> Effect:
    return _on_days(old, new, key, "special_hours", lambda each: set(each.special_hours))


def breaks(old: Terms, new: Terms, key: str) -> Effect:
    return _on_days(old, new, key, "breaks", lambda each: {one.date for one in each.breaks})


def _on_days(old: Terms, new: Terms, key: str, section: str, days_of) -> Effect:
    """Open time of the days that one list names, by both lists; all else as in the new calendar."""
    was, now = find(old.calendars, key), find(new.calendars, key)
    if not was or not now:
        return NONE
    days = sorted(days_of(was) | days_of(now))
    try:
        before = _open(replace(now, **{section: getattr(was, section)}), days)
        after = _open(now, days)
    except ValueError:
        return NONE
    touched = sum(a != b for a, b in zip(before, after, strict=True))
    if not touched:
        return Effect(_("No service falls on these days"), NEUTRAL)
    change = sum(after) - sum(before)
    words = {"time": sentences.in_hours(abs(change)), "count": touched}
    up = ngettext("%(time)s more service on %(count)d day", "%(time)s more service on %(count)d days", touched)
    down = ngettext("%(time)s less service on %(count)d day", "%(time)s less service on %(count)d days", touched)
    return step(0, change, up=up % words, down=down % words, more=BETTER) or Effect(
        _("As many hours, on other days"), NEUTRAL
    )


def _open(calendar: CalendarTerm, days: list[str]) -> list[int]:
    """Open seconds of each of these local days. Raises ValueError for hours that can't be read."""
    hours = Calendar.from_dict(asdict(calendar))
    return [hours.between(*_bounds(date.fromisoformat(day), ZoneInfo(calendar.timezone))) for day in days]


def _bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    start, following = (datetime.combine(each, datetime.min.time(), zone) for each in (day, day + timedelta(days=1)))
    return start, following


def exclusion(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.exclusions, key), find(new.exclusions, key)
    if was is None or now is None:
        added = Effect(_("One more thing does not count"), WORSE)
        return came(was, now, added=added, removed=Effect(_("It counts again"), BETTER)) or NONE
    return both((_counts(was, now), _told(was, now), _capped(was, now)))


def _counts(was: ExclusionTerm, now: ExclusionTerm) -> Effect:
    if was.effect not in EFFECTS or now.effect not in EFFECTS:
        return NONE
    up, down = _("Less is forgiven"), _("More is forgiven")
    return step(EFFECTS.index(was.effect), EFFECTS.index(now.effect), up=up, down=down, more=BETTER)


def _told(was: ExclusionTerm, now: ExclusionTerm) -> Effect:
    time = short(abs(now.notice_hours - was.notice_hours) * 3600)
    up, down = _("Told %s earlier") % time, _("Told %s later") % time
    return step(was.notice_hours, now.notice_hours, up=up, down=down, more=BETTER)


def _capped(was: ExclusionTerm, now: ExclusionTerm) -> Effect:
    before, after = was.yearly_cap_minutes, now.yearly_cap_minutes
    missed = came(
        before, after,
        added=Effect(_("There is a limit a year now"), BETTER),
        removed=Effect(_("Without a limit a year"), WORSE),
    )
    if missed is not None or before is None or after is None:
        return missed or NONE
    time = short(abs(after - before) * 60)
    up, down = _("Up to %s a year more") % time, _("Up to %s a year less") % time
    return step(before, after, up=up, down=down, more=WORSE)


def pause(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.pauses, key), find(new.pauses, key)
    return came(
        was, now,
        added=Effect(_("One more reason stops the clock of a case"), WORSE),
        removed=Effect(_("This no longer stops the clock of a case"), BETTER),
    ) or NONE  # fmt: skip


WORDS = {
    ("calendars", "week"): week,
    ("calendars", "timezone"): zone,
    ("calendars", "holidays"): holidays,
    ("calendars", "special"): special,
    ("calendars", "breaks"): breaks,
    ("exclusions", ""): exclusion,
    ("pauses", ""): pause,
}
