from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.businesstime import Calendar
from agreements.caseclock import Pause, Segment, limit_for, read_clock

BRUSSELS = ZoneInfo("Europe/Brussels")
HOUR = 3600
# December 2026: the 4th is a Friday, the 7th a Monday.
office = Calendar.from_dict(
    {
        "timezone": "Europe/Brussels",
        "schedule": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    }
)
CLIENT, SUPPLIER = "waiting for client", "waiting for supplier"


def at(text):
    """ "4 16:30" is the 4th of December at 16:30 in Brussels; None stays None."""
    if text is None:
        return None
    day, clock = text.split()
    return datetime.fromisoformat(f"2026-12-{int(day):02}T{clock}").replace(tzinfo=BRUSSELS)


def read(opened, now, *, hours=4, pauses=(), allowed=(CLIENT, SUPPLIER), stopped=None, calendar=office):
    return read_clock(
        calendar,
        hours * HOUR,
        at(opened),
        now=at(now),
        pauses=[(at(start), at(end), reason) for start, end, reason in pauses],
        allowed_reasons=allowed,
        stopped_at=at(stopped),
    )


# ---- met, missed, or not yet decided ----------------------------------------------------------------


@pytest.mark.parametrize(
    "opened, now, stopped, state, elapsed, met",
    [
        ("4 09:00", "4 09:00", None, "running", 0, None),
        ("4 09:00", "4 12:59:59", None, "running", 4 * HOUR - 1, None),
        ("4 09:00", "4 13:00", None, "running", 4 * HOUR, None),  # used up, may still stop in this second
        ("4 09:00", "4 13:00:00.999999", None, "running", 4 * HOUR, None),
        ("4 09:00", "4 13:00:01", None, "running", 4 * HOUR + 1, False),
        ("4 09:00", "8 09:00", "4 12:59:59", "stopped", 4 * HOUR - 1, True),
        ("4 09:00", "8 09:00", "4 13:00", "stopped", 4 * HOUR, True),  # elapsed <= limit
        ("4 09:00", "8 09:00", "4 13:00:01", "stopped", 4 * HOUR + 1, False),
        ("4 13:00", "6 10:00", None, "running", 4 * HOUR, None),  # used up on Friday, closed since
        ("4 13:00", "6 10:00", "6 10:00", "stopped", 4 * HOUR, True),  # no service time was used beyond it
        ("4 13:00", "7 09:00", None, "running", 4 * HOUR, None),
        ("4 13:00", "7 09:00:01", None, "running", 4 * HOUR + 1, False),
        ("4 09:00", "4 09:00", "4 09:00", "stopped", 0, True),
        ("4 09:00", "4 12:00", "4 15:00", "running", 3 * HOUR, None),  # the stop is not known yet
        ("4 09:00", "4 08:00", None, "running", 0, None),
    ],
)
def test_verdict(opened, now, stopped, state, elapsed, met):
    reading = read(opened, now, stopped=stopped)
    assert (reading.state, reading.elapsed_seconds, reading.met) == (state, elapsed, met)
    assert reading.remaining_seconds == 4 * HOUR - elapsed


@pytest.mark.parametrize(
    "opened, due, missed_from",
    [
        ("4 09:00", "4 13:00", "4 13:00:01"),
        ("4 16:40", "7 12:40", "7 12:40:01"),  # a case of Friday afternoon
        ("4 13:00", "4 17:00", "7 09:00:01"),  # due at closing time, too late from Monday
        ("5 03:00", "7 13:00", "7 13:00:01"),  # opened while closed
    ],
)
def test_deadline(opened, due, missed_from):
    reading = read(opened, opened)
    assert (reading.due_at, reading.missed_from) == (at(due), at(missed_from))


def test_thresholds_over_a_weekend():
    reading = read("4 15:00", "4 15:00")
    assert reading.thresholds == {50: at("4 17:00"), 75: at("7 10:00"), 90: at("7 10:36"), 100: at("7 11:00")}


def test_thresholds_are_rounded_up_to_a_whole_second():
    opened = at("4 09:00")
    reading = read_clock(office, 3, opened, now=opened)
    after = {percent: (moment - opened).total_seconds() for percent, moment in reading.thresholds.items()}
    assert after == {50: 2, 75: 3, 90: 3, 100: 3}


# ---- pauses -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pauses, elapsed, due",
    [
        ([], 7 * HOUR, "4 13:00"),
        ([("4 10:00", "4 11:00", CLIENT)], 6 * HOUR, "4 14:00"),
        ([("4 10:00", "4 11:00", "lunch")], 7 * HOUR, "4 13:00"),  # not in the signed version
        ([("4 10:00", "4 12:00", CLIENT), ("4 11:00", "4 13:00", SUPPLIER)], 4 * HOUR, "4 16:00"),
        ([("4 11:00", "4 12:00", CLIENT), ("4 10:00", "4 11:00", CLIENT)], 5 * HOUR, "4 15:00"),
        ([("4 10:00", "4 13:00", CLIENT), ("4 11:00", "4 12:00", CLIENT)], 4 * HOUR, "4 16:00"),
        ([("4 10:00", "4 12:00", CLIENT), ("4 11:00", "4 13:00", "lunch")], 5 * HOUR, "4 15:00"),
        ([("4 08:00", "4 10:00", CLIENT)], 6 * HOUR, "4 14:00"),  # began before the case
        ([("3 08:00", "3 10:00", CLIENT)], 7 * HOUR, "4 13:00"),
        ([("4 10:00", "4 10:00", CLIENT)], 7 * HOUR, "4 13:00"),
        ([("4 13:00", "4 14:00", CLIENT)], 6 * HOUR, "4 13:00"),  # only after the limit was used
    ],
)
def test_pauses_that_are_over(pauses, elapsed, due):
    reading = read("4 09:00", "4 16:00", pauses=pauses)
    assert (reading.elapsed_seconds, reading.due_at) == (elapsed, at(due))
    assert reading.state == "running"


def test_a_pause_outside_service_hours_spares_nothing():
    reading = read("4 16:00", "7 10:00", pauses=[("4 18:00", "7 08:00", CLIENT)])
    assert (reading.elapsed_seconds, reading.due_at) == (2 * HOUR, at("7 12:00"))


def test_without_allowed_reasons_no_pause_counts():
    reading = read("4 09:00", "4 16:00", pauses=[("4 10:00", "4 11:00", CLIENT)], allowed=())
    assert reading.elapsed_seconds == 7 * HOUR


def test_ignored_pauses_are_handed_back():
    pauses = [("4 10:00", "4 11:00", "lunch"), ("4 12:00", "4 13:00", CLIENT)]
    reading = read("4 09:00", "4 16:00", pauses=pauses)
    assert reading.ignored == (Pause(at("4 10:00"), at("4 11:00"), "lunch"),)
    assert reading.counted == (Pause(at("4 12:00"), at("4 13:00"), CLIENT),)


def test_the_order_in_which_pauses_were_noted_does_not_matter():
    pauses = [("4 10:00", "4 11:00", SUPPLIER), ("4 10:00", "4 13:00", CLIENT), ("4 15:00", None, CLIENT)]
    assert read("4 09:00", "4 16:00", pauses=pauses[::-1]) == read("4 09:00", "4 16:00", pauses=pauses)


def test_while_a_pause_lasts_nothing_behind_it_has_a_date():
    reading = read("4 09:00", "8 12:00", pauses=[("4 12:00", None, CLIENT)])
    assert (reading.state, reading.elapsed_seconds, reading.met) == ("paused", 3 * HOUR, None)
    assert (reading.due_at, reading.missed_from) == (None, None)
    assert reading.thresholds == {50: at("4 11:00"), 75: at("4 12:00"), 90: None, 100: None}


def test_a_lasting_pause_keeps_the_date_of_a_limit_used_before_it():
    reading = read("4 09:00", "8 12:00", pauses=[("4 15:00", None, CLIENT)])
    assert (reading.state, reading.met, reading.due_at) == ("paused", False, at("4 13:00"))


def test_a_pause_from_the_very_second_of_the_deadline_leaves_it_undecided():
    reading = read("4 09:00", "8 12:00", pauses=[("4 13:00", None, CLIENT)])
    assert (reading.met, reading.due_at, reading.missed_from) == (None, at("4 13:00"), None)


def test_a_lasting_pause_that_the_version_does_not_allow_stops_nothing():
    reading = read("4 09:00", "4 12:00", pauses=[("4 10:00", None, "lunch")])
    assert (reading.state, reading.due_at) == ("running", at("4 13:00"))


def test_the_stop_ends_a_lasting_pause():
    reading = read("4 09:00", "8 12:00", pauses=[("4 10:00", None, CLIENT)], stopped="4 15:00")
    assert (reading.state, reading.elapsed_seconds, reading.met) == ("stopped", HOUR, True)
    assert reading.due_at == at("7 10:00")  # five hours were spared


def test_a_pause_after_the_stop_changes_nothing():
    plain = read("4 09:00", "8 12:00", stopped="4 11:00")
    assert read("4 09:00", "8 12:00", stopped="4 11:00", pauses=[("4 12:00", "4 13:00", CLIENT)]) == plain


@pytest.mark.parametrize(
    "now, state, elapsed, due",
    [
        ("4 09:30", "running", 1800, "4 13:00"),
        ("4 10:00", "paused", HOUR, None),
        ("4 10:30", "paused", HOUR, None),
        ("4 11:00", "running", HOUR, "4 14:00"),
    ],
)
def test_a_reading_knows_only_what_had_happened(now, state, elapsed, due):
    reading = read("4 09:00", now, pauses=[("4 10:00", "4 11:00", CLIENT)])
    assert (reading.state, reading.elapsed_seconds, reading.due_at) == (state, elapsed, at(due))


# ---- clock changes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "opened, due",
    [
        ("2026-03-28T12:00", "2026-03-29T13:00"),  # 24 hours, one of them missing on the wall
        ("2026-10-24T12:00", "2026-10-25T11:00"),
        ("2026-06-24T12:00", "2026-06-25T12:00"),
    ],
)
def test_twenty_four_hours_through_a_clock_change(opened, due):
    opened, due = (datetime.fromisoformat(text).replace(tzinfo=BRUSSELS) for text in (opened, due))
    reading = read_clock(Calendar.always("Europe/Brussels"), 24 * HOUR, opened, now=opened)
    assert reading.due_at == due


def test_the_second_of_two_equal_wall_times_is_later():
    first = datetime(2026, 10, 25, 2, 30, tzinfo=BRUSSELS)
    always = Calendar.always("Europe/Brussels")
    second = first.replace(fold=1)
    assert read_clock(always, HOUR, first, now=second).elapsed_seconds == HOUR
    with pytest.raises(ValueError, match="before it opened"):
        read_clock(always, HOUR, second, now=second, stopped_at=first)


# ---- segments ---------------------------------------------------------------------------------------


def test_segments_explain_the_elapsed_time():
    reading = read(
        "4 15:00",
        "7 12:00",
        pauses=[
            ("4 16:00", "7 10:00", CLIENT),
            ("7 09:30", "7 10:30", SUPPLIER),
            ("7 11:00", "7 11:30", "lunch"),
        ],
    )
    assert reading.segments == (
        Segment("running", at("4 15:00"), at("4 16:00"), HOUR),
        Segment("paused", at("4 16:00"), at("7 09:30"), 5400, (CLIENT,)),
        Segment("paused", at("7 09:30"), at("7 10:00"), 1800, (CLIENT, SUPPLIER)),
        Segment("paused", at("7 10:00"), at("7 10:30"), 1800, (SUPPLIER,)),
        Segment("running", at("7 10:30"), at("7 12:00"), 5400),
    )


def test_segments_show_when_service_was_closed():
    assert read("4 08:00", "7 10:00", stopped="7 09:30").segments == (
        Segment("closed", at("4 08:00"), at("4 09:00"), 0),
        Segment("running", at("4 09:00"), at("4 17:00"), 8 * HOUR),
        Segment("closed", at("4 17:00"), at("7 09:00"), 0),
        Segment("running", at("7 09:00"), at("7 09:30"), 1800),
    )


def test_segments_of_a_lasting_pause_reach_the_reading():
    assert read("4 10:00", "4 12:00", pauses=[("4 09:30", None, CLIENT)]).segments == (
        Segment("paused", at("4 10:00"), at("4 12:00"), 2 * HOUR, (CLIENT,)),
    )


# ---- priorities -------------------------------------------------------------------------------------

LIMITS = {1: 2 * HOUR, 2: 4 * HOUR, 3: 16 * HOUR}


@pytest.mark.parametrize(
    "changes, now, priority",
    [
        ([("4 09:00", 3)], "4 09:00", 3),
        ([("4 09:00", 3), ("4 12:00", 1)], "4 11:59:59", 3),
        ([("4 09:00", 3), ("4 12:00", 1)], "4 12:00", 1),
        ([("4 12:00", 1), ("4 09:00", 3)], "4 15:00", 1),  # in any order
        ([("4 09:00", 3), ("4 12:00", 1), ("4 13:00", 2)], "4 15:00", 2),
        ([("4 09:00", 3), ("4 09:00", 3)], "4 15:00", 3),  # the same said twice
        ([("4 09:00", 9), ("4 12:00", 1)], "4 15:00", 1),  # only the current one needs a row
    ],
)
def test_limit_of_the_current_priority(changes, now, priority):
    history = [(at(since), value) for since, value in changes]
    assert limit_for(LIMITS, history, at=at(now)) == (priority, LIMITS[priority])


@pytest.mark.parametrize(
    "limits, changes, now, message",
    [
        (LIMITS, [("4 09:00", 4)], "4 10:00", "no row for priority 4, only: 1, 2, 3"),
        ({}, [("4 09:00", 1)], "4 10:00", "no row for priority 1, only: none"),
        (LIMITS, [], "4 10:00", "the case has no priority at"),
        (LIMITS, [("4 11:00", 1)], "4 10:00", "the case has no priority at"),
        (LIMITS, [("4 09:00", 1), ("4 09:00", 2)], "4 10:00", "priorities 1 and 2 both begin"),
    ],
)
def test_a_priority_that_is_missing_or_ambiguous_is_an_error(limits, changes, now, message):
    with pytest.raises(ValueError, match=message):
        limit_for(limits, [(at(since), value) for since, value in changes], at=at(now))


def test_reprioritising_keeps_start_and_pauses():
    changes = [(at("4 09:00"), 3), (at("4 14:00"), 1)]
    _, limit = limit_for(LIMITS, changes, at=at("4 14:00"))
    reading = read("4 09:00", "4 14:00", hours=limit // HOUR, pauses=[("4 10:00", "4 12:00", CLIENT)])
    assert (reading.elapsed_seconds, reading.due_at, reading.met) == (3 * HOUR, at("4 13:00"), False)


# ---- refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [0, -1, 1.5, True, None, "60"])
def test_a_limit_is_a_second_or_more(limit):
    with pytest.raises(ValueError, match="expected a limit"):
        read_clock(office, limit, at("4 09:00"), now=at("4 09:00"))


@pytest.mark.parametrize(
    "change, message",
    [
        ({"stopped_at": at("4 08:59:59")}, "stopped .* before it opened"),
        (
            {"pauses": [(at("4 11:00"), at("4 10:00"), CLIENT)]},
            "the pause 'waiting for client' ends .* before",
        ),
        ({"pauses": [(at("14 11:00"), at("14 10:00"), "lunch")]}, "the pause 'lunch' ends .* before"),
        ({"now": datetime(2026, 12, 4)}, "expected an aware datetime"),  # noqa: DTZ001
        ({"stopped_at": datetime(2026, 12, 4)}, "expected an aware datetime"),  # noqa: DTZ001
        ({"pauses": [(datetime(2026, 12, 4), None, CLIENT)]}, "expected an aware datetime"),  # noqa: DTZ001
    ],
)
def test_contradictions_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        read_clock(office, HOUR, at("4 09:00"), **{"now": at("4 12:00")} | change)


def test_a_limit_beyond_twenty_years_is_refused():
    with pytest.raises(ValueError, match="20 years"):
        read("4 09:00", "4 09:00", hours=21 * 366 * 24)


# ---- laws -------------------------------------------------------------------------------------------

BASE = datetime(2026, 10, 23, tzinfo=UTC)  # a Friday before a clock change
moments = st.integers(0, 6 * 86_400).map(lambda n: BASE + timedelta(seconds=n))


@st.composite
def cases(draw):
    opened, later = draw(st.tuples(moments, moments).map(sorted))
    spans = draw(st.lists(st.tuples(moments, moments).map(sorted), max_size=4))
    return {
        "calendar": draw(st.sampled_from([office, Calendar.always("Europe/Brussels")])),
        "limit_seconds": draw(st.integers(1, 30 * HOUR)),
        "opened_at": opened,
        "pauses": [
            (start, end if draw(st.booleans()) else None, draw(st.sampled_from([CLIENT, SUPPLIER, "lunch"])))
            for start, end in spans
        ],
        "allowed_reasons": (CLIENT, SUPPLIER),
        "stopped_at": later if draw(st.booleans()) else None,
    }


def seconds(reading, kind):
    return sum(segment.seconds for segment in reading.segments if segment.kind == kind)


@settings(max_examples=200, deadline=None)
@given(cases(), moments)
def test_law_segments_partition_the_life_and_add_up(case, now):
    reading = read_clock(**case, now=now)
    segments = reading.segments
    assert seconds(reading, "running") == reading.elapsed_seconds
    whole = case["calendar"].between(reading.opened_at, reading.until)
    assert seconds(reading, "running") + seconds(reading, "paused") == whole
    if segments:
        assert (segments[0].start, segments[-1].end) == (reading.opened_at, reading.until)
    assert all(one.end == two.start for one, two in zip(segments, segments[1:], strict=False))
    assert all(segment.start < segment.end for segment in segments)


@settings(max_examples=200, deadline=None)
@given(cases(), moments)
def test_law_dates_and_seconds_tell_the_same(case, now):
    reading = read_clock(**case, now=now)
    if reading.state != "stopped":
        used_up = reading.due_at is not None and reading.due_at <= reading.until
        assert used_up == (reading.elapsed_seconds >= reading.limit_seconds)
    missed = reading.missed_from is not None and reading.missed_from <= reading.until
    assert (reading.met is False) == missed
    dates = [reading.thresholds[percent] for percent in (50, 75, 90, 100)]
    known = [date for date in dates if date is not None]
    assert known == sorted(known) and dates[: len(known)] == known
    assert reading.thresholds[100] == reading.due_at


@settings(max_examples=200, deadline=None)
@given(cases(), moments)
def test_law_the_future_does_not_change_a_reading(case, now):
    past = case | {
        "pauses": [
            (start, end if end and end <= now else None, reason)
            for start, end, reason in case["pauses"]
            if start <= now
        ],
        "stopped_at": case["stopped_at"] if case["stopped_at"] and case["stopped_at"] <= now else None,
    }
    assert read_clock(**past, now=now) == read_clock(**case, now=now)


@settings(max_examples=100, deadline=None)
@given(cases(), moments, moments)
def test_law_elapsed_never_falls_and_a_verdict_stands(case, one, other):
    early, late = sorted((one, other))
    before, after = read_clock(**case, now=early), read_clock(**case, now=late)
    assert before.elapsed_seconds <= after.elapsed_seconds
    if before.met is not None:
        assert before.met == after.met


@settings(max_examples=100, deadline=None)
@given(cases(), moments)
def test_law_one_more_pause_never_shortens_a_deadline(case, now):
    plain = read_clock(**case, now=now)
    more = [*case["pauses"], (BASE + timedelta(days=1), BASE + timedelta(days=3), CLIENT)]
    paused = read_clock(**case | {"pauses": more}, now=now)
    assert paused.elapsed_seconds <= plain.elapsed_seconds
    if plain.due_at and paused.due_at:
        assert paused.due_at >= plain.due_at


# ---- several clocks on one case ---------------------------------------------------------------------


def test_answer_and_resolution_run_on_hours_and_reasons_of_their_own():
    """An answer by day and night, for which nothing pauses; a resolution in office hours, which may wait."""
    opened, waited = BASE, (BASE + timedelta(hours=8), BASE + timedelta(hours=10), CLIENT)
    told = {"opened_at": opened, "pauses": [waited], "now": BASE + timedelta(days=3)}

    answer = read_clock(
        Calendar.always("Europe/Brussels"), 9 * HOUR, stopped_at=opened + timedelta(hours=9), **told, allowed_reasons=()
    )
    resolution = read_clock(office, 6 * HOUR, stopped_at=opened + timedelta(hours=14), **told, allowed_reasons=[CLIENT])

    assert (answer.elapsed_seconds, answer.met, answer.ignored[0].reason) == (9 * HOUR, True, CLIENT)
    assert [segment.kind for segment in answer.segments] == ["running"]
    assert seconds(resolution, "paused") == 2 * HOUR and {each.kind for each in resolution.segments} == {
        "closed", "running", "paused",
    }  # fmt: skip
    assert seconds(resolution, "running") == resolution.elapsed_seconds


@settings(max_examples=150, deadline=None)
@given(cases(), cases(), moments, st.integers(1, 30 * HOUR))
def test_law_clocks_of_one_case_and_its_priorities_do_not_disturb_each_other(case, other, now, limit):
    """Whatever another clock allows, and whatever limit a new priority brings: the steps of this one stay."""
    told = {name: case[name] for name in ("opened_at", "pauses")}
    before = read_clock(**case, now=now)
    stop = max(filter(None, [other["stopped_at"], case["opened_at"]]))
    read_clock(**other | told | {"allowed_reasons": [], "stopped_at": stop}, now=now)
    prioritised = read_clock(**case | {"limit_seconds": limit}, now=now)

    assert read_clock(**case, now=now) == before
    assert prioritised.segments == before.segments
    assert prioritised.elapsed_seconds == before.elapsed_seconds
    if before.due_at and prioritised.due_at and limit <= case["limit_seconds"]:
        assert prioritised.due_at <= before.due_at
