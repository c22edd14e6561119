"""Fields that read what people type into the exact values of the terms, and write them back the same way."""

import re
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from agreements.openinghours import OpeningHours
from agreements.sentences import NUMBER
from agreements.tables import plain

UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
PIECE = re.compile(r"([0-9]{1,6})\s*(seconds?|sec|s|minutes?|min|m|hours?|h|days?|d)\b", re.ASCII | re.IGNORECASE)
SPAN = re.compile(r"([0-9]{1,2}:[0-9]{2})\s*[-–]\s*([0-9]{1,2}:[0-9]{2})", re.ASCII)
TIER = re.compile(
    r"(?P<low>[0-9.]*)\s*(?:-|–|to)\s*(?P<high>[0-9.]*)\s*[:=]\s*(?P<worth>[0-9.]+)\s*(?P<kind>%|x|×|fixed)?", re.ASCII
)
TIER_SIGNS = {"percent": "%", "multiple": "x", "fixed": "fixed"}
TIER_KINDS = {sign: kind for kind, sign in TIER_SIGNS.items()} | {"×": "multiple"}
LONGEST = 20 * 366 * 86400


class TextField(forms.CharField):
    """A line of text; the terms never hold control characters."""

    def clean(self, value):
        text = super().clean(value)
        if any(ord(sign) < 32 and sign not in "\n\t" for sign in text.replace("\r\n", "\n")):
            raise ValidationError(_("This text holds signs that cannot be printed."))
        return text.replace("\r\n", "\n").replace("\r", "\n")


class RecordsField(forms.ModelMultipleChoiceField):
    """Some rows of a table."""

    def clean(self, value):
        # A number beyond the database's integers would be an error of the query, not of the form.
        for each in value or []:
            if len(str(each)) > 18:
                raise ValidationError(self.error_messages["invalid_pk_value"], params={"pk": str(each)[:20]})
        return super().clean(value)


class LongTextField(TextField):
    def __init__(self, *, rows=3, **kwargs):
        kwargs.setdefault("max_length", 20_000)
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class NumberField(forms.CharField):
    """An exact number as text: "99.90" stays "99.90"."""

    def __init__(self, *, least=None, most=None, **kwargs):
        super().__init__(max_length=24, **kwargs)
        self.least, self.most = least, most
        self.widget.attrs |= {"inputmode": "decimal", "size": 8}

    def clean(self, value):
        text = super().clean(value).replace(",", ".")
        if not text:
            return ""
        if not NUMBER.fullmatch(text):
            raise ValidationError(_("Type a number, such as 99.5."))
        if (self.least is not None and Decimal(text) < self.least) or (
            self.most is not None and Decimal(text) > self.most
        ):
            raise ValidationError(
                _("Type a number from %(least)s to %(most)s."),
                params={"least": self.least, "most": "∞" if self.most is None else self.most},
            )
        return text


class DurationField(forms.CharField):
    """A length of time in words, "1 h 30 min", as whole seconds; empty is None."""

    def __init__(self, **kwargs):
        kwargs.setdefault("help_text", _("Such as 30 min, 4 h or 2 d."))
        super().__init__(max_length=40, **kwargs)

    def prepare_value(self, value):
        return written_duration(value) if isinstance(value, int) else value

    def has_changed(self, initial, data):
        # "0 s" is how an initial 0 is shown.
        return super().has_changed(self.prepare_value(initial), data)

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        pieces = PIECE.findall(text)
        if not pieces or PIECE.sub("", text).strip(" ,"):
            raise ValidationError(_("Type a length of time, such as 30 min, 4 h or 2 d."))
        seconds = sum(int(count) * UNITS[_unit(word)] for count, word in pieces)
        if seconds > LONGEST:
            raise ValidationError(_("That is longer than 20 years."))
        return seconds


def written_duration(seconds):
    """5400 -> "1 h 30 min": the form that DurationField reads. Days only where they are whole."""
    if seconds and seconds % 86400 == 0 and seconds >= 2 * 86400:
        return f"{seconds // 86400} d"
    words, rest = [], seconds
    for unit in ("h", "min", "s"):
        count, rest = divmod(rest, UNITS[unit])
        if count:
            words.append(f"{count} {unit}")
    return " ".join(words) or "0 s"


def _unit(word):
    word = word.lower()
    return "min" if word.startswith("m") else word[0]


class HoursField(forms.CharField):
    """The open hours of a day, "09:00-17:00, 18:00-20:00"; empty or "closed" is a closed day."""

    def __init__(self, **kwargs):
        super().__init__(max_length=200, required=False, **kwargs)

    def prepare_value(self, value):
        return written_hours(value) if isinstance(value, list) else value

    def clean(self, value):
        return read_hours(super().clean(value))


def read_hours(text):
    text = text.strip()
    if text.lower() in ("", "closed", "-", "–"):
        return []
    spans = [[_clock(time) for time in pair] for pair in SPAN.findall(text)]
    if not spans or SPAN.sub("", text).strip(" ,;"):
        raise ValidationError(_("Type hours such as 09:00-17:00, 18:00-20:00, or leave the day empty."))
    try:
        OpeningHours.from_dict({"timezone": "UTC", "schedule": {"mon": spans}})
    except ValueError as error:
        raise ValidationError(str(error).partition(": ")[2]) from error
    return spans


def written_hours(spans):
    return ", ".join("-".join(span) for span in spans)


def _clock(time):
    hour, _colon, minute = time.partition(":")
    return f"{hour:0>2}:{minute}"


class DatesField(LongTextField):
    """A date a line, "2026-12-25"; what follows it on the line is for the reader only."""

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value):
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        return sorted({_date(line.split()[0]) for line in lines})


class SpecialHoursField(LongTextField):
    """A date and its hours a line: "2026-12-24 09:00-12:00"."""

    def prepare_value(self, value):
        if not isinstance(value, dict):
            return value
        return "\n".join(f"{day} {written_hours(spans) or 'closed'}" for day, spans in sorted(value.items()))

    def clean(self, value):
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        pairs = (line.partition(" ") for line in lines)
        return {_date(day): read_hours(hours) for day, _blank, hours in pairs}


def _date(text):
    try:
        hours = OpeningHours.from_dict(
            {"timezone": "UTC", "schedule": {"mon": [["00:00", "24:00"]]}, "holidays": [text]}
        )
    except ValueError as error:
        raise ValidationError(_("“%(text)s” is not a date such as 2026-12-25."), params={"text": text[:40]}) from error
    return hours.holidays[0].isoformat()


class LinesField(LongTextField):
    """A text a line."""

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value):
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class TiersField(LongTextField):
    """A tier a line, "99 to 99.5: 5 %": from the first number to below the second, so many percent of the fee.

    "10 x" is so many times the fee for the downtime, "500 fixed" a sum. Tuples (low, high, number, kind).
    """

    def prepare_value(self, value):
        if not isinstance(value, list):
            return value
        return "\n".join(f"{low} to {high}: {worth} {TIER_SIGNS[kind]}".strip() for low, high, worth, kind in value)

    def clean(self, value):
        tiers = []
        for line in super().clean(value).splitlines():
            if not line.strip():
                continue
            found = TIER.fullmatch(line.strip())
            numbers = found and [found[name] for name in ("low", "high", "worth")]
            if not numbers or not all(not each or NUMBER.fullmatch(each) for each in numbers):
                raise ValidationError(
                    _("“%(line)s”: write a tier such as 99 to 99.5: 5 %%."), params={"line": line[:60]}
                )
            tiers.append((*numbers, TIER_KINDS[found["kind"] or "%"]))
        return tiers


class WeightsField(LongTextField):
    """A name a line with its weight, "K1: 2"; without one it weighs 1. Pairs of texts."""

    def prepare_value(self, value):
        return "\n".join(f"{name}: {weight}" for name, weight in value) if isinstance(value, list) else value

    def clean(self, value):
        pairs = []
        for line in filter(None, map(str.strip, super().clean(value).splitlines())):
            name, _colon, weight = line.rpartition(":") if ":" in line else (line, "", "1")
            weight = weight.strip().replace(",", ".")
            if not name.strip() or not NUMBER.fullmatch(weight) or Decimal(weight) <= 0:
                raise ValidationError(_("“%(line)s”: write a name and its weight, such as K1: 2."),
                                      params={"line": line[:60]})  # fmt: skip
            pairs.append((name.strip(), weight))
        return pairs


class PrioritiesField(forms.CharField):
    """Whole numbers with commas: "1, 2"."""

    def __init__(self, **kwargs):
        super().__init__(max_length=60, required=False, **kwargs)

    def prepare_value(self, value):
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value):
        words = super().clean(value).replace(",", " ").split()
        if not all(re.fullmatch(r"[0-9]{1,3}", word, re.ASCII) for word in words):
            raise ValidationError(_("Type priorities such as 1, 2."))
        return sorted({int(word) for word in words})


def as_text(number):
    """A number of a form as the terms keep it."""
    return plain(number) if isinstance(number, Decimal) else str(number)
