from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict

from agreements import lint, redline
from agreements import terms as t
from agreements.forms import beside, fields, opening
from agreements.forms.parts import PARTS, Page
from agreements.tables import DAYS
from tests.agreements.pages import around, opened, posted
from tests.agreements.test_redline import FULL
from tests.factories import make_terms


def cleaned(field, text):
    return field.clean(text)


def refused(field, text):
    with pytest.raises(ValidationError):
        field.clean(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30 min", 1800),
        ("4h", 14400),
        ("1 h 30 min", 5400),
        ("2 d", 172800),
        ("0 min", 0),
        ("90 s", 90),
        ("2 days", 172800),
    ],
)
def test_durations(text, seconds):
    assert cleaned(fields.DurationField(), text) == seconds
    written = fields.written_duration(seconds)
    assert cleaned(fields.DurationField(), written) == seconds


@pytest.mark.parametrize("text", ["4", "soon", "4 h and a bit", "-4 h", "4 weeks", "999999 d", "4.5 h"])
def test_what_is_no_duration(text):
    refused(fields.DurationField(), text)


def test_hours_of_a_day():
    field = fields.HoursField()
    assert cleaned(field, "9:00-17:00, 18:00 – 20:00") == [["09:00", "17:00"], ["18:00", "20:00"]]
    assert cleaned(field, "22:00-26:00") == [["22:00", "26:00"]]
    assert cleaned(field, "closed") == cleaned(field, "") == []
    for wrong in ("nine to five", "17:00-09:00", "09:00-17:00 or so", "09:60-10:00", "25:00-26:00"):
        refused(field, wrong)


def test_dates_and_special_hours():
    assert cleaned(fields.DatesField(), "2026-12-26 Boxing Day\n\n2026-12-25") == ["2026-12-25", "2026-12-26"]
    refused(fields.DatesField(), "2026-02-30")
    field = fields.SpecialHoursField()
    assert cleaned(field, "2026-12-24 09:00-12:00\n2026-12-31 closed") == {
        "2026-12-24": [["09:00", "12:00"]],
        "2026-12-31": [],
    }
    refused(field, "Christmas 09:00-12:00")


def test_tiers():
    field = fields.TiersField()
    tiers = [
        ("99", "99.5", "5", "percent"), ("98", "99", "10", "multiple"), ("97", "98", "500", "fixed"),
        ("", "97", "10", "percent"),
    ]  # fmt: skip
    assert cleaned(field, "99 to 99.5: 5 %\n98 to 99: 10 x\n97 to 98: 500 fixed\n- 97: 10\n") == tiers
    assert cleaned(field, field.prepare_value(tiers)) == tiers
    assert cleaned(field, field.prepare_value([("200", "", "5", "percent")])) == [("200", "", "5", "percent")]
    for wrong in ("99", "99 to 99.5", "a to b: c", "1.2.3 to 4: 5"):
        refused(field, wrong)


def test_numbers_stay_exact():
    assert cleaned(fields.NumberField(), "99.90") == "99.90"
    assert cleaned(fields.NumberField(), "99,9") == "99.9"
    for wrong in ("NaN", "1e5", "=1+1", "٣", "1_000", "99999999999999999999999999"):
        refused(fields.NumberField(), wrong)
    refused(fields.NumberField(least=0, most=1), "1.1")


def test_priorities():
    assert cleaned(fields.PrioritiesField(), "2, 1 2") == [1, 2]
    refused(fields.PrioritiesField(), "high")


def test_control_characters_are_no_text():
    refused(fields.TextField(), "a\x00b")
    assert cleaned(fields.LongTextField(), "a\r\nb") == "a\nb"


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("terms", [FULL, make_terms()], ids=["full", "usual"])
def test_a_page_sent_back_as_it_came_changes_nothing(part, terms):
    page = opened(part, terms, posted(opened(part, terms)))

    assert page.is_valid(), [box.errors_of.errors for box in page.boxes]
    assert not redline.differs(terms, page.result())
    assert page.result() == terms


@pytest.mark.parametrize(
    ("part", "added"),
    [
        ("parties", "signatories:"),
        ("kpis", "kpis:uptime"),
        ("kpis", "kpis:deadline"),
        ("kpis", "kpis:value"),
        ("kpis", "kpis:score"),
        ("kpis", "credits:"),
        ("kpis", "priorities:"),
        ("kpis", "workload:"),
        ("hours", "calendars:"),
        ("hours", "exclusions:"),
        ("hours", "maintenance:"),
        ("hours", "pauses:"),
        ("escalation", "positions:"),
        ("escalation", "levels:"),
        ("clauses", "clauses:"),
    ],
)
def test_an_added_row_left_empty_is_ignored(part, added):
    terms = make_terms()
    fresh = opened(part, terms, added=added)
    page = opened(part, terms, posted(fresh))

    assert sum(box.formset.total_form_count() for box in fresh.boxes if hasattr(box, "formset")) == 1 + sum(
        box.formset.total_form_count() for box in opened(part, terms).boxes if hasattr(box, "formset")
    )
    assert page.is_valid(), [box.errors_of.errors for box in page.boxes]
    assert page.result() == terms


@pytest.mark.parametrize(
    ("kind", "fields_", "params"),
    [
        ("uptime", {"calendar": "always"}, {}),
        ("deadline", {"priorities": "3", "cohort": "due_in"}, {"cohort": "due_in", "priorities": [3]}),
        ("value", {"aggregate": "avg", "unit": "ms"}, {"aggregate": "avg"}),
        ("score", {"minimum_answers": "3"}, {"minimum_answers": 3}),
    ],
)
def test_a_kpi_of_each_kind_is_added(kind, fields_, params):
    terms = make_terms()
    data = posted(opened("kpis", terms, added=f"kpis:{kind}"))
    row = {"name": "New", "target": "99", "source": "probe", "indicator": "new-data", "service": "canvas"} | fields_
    data |= {f"kpis-4-{name}": value for name, value in row.items()}
    page = opened("kpis", terms, data)

    assert page.is_valid(), [box.errors_of.errors for box in page.boxes]
    new = page.result().kpis[4]
    assert (new.key, new.kind, new.target, new.params) == ("K5", kind, "99", params)
    assert lint.errors(lint.check(page.result(), lint.Facts(today=date(2026, 4, 1)))) == []


def test_rows_are_removed_by_a_tick_and_their_keys_are_not_given_again():
    terms = make_terms()
    data = posted(opened("escalation", terms, added="positions:"))
    data |= {"positions-2-DELETE": "on", "positions-3-title": "Board", "positions-3-party": "client"}
    page = opened("escalation", terms, data)

    assert page.is_valid(), [box.errors_of.errors for box in page.boxes]
    assert [each.key for each in page.result().escalation.positions] == ["p-desk", "p-head", "c-1"]


def test_a_clause_moves_down():
    terms = make_terms()
    page = opened("clauses", terms, posted(opened("clauses", terms)) | {"move": "clauses-0:down"})
    assert page.is_valid()
    assert [clause.id for clause in page.result().clauses] == ["support", "purpose"]


@pytest.mark.parametrize("part", PARTS)
def test_rows_that_cannot_be_counted_are_an_error(part):
    terms = make_terms()
    data = {name: "x" if name.endswith("TOTAL_FORMS") else value for name, value in posted(opened(part, terms)).items()}
    if any(name.endswith("TOTAL_FORMS") for name in data):
        assert not opened(part, terms, data).is_valid()


@pytest.mark.parametrize("part", PARTS)
def test_nonsense_is_refused_or_taken_as_text(part):
    """Whatever is typed into one field: an error, or terms that are still well-formed."""
    good = posted(opened(part, FULL))
    for name in good:
        for bad in ("", "\x00", "NaN", "-1", "=1+1", "99999999999999999999", "31/02/2026", "<script>"):
            page = opened(part, FULL, good | {name: bad})
            if page.is_valid():
                assert t.load(t.dump(page.result()))


@pytest.mark.parametrize(("total", "initial"), [("-1", "2"), ("1", "2"), ("2", "-1"), ("2", "3")])
def test_rows_do_not_vanish_because_their_count_was_wrong(total, initial):
    terms = make_terms()
    data = posted(opened("parties", terms))
    data |= {"signatories-TOTAL_FORMS": total, "signatories-INITIAL_FORMS": initial}
    assert not opened("parties", terms, data).is_valid()


def in_autumn(terms, **data):
    """The part of hours over these terms in November 2026, with its first calendar as sent."""
    looked = replace(around(terms), friday=datetime(2026, 11, 27, 16, 40, tzinfo=UTC))
    sent = QueryDict(mutable=True)
    for name, value in (posted(opened("hours", terms)) | data).items():
        sent.setlist(name, value if isinstance(value, list) else [value])
    return Page(PARTS["hours"], terms, looked, sent)


@pytest.mark.parametrize(
    ("preset", "days"),
    [
        ("always", dict.fromkeys(DAYS, [["00:00", "24:00"]])),
        ("business", dict.fromkeys(DAYS[:5], [["09:00", "17:00"]])),
    ],
)
def test_a_button_fills_in_usual_hours(preset, days):
    page = opened("hours", make_terms(), posted(opened("hours", make_terms())) | {"preset": f"calendars-0:{preset}"})
    assert page.is_valid()
    assert page.result().calendars[0].schedule == days


def test_a_preset_that_is_none_changes_nothing():
    terms = make_terms()
    page = opened("hours", terms, posted(opened("hours", terms)) | {"preset": "calendars-0:nonsense"})
    assert page.is_valid() and page.result() == terms


def test_holidays_are_proposed_and_the_ticked_ones_close_the_calendar():
    terms = make_terms()
    place = {"calendars-0-country": "GB", "calendars-0-region": "ENG", "calendars-0-years": "2027"}
    asked = in_autumn(terms, **place, propose="calendars-0").boxes[0].formset[0]
    shown = dict(asked.fields["accepted"].choices)
    assert "Good Friday" in shown["2027-03-26"]
    assert asked["accepted"].value() == list(shown)  # all are ticked at first

    page = in_autumn(terms, **place, **{"calendars-0-accepted": ["2027-03-26", "2027-12-27"]})
    assert page.is_valid(), page.boxes[0].formset.errors
    assert page.result().calendars[0].holidays == sorted({*terms.calendars[0].holidays, "2027-03-26", "2027-12-27"})


def test_the_parts_of_a_country_are_chosen_by_name():
    page = in_autumn(make_terms(), **{"calendars-0-country": "GB", "calendars-0-region": "BY"})
    assert not page.is_valid() and "region" in page.boxes[0].formset.errors[0]
    offered = page.boxes[0].formset[0].fields["region"].choices
    assert [name for _code, name in offered[1:]] == ["England", "Northern Ireland", "Scotland", "Wales"]
    assert opening.regions("XX") == opening.regions("") == offered[:1]
    # Codes are the library's own, whatever their capitals.
    assert ("Augsburg", "Augsburg") in opening.regions("DE") and ("BW", "Baden-Württemberg") in opening.regions("DE")


def test_the_picture_of_a_week_follows_what_is_typed():
    terms, base = make_terms(), make_terms()
    desk = posted(opened("hours", terms)) | {"calendars-1-mon": "15:00-23:00", "calendars-1-tue": "nonsense"}
    page = opened("hours", terms, desk)
    page.around = replace(page.around, base=base, base_label="v1.0")
    form = page.boxes[0].formset[1]
    form.around = page.around
    monday, tuesday = form.week[:2]
    assert [(bar.kind, bar.length) for bar in monday.bars] == [("same", 420), ("new", 60)]
    assert [bar.kind for bar in tuesday.bars] == ["gone"]
    assert (form.week_says, form.since) == ("29 h a week instead of 35 h", "v1.0")
    assert form.week_in_words.startswith("Monday: 15:00-23:00; Tuesday: closed; ")


def test_findings_stand_beside_their_field_or_on_their_card():
    terms = make_terms()
    page = opened("kpis", terms)
    found = [
        lint.Finding("a", "error", "kpis.1.target", "Field"), lint.Finding("b", "note", "kpis.2", "Row"),
        lint.Finding("c", "warning", "credits", "Card"), lint.Finding("d", "error", "calendars.0.mon", "Elsewhere"),
        lint.Finding("e", "error", "priorities.0", "No field of that name"),
    ]  # fmt: skip
    places = [each.swap for each in beside.put(page, found)]
    field = "beforeend:.sp-field:has(#id_{})".format
    assert places == [
        field("kpis-1-target"), field("kpis-2-name"), "afterend:#credits > .sp-ch", field("priorities-0-name"),
    ]  # fmt: skip
    kpis, priorities = page.boxes[0].formset, page.boxes[1].formset
    assert [each.message for each in kpis[1].fields["target"].said] == ["Field"]
    assert [each.message for each in priorities[0].fields["name"].said] == ["No field of that name"]
    assert not hasattr(kpis[0].fields["target"], "said") and page.boxes[2].said[0].message == "Card"


@pytest.mark.parametrize(
    ("move", "order"), [("kpis-1:up", [1, 0]), ("kpis-0:down", [1, 0]), ("kpis-0:up", [0, 1]), ("kpis-0:x", [0, 1])]
)
def test_a_button_moves_a_row_one_place_and_never_past_the_end(move, order):
    terms = make_terms()
    page = opened("kpis", terms, posted(opened("kpis", terms)) | {"move": move})
    assert page.is_valid()
    keys = [kpi.key for kpi in terms.kpis]
    assert [kpi.key for kpi in page.result().kpis][:2] == [keys[index] for index in order]
