"""Rosters: rotations, single duties, swaps, absences."""

from datetime import datetime, time
from zoneinfo import available_timezones

from django import forms
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from agreements.openinghours import WEEKDAYS

SEATS = 6
ZONES = [(name, name) for name in sorted(available_timezones())]
LOCAL = "%Y-%m-%dT%H:%M"
DAYS = dict(zip(WEEKDAYS, (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")), strict=True))


class RosterForm(forms.Form):
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("Of"))
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Such as “Service desk, on call”."))
    timezone = forms.ChoiceField(label=_("Time zone"), choices=ZONES, help_text=_("Handovers are meant in it."))

    def __init__(self, *args, organisations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations
        first = organisations.first()
        self.initial = {"organisation": first, "timezone": first.timezone if first else "UTC"} | self.initial


class RotationForm(forms.Form):
    """People in their order. Fields of one and the same name would lose the order, so each place has its own."""

    starts_on = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    handover = forms.TimeField(label=_("Handover at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    days = forms.TypedChoiceField(
        label=_("Each for"), coerce=int,
        choices=[(1, _("a day")), (2, _("2 days")), (7, _("a week")), (14, _("2 weeks")), (28, _("4 weeks"))],
    )
    weekdays = forms.MultipleChoiceField(
        label=_("On these days only"), choices=list(DAYS.items()), required=False,
        widget=forms.CheckboxSelectMultiple, help_text=_("None ticked: every day."),
    )
    opens = forms.TimeField(label=_("Only from"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    closes = forms.TimeField(
        label=_("until"), required=False, widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_("Empty: day and night. Earlier than the beginning: until the next day."),
    )
    replaces = forms.ModelChoiceField(
        queryset=None, label=_("Takes the place of"), required=False, empty_label=_("none: it goes before them")
    )

    def __init__(self, *args, people, rotations, **kwargs):
        super().__init__(*args, **kwargs)
        choices = [("", "–"), *((person.pk, person.name) for person in people)]
        for place in range(1, SEATS + 1):
            field = forms.ModelChoiceField(people, label=_("Person %d") % place, required=place == 1)
            field.choices = choices  # asked for once, not once a place
            self.fields[f"person_{place}"] = field
        self.fields["replaces"].queryset = rotations
        self.fields["replaces"].label_from_instance = _rotation
        self.order_fields([f"person_{place}" for place in range(1, SEATS + 1)])

    @property
    def given(self):
        """What the act takes."""
        said = self.cleaned_data
        named = [said[f"person_{place}"] for place in range(1, SEATS + 1) if said[f"person_{place}"]]
        plain = {name: said[name] for name in ("starts_on", "handover", "days", "replaces")}
        return plain | {"people_in_order": named, "schedule": self._schedule(said)}

    def _schedule(self, said):
        opens, closes = said["opens"] or time(), said["closes"]
        if not said["weekdays"] and not said["opens"] and not closes:
            return {}
        last = 24 * 60 if closes is None else closes.hour * 60 + closes.minute
        if last <= opens.hour * 60 + opens.minute:
            last += 24 * 60
        hours = [f"{opens:%H:%M}", f"{last // 60:02}:{last % 60:02}"]
        return {day: [hours] for day in WEEKDAYS if day in (said["weekdays"] or WEEKDAYS)}


def _rotation(rotation):
    names = ", ".join(seat.user.name for seat in rotation.seats.all())
    return _("%(names)s, since %(day)s") % {"names": names, "day": date_format(localtime(rotation.since), "j M Y")}


def moment(label, **kwargs):
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL)
    formats = [LOCAL, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
    return forms.DateTimeField(label=label, widget=widget, input_formats=formats, **kwargs)


class TakeOverForm(forms.Form):
    user = forms.ModelChoiceField(User.objects.none(), label=_("Who"), empty_label=None)
    starts_at = moment(_("From"), help_text=_("In your own time zone."))
    ends_at = moment(_("Until"))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = people


def turn(value):
    """What the act takes of a choice: the end of a turn and its person."""
    end, person = value.rsplit("/", 1)
    return datetime.fromisoformat(end), int(person)


class SwapForm(forms.Form):
    first = forms.TypedChoiceField(label=_("This turn"), coerce=turn)
    second = forms.TypedChoiceField(label=_("for this one"), coerce=turn)

    def __init__(self, *args, turns, mine, **kwargs):
        super().__init__(*args, **kwargs)
        named = [turn for turn in turns if turn.user is not None]
        self.fields["first"].choices = [_turn(turn) for turn in named if mine is None or turn.user == mine]
        self.fields["second"].choices = [_turn(turn) for turn in named]


def _turn(turn):
    start, end = (date_format(localtime(at), "D j M, H:i") for at in (turn.starts_at, turn.ends_at))
    return f"{turn.ends_at.isoformat()}/{turn.user_id}", f"{turn.user}: {start} – {end}"


class AwayForm(forms.Form):
    user = forms.ModelChoiceField(User.objects.none(), label=_("Who"), empty_label=None)
    first_day = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(
        label=_("Until and with"), widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Whole days in their time zone. Rosters pass them over."),
    )

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = people
