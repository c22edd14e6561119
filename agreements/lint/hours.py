"""Rules about when promises hold: calendars, what does not count, pauses."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from agreements.lint.finding import Facts, Finding, day, error, numbered, twice, warning
from agreements.openinghours import OpeningHours
from agreements.tables import always_open
from agreements.terms import CalendarTerm, Terms

EFFECTS = ("drop", "as_good", "suppress_only")


def calendars(terms: Terms, facts: Facts) -> Iterator[Finding]:
    for key in twice(calendar.key for calendar in terms.calendars):
        yield error("calendar-twice", "calendars", _("There are two calendars %s.") % key)
    for place, calendar in numbered(terms.calendars, "calendars"):
        problem = hours(calendar)
        if problem:
            words = {"name": calendar.name, "problem": problem}
            yield error("bad-hours", f"{place}.schedule", _("Calendar “%(name)s”: %(problem)s.") % words)


def holidays(terms: Terms, facts: Facts) -> Iterator[Finding]:
    """A calendar that ever closes needs the public holidays of the coming year."""
    year = facts.today.year + 1
    for place, calendar in numbered(terms.calendars, "calendars"):
        closed = [*calendar.holidays, *calendar.special_hours]
        if not always_open(calendar) and not any((day(each) or facts.today).year == year for each in closed):
            yield warning(
                "no-holidays",
                f"{place}.holidays",
                _("Calendar “%(name)s” has no holidays for %(year)s.") % {"name": calendar.name, "year": year},
            )


def exclusions(terms: Terms, facts: Facts) -> Iterator[Finding]:
    for key in twice(item.key for item in terms.exclusions):
        yield error("exclusion-twice", "exclusions", _("The exclusion %s is there twice.") % key)
    for place, item in numbered(terms.exclusions, "exclusions"):
        if item.effect not in EFFECTS:
            yield error(
                "unknown-effect",
                f"{place}.effect",
                _("“%s” does not say what it does to the figure.") % item.name,
            )
        if item.notice_hours < 0 or (item.yearly_cap_minutes is not None and item.yearly_cap_minutes < 0):
            yield error("bad-exclusion", place, _("“%s”: notice and cap cannot be negative.") % item.name)


def pauses(terms: Terms, facts: Facts) -> Iterator[Finding]:
    for key in twice(pause.key for pause in terms.pauses):
        yield error("pause-twice", "pauses", _("The pause reason %s is there twice.") % key)
    for place, pause in numbered(terms.pauses, "pauses"):
        if not pause.definition.strip():
            yield error(
                "pause-undefined",
                f"{place}.definition",
                _("It is not defined when “%s” pauses a case.") % pause.name,
            )


def hours(calendar: CalendarTerm) -> str:
    """Why the hours of a calendar can't be computed with; empty when they can."""
    document = {
        "timezone": calendar.timezone,
        "schedule": calendar.schedule,
        "holidays": calendar.holidays,
        "special_hours": calendar.special_hours,
        "breaks": [{"date": each.date, "start": each.start, "end": each.end} for each in calendar.breaks],
    }
    try:
        OpeningHours.from_dict(document)
    except ValueError as problem:
        return str(problem).partition(": ")[2] or str(problem)
    return ""


RULES = [calendars, holidays, exclusions, pauses]
