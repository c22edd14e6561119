"""Part 4: when the promises hold, and what is taken out of the figures."""

from datetime import date, timedelta

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.forms import zones
from agreements import sentences, weekgrid
from agreements.forms.boxes import PartForm, RowsBox
from agreements.forms.fields import (
    DatesField,
    HoursField,
    LongTextField,
    SpecialHoursField,
    TextField,
    read_hours,
    written_hours,
)
from agreements.forms.opening import ProposingForm, pressed
from agreements.tables import DAYS
from agreements.terms import CalendarBreak, CalendarTerm, ExclusionTerm, MaintenanceWindow, Pause

MONDAY = date(2024, 1, 1)  # any
EFFECTS = [
    ("drop", _("The time is left out of the figure")),
    ("as_good", _("The time counts as met")),
    ("suppress_only", _("The time counts; only alarms are held back")),
]


class CalendarForm(ProposingForm):
    named, lines = "key", "calendars"
    key = forms.CharField(required=False, widget=forms.HiddenInput, max_length=40)
    name = TextField(label=_("Name"), max_length=80)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=zones)
    mon = HoursField(label=_("Monday"))
    tue = HoursField(label=_("Tuesday"))
    wed = HoursField(label=_("Wednesday"))
    thu = HoursField(label=_("Thursday"))
    fri = HoursField(label=_("Friday"))
    sat = HoursField(label=_("Saturday"))
    sun = HoursField(label=_("Sunday"))
    holidays = DatesField(label=_("Closed on"), required=False, rows=4, help_text=_("A date a line: 2026-12-25."))
    special_hours = SpecialHoursField(
        label=_("Other hours on"),
        required=False,
        rows=4,
        help_text=_("A date and its hours a line: 2026-12-24 09:00-12:00."),
    )
    breaks = SpecialHoursField(
        label=_("Breaks on"),
        required=False,
        rows=2,
        help_text=_("Time taken out of a day, a line each: 2026-12-23 12:00-13:00."),
    )

    def prepare(self):
        super().prepare()
        self.fields["timezone"].initial = self.terms.agreement.timezone

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not any(cleaned.get(day) for day in DAYS) and not any(cleaned["special_hours"].values()):
            raise forms.ValidationError(_("This calendar never opens: give at least one day hours."))
        return cleaned

    @property
    def days(self):
        return [self[day] for day in DAYS]

    @property
    def known(self):
        key = self["key"].value()
        return next((each for each in self.terms.calendars if each.key == key), None)

    @property
    def weekly(self):
        if self.known is None:
            return ""
        seconds = sentences.weekly_seconds(self.known)
        return _("day and night") if seconds == sentences.WEEK else _("%s a week") % sentences.in_hours(seconds)

    @property
    def week(self):
        """The picture of the week as the fields say it; a day that cannot be read is closed."""
        return weekgrid.week(self._schedule, self._before)

    @property
    def week_days(self):
        """The lines of the picture with the name of each day."""
        return [(row, date_format(MONDAY + timedelta(days=index), "D")) for index, row in enumerate(self.week)]

    @property
    def week_kinds(self):
        """What occurs in the picture, for its legend."""
        return {bar.kind for row in self.week for bar in row.bars}

    @property
    def week_says(self):
        """73 h a week instead of 50 h."""
        now = sentences.in_hours(weekgrid.open_minutes(self._schedule) * 60)
        before = self._before and sentences.in_hours(weekgrid.open_minutes(self._before) * 60)
        if before in (None, now):
            return _("%s a week") % now
        return _("%(now)s a week instead of %(before)s") % {"now": now, "before": before}

    @property
    def since(self):
        return self.around.base_label if self._before else ""

    week_hours = staticmethod(weekgrid.hours)

    @property
    def week_in_words(self):
        named = {day: written_hours(self._schedule[day]) or _("closed") for day in DAYS}
        return "; ".join(f"{self.fields[day].label}: {hours}" for day, hours in named.items())

    @property
    def _schedule(self):
        return {day: self._hours(day) for day in DAYS}

    def _hours(self, day):
        said = self[day].value() or ""
        try:
            return said if isinstance(said, list) else read_hours(said)
        except forms.ValidationError:
            return []

    @property
    def _before(self):
        key, base = self["key"].value(), self.around.base
        return next((each.schedule for each in base.calendars if each.key == key), None) if base else None

    @property
    def used_by(self):
        key = self["key"].value()
        return [kpi.key for kpi in self.terms.kpis if key and kpi.calendar == key]


class Calendars(RowsBox):
    key, title, form_class = "calendars", _("Service hours"), CalendarForm
    text = _("Several intervals a day: 09:00-12:00, 13:00-17:00. A closing above 24:00 runs into the next day.")
    template = "agreements/edit/_calendars.html"
    adds = [("", _("Add a calendar"))]
    identity, series = "key", "c"

    def __init__(self, terms, around, data=None, added=""):
        super().__init__(terms, around, pressed(data) if data is not None else None, added)

    def load(self, terms):
        return [
            {
                "key": each.key,
                "name": each.name,
                "timezone": each.timezone,
                "holidays": each.holidays,
                "special_hours": each.special_hours,
                "breaks": _breaks_by_day(each),
                **{day: each.schedule.get(day, []) for day in DAYS},
            }
            for each in terms.calendars
        ]

    def write(self, terms, rows):
        terms.calendars = [
            CalendarTerm(
                key=row["key"],
                name=row["name"],
                timezone=row["timezone"],
                schedule={day: row[day] for day in DAYS if row[day]},
                holidays=sorted({*row["holidays"], *row.get("accepted", [])}),
                special_hours=row["special_hours"],
                breaks=[CalendarBreak(day, *span) for day, spans in row["breaks"].items() for span in spans],
            )
            for row in rows
        ]


def _breaks_by_day(calendar):
    days: dict[str, list[list[str]]] = {}
    for each in calendar.breaks:
        days.setdefault(each.date, []).append([each.start, each.end])
    return days


class ExclusionForm(PartForm):
    named, lines = "key", "exclusions"
    key = forms.CharField(required=False, widget=forms.HiddenInput, max_length=40)
    name = TextField(label=_("Name"), max_length=80)
    text = LongTextField(label=_("Rule"), required=False, rows=2)
    effect = forms.ChoiceField(label=_("Effect"), choices=EFFECTS, initial="drop")
    notice_hours = forms.IntegerField(label=_("Told before (hours)"), min_value=0, max_value=10_000, initial=0)
    yearly_cap_minutes = forms.IntegerField(
        label=_("At most a year (minutes)"),
        required=False,
        min_value=0,
        max_value=600_000,
        help_text=_("Empty: no limit."),
    )


class Exclusions(RowsBox):
    key, title, form_class = "exclusions", _("What does not count"), ExclusionForm
    adds = [("", _("Add an exclusion"))]
    identity, series = "key", "x"

    def load(self, terms):
        return [{name: getattr(each, name) for name in ExclusionForm.base_fields} for each in terms.exclusions]

    def write(self, terms, rows):
        terms.exclusions = [ExclusionTerm(**{name: row[name] for name in ExclusionForm.base_fields}) for row in rows]


class MaintenanceForm(PartForm):
    name = TextField(label=_("Name"), max_length=80)
    text = LongTextField(label=_("When"), rows=2)


class Maintenance(RowsBox):
    key, title, form_class = "maintenance", _("Maintenance windows"), MaintenanceForm
    adds = [("", _("Add a window"))]
    empty = _("No regular window.")

    def load(self, terms):
        return [{"name": each.name, "text": each.text} for each in terms.maintenance]

    def write(self, terms, rows):
        terms.maintenance = [MaintenanceWindow(row["name"], row["text"]) for row in rows]


class PauseForm(PartForm):
    named, lines = "key", "pauses"
    key = forms.CharField(required=False, widget=forms.HiddenInput, max_length=40)
    name = TextField(label=_("Reason"), max_length=80)
    definition = LongTextField(label=_("When it applies"), rows=2)


class Pauses(RowsBox):
    key, title, form_class = "pauses", _("What stops the clock of a case"), PauseForm
    adds = [("", _("Add a reason"))]
    identity, series = "key", "p"
    empty = _("Nothing stops the clock of a case.")

    def load(self, terms):
        return [{name: getattr(each, name) for name in PauseForm.base_fields} for each in terms.pauses]

    def write(self, terms, rows):
        terms.pauses = [Pause(row["key"], row["name"], row["definition"]) for row in rows]
