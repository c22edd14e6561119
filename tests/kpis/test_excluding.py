from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpis.excluding import MOST, Unreadable, allot, occurrences, union
from tests.kpis.build import utc

LIFE = (utc("2026-01-01T00:00"), utc("2028-01-01T00:00"))
SUNDAY = utc("2026-05-03T02:00")
HOUR = timedelta(hours=1)


def given_terms(spans, *, told=LIFE[0], hours=0, cap=None, taken=(), life=LIFE, zone="UTC"):
    return allot(
        spans, life=life, notice_at=told, notice_hours=hours, cap_minutes=cap, taken=taken, zone=zone
    )


def span(start, minutes):
    return utc(start), utc(start) + timedelta(minutes=minutes)


@pytest.mark.parametrize(("rule", "days"), [
    ("", [3]),
    ("FREQ=WEEKLY;COUNT=3", [3, 10, 17]),
    ("FREQ=WEEKLY;BYDAY=SU;UNTIL=20260517", [3, 10, 17]),
    ("RRULE:FREQ=DAILY;INTERVAL=2;UNTIL=20260507T015959", [3, 5]),
    ("freq=daily;until=20260505T020000Z", [3, 4, 5]),
])
def test_a_rule_repeats_the_first_occurrence(rule, days):
    found = occurrences(SUNDAY, SUNDAY + 2 * HOUR, rule=rule, zone="UTC")

    assert [start.day for start, _end in found] == days
    assert {end - start for start, end in found} == {2 * HOUR}


@pytest.mark.parametrize("rule", [
    "FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=3;UNTIL=20260601", "FREQ=HOURLY;COUNT=3", "FREQ=WEEKLY;BYHOUR=3;COUNT=2",
    "FREQ=DAILY;COUNT=0", f"FREQ=DAILY;COUNT={MOST + 1}", "FREQ=DAILY;UNTIL=20280101", "COUNT=3", "never",
    "FREQ=DAILY;UNTIL=soon", "FREQ=DAILY;INTERVAL=x;COUNT=2", "FREQ=DAILY;COUNT=9999999999999", "FREQ=DAILY;COUNT=３",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2", "FREQ=WEEKLY;BYDAY=MO;COUNT=2", "FREQ=DAILY;FREQ=WEEKLY;COUNT=2",
])
def test_a_rule_that_does_not_end_or_is_none_is_refused(rule):
    with pytest.raises(Unreadable):
        occurrences(SUNDAY, SUNDAY + HOUR, rule=rule, zone="UTC")


def test_spans_run_forward_on_whole_seconds():
    with pytest.raises(Unreadable):
        occurrences(SUNDAY, SUNDAY, rule="", zone="UTC")
    with pytest.raises(Unreadable):
        occurrences(SUNDAY, SUNDAY + timedelta(milliseconds=1500), rule="", zone="UTC")
    with pytest.raises(ValueError):
        occurrences(SUNDAY.replace(tzinfo=None), SUNDAY, rule="", zone="UTC")


@pytest.mark.parametrize(("first", "rule", "second"), [
    # 29 March 2026: 02:00 to 03:00 does not exist; opening 02:00 is read with the offset before the change.
    ("2026-03-22T01:00", "FREQ=WEEKLY;COUNT=2", ("2026-03-29T01:00", "2026-03-29T02:00")),
    # 25 October 2026: 02:00 to 03:00 comes twice; the end is the last one.
    ("2026-10-17T23:30", "FREQ=WEEKLY;COUNT=2", ("2026-10-24T23:30", "2026-10-25T01:30")),
])
def test_a_local_window_keeps_its_local_times_when_the_clock_changes(first, rule, second):
    start = utc(first)
    length = {3: 2 * HOUR, 10: HOUR}[start.month]

    found = occurrences(start, start + length, rule=rule, zone="Europe/Brussels")

    assert found[1] == tuple(map(utc, second))


def test_time_outside_the_signed_version_does_not_count():
    life = (utc("2026-05-01T00:00"), utc("2026-05-10T03:00"))

    found = given_terms(
        [span("2026-04-30T23:30", 60), span("2026-05-10T02:00", 120), span("2026-05-17T02:00", 60)], life=life
    )

    assert [(p.start, p.end) for p in found.pieces] == [span("2026-05-01T00:00", 30), span("2026-05-10T02:00", 60)]


@pytest.mark.parametrize(("told", "counted"), [
    ("2026-05-01T02:00", 3600), ("2026-05-01T02:00:01", 0), (None, 0),
])
def test_notice_is_kept_to_the_second(told, counted):
    found = given_terms([span("2026-05-03T02:00", 60)], told=told and utc(told), hours=48)

    assert found.counted == counted
    assert found.pieces[0].why == ("" if counted else "notice")


def test_each_occurrence_needs_its_own_notice():
    found = given_terms([span("2026-05-03T02:00", 60), span("2026-05-10T02:00", 60)],
                        told=utc("2026-05-02T00:00"), hours=48)

    assert [piece.why for piece in found.pieces] == ["notice", ""]
    assert found.to_dict()["short_notice"] == 1


def test_the_cap_cuts_what_comes_last_to_the_second():
    found = given_terms([span("2026-05-03T02:00", 60), span("2026-05-10T02:00", 60), span("2026-05-17T02:00", 60)],
                        cap=100, taken=[span("2026-02-01T00:00", 10)])

    assert [piece.counted for piece in found.pieces] == [3600, 1800, 0]
    assert [piece.why for piece in found.pieces] == ["", "cap", "cap"]
    (year,) = found.years
    assert (year.before, year.asked, year.granted) == (600, 10_800, 5400)


def test_a_new_year_has_a_new_cap_in_the_agreements_zone():
    """Midnight in Brussels is 23:00 UTC."""
    found = given_terms([span("2026-12-31T22:00", 120)], cap=30, zone="Europe/Brussels")

    assert [(p.start, p.counted) for p in found.pieces] == [
        (utc("2026-12-31T22:00"), 1800), (utc("2026-12-31T23:00"), 1800),
    ]
    assert [year.year for year in found.years] == [2026, 2027]


def test_time_that_is_taken_already_costs_nothing():
    found = given_terms([span("2026-05-03T02:00", 120)], cap=90, taken=[span("2026-05-03T02:30", 60)])

    assert found.counted == 90 * 60  # 30 new, 60 shared, nothing left for the last 30
    assert found.years[0].granted == 1800


# A busy machine may stall while examples are drawn.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
moments = st.integers(0, 700 * 24 * 60).map(lambda minute: LIFE[0] + timedelta(minutes=minute))
spans = st.lists(st.tuples(moments, st.integers(1, 5000)).map(
    lambda pair: (pair[0], pair[0] + timedelta(minutes=pair[1]))
), max_size=6)


def seconds(found):
    return sum((end - start).total_seconds() for start, end in found)


@PATIENT
@given(spans, spans, st.integers(0, 6000))
def test_a_cap_is_never_passed_and_never_wasted(asked, taken, cap):
    found = given_terms(asked, cap=cap, taken=taken)

    counted = union((piece.start, piece.counted_until) for piece in found.pieces)
    new = seconds(union([*counted, *taken])) - seconds(union(taken))
    assert new == sum(year.granted for year in found.years)
    for year in found.years:
        room = max(0, cap * 60 - year.before)
        assert year.granted == min(room, year.asked)


@PATIENT
@given(spans, spans)
def test_without_a_cap_all_of_it_counts_once(asked, taken):
    found = given_terms(asked, taken=taken)

    within = [(max(start, LIFE[0]), min(end, LIFE[1])) for start, end in asked]
    assert found.counted == seconds(union(within)) == found.asked
