"""Uptime: public worked examples, gaps, exclusions, and the laws that no data may break."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.businesstime import Calendar
from kpis import formulas as f
from kpis.windows import label_bounds
from tests.kpis.times import JULY, JUNE, MAY, at, mid_may, minutes

WEEKDAYS = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
OFFICE = Calendar.from_dict({"timezone": "Europe/Brussels", "schedule": WEEKDAYS})


def rule(target="99.9", **kwargs):
    return f.Rule(">=", Decimal(target), **kwargs)


def down(*spans):
    return [f.Outage(*span) for span in spans]


def uptime(outages=(), *, lo=JUNE, hi=JULY, known_at=None, promise=None, **facts):
    """June of 43,200 minutes, observed throughout, unless said otherwise."""
    facts = {"observed": [(lo, hi)], "outages": outages} | facts
    frame = f.Frame(lo, hi, known_at or hi)
    return f.evaluate("uptime", promise or rule(), frame, f.UptimeFacts(**facts))


def seconds(outcome, name):
    return Fraction(outcome.measured.figures[name])


def six(value):
    """Six decimals: the form of the published examples."""
    return f"{Decimal(round(value * 10**6)) / 10**6:.6f}"


@pytest.mark.parametrize(
    ("effect", "percent"),
    [("drop", "99.976787"), ("as_good", "99.976852"), ("suppress_only", "99.930556")],
)
def test_the_meanings_of_an_exclusion_differ(effect, percent):
    """43,200 minutes, 120 excluded, 30 down of which 20 inside."""
    excluded = [f.Excluded(*minutes(100, 120, of=JUNE), effect)]

    outcome = uptime(down(minutes(90, 30, of=JUNE)), exclusions=excluded)

    assert six(outcome.value) == percent
    assert six(outcome.measured.gross) == "99.930556"
    assert seconds(outcome, "down_excluded") == (0 if effect == "suppress_only" else 20 * 60)
    assert seconds(outcome, "excluded") == (0 if effect == "suppress_only" else 120 * 60)
    assert seconds(outcome, "expected") == (43_080 if effect == "drop" else 43_200) * 60


def test_atlassian_s_worked_example():
    """60 of 43,200 minutes: 99.861111 % (the vendor's page prints 99.86)."""
    outcome = uptime(down(minutes(0, 60, of=JUNE)))

    assert (six(outcome.value), outcome.verdict) == ("99.861111", "breached")


def test_a_miss_that_rounds_to_the_target_is_a_miss():
    """44.7 of 44,640 minutes is 99.89986...: two decimals would round it to 99.90."""
    outcome = uptime(down((MAY, MAY + timedelta(seconds=2682))), lo=MAY, hi=JUNE)

    assert outcome.value == Fraction(100 * (44_640 * 60 - 2682), 44_640 * 60)
    assert outcome.verdict == "breached"


def test_the_last_allowed_second_is_met():
    allowed = down((JUNE, JUNE + timedelta(seconds=2592)))
    too_much = down((JUNE, JUNE + timedelta(seconds=2592, microseconds=1)))

    assert (uptime(allowed).verdict, uptime(allowed).room.left) == ("met", 0)
    assert (uptime(too_much).verdict, uptime(too_much).room.left) == ("breached", Fraction(-1, 10**6))


@pytest.mark.parametrize(
    ("days", "allowed"), [(28, "2419.2"), (29, "2505.6"), (30, "2592.0"), (31, "2678.4")]
)
def test_the_allowed_downtime_follows_the_length_of_the_month(days, allowed):
    outcome = uptime(lo=MAY, hi=MAY + timedelta(days=days))

    assert outcome.room.allowed == Fraction(allowed)


@pytest.mark.parametrize(
    ("label", "zone", "expected"),
    [
        ("2026-03", "Europe/Brussels", 2_674_800),
        ("2026-10", "Europe/Brussels", 2_682_000),
        ("2026-03", "America/New_York", 2_674_800),
        ("2026-11", "America/New_York", 2_595_600),
        ("2026-04", "Australia/Lord_Howe", 2_593_800),
        ("2026-10", "Australia/Lord_Howe", 2_676_600),
        ("2028-02", "UTC", 2_505_600),
    ],
)
def test_a_month_has_the_seconds_its_zone_gives_it(label, zone, expected):
    month = label_bounds(label, zone)

    for calendar in (None, Calendar.always(zone)):
        outcome = uptime(lo=month.lo, hi=month.hi, calendar=calendar)

        assert seconds(outcome, "expected") == expected


def test_a_period_that_ends_within_a_second_is_exact():
    """A version may end at the instant of a signature; the calendar alone knows whole seconds."""
    edge = MAY + timedelta(seconds=10, microseconds=250_000)

    before, after = (
        uptime(lo=lo, hi=hi, calendar=Calendar.always("UTC")) for lo, hi in ((MAY, edge), (edge, JUNE))
    )

    assert seconds(before, "expected") == Fraction("10.25")
    assert seconds(after, "expected") == 31 * 86_400 - Fraction("10.25")


def test_overlapping_outages_count_once():
    """A is down 10-11, B 10:30-12: two hours, in one row."""
    a = (at("2026-06-02T10:00"), at("2026-06-02T11:00"))
    b = (at("2026-06-02T10:30"), at("2026-06-02T12:00"))

    outcome = uptime(down(a, b, a))

    assert seconds(outcome, "down") == 7200
    assert outcome.measured.figures["outages"] == [{
        "start": "2026-06-02T10:00:00+00:00", "end": "2026-06-02T12:00:00+00:00",
        "lasted": "7200", "counted": "7200",
    }]  # fmt: skip


def test_an_outage_is_clipped_to_the_period_and_counts_within_service_hours():
    """From Friday 29 May 16:00 in Brussels to Monday 1 June 10:00: May has one hour of it, June one."""
    outage = down((at("2026-05-29T14:00"), at("2026-06-01T08:00")))
    months = [label_bounds(label, "Europe/Brussels") for label in ("2026-05", "2026-06")]

    may, june = (uptime(outage, lo=m.lo, hi=m.hi, calendar=OFFICE) for m in months)

    assert (seconds(may, "down"), seconds(june, "down")) == (3600, 3600)
    assert may.measured.figures["outages"] == [{
        "start": "2026-05-29T14:00:00+00:00", "end": "2026-05-31T22:00:00+00:00",
        "lasted": str(56 * 3600), "counted": "3600",
    }]  # fmt: skip
    assert seconds(may, "expected") == 21 * 8 * 3600


def test_without_an_end_it_lasts_as_long_as_somebody_watched():
    watched_until = at("2026-06-10T06:00")
    open_outage = [f.Outage(at("2026-06-10T05:00"), None)]

    outcome = uptime(open_outage, observed=[(JUNE, watched_until)])

    assert seconds(outcome, "down") == 3600
    assert seconds(uptime(open_outage, observed=[(JUNE, at("2026-06-10T04:00"))]), "down") == 0


@pytest.mark.parametrize(
    ("missing", "percent", "used", "allowed"),
    [
        ("gap", Fraction(100 * 1350, 1380), 30, "1.38"),  # 1,440 minutes, 60 unobserved, 30 down
        ("good", Fraction(100 * 1410, 1440), 30, "1.44"),
        ("bad", Fraction(100 * 1350, 1440), 90, "1.44"),
    ],
)
def test_the_rule_for_missing_data_decides_what_a_gap_is(missing, percent, used, allowed):
    outcome = uptime(
        down(minutes(0, 30)),
        lo=MAY,
        hi=MAY + timedelta(days=1),
        observed=[minutes(0, 1380)],
        promise=rule(missing=missing),
    )

    assert (outcome.value, outcome.verdict) == (percent, "breached")
    assert (outcome.room.used, outcome.room.allowed) == (60 * used, 60 * Fraction(allowed))
    assert outcome.measured.coverage == Fraction(1380, 1440)
    assert seconds(outcome, "gap") == 3600
    assert outcome.measured.figures["gaps"] == [
        {"start": "2026-05-01T23:00:00+00:00", "end": "2026-05-02T00:00:00+00:00"}
    ]


@pytest.mark.parametrize(
    ("observed_days", "missing", "verdict", "reason"),
    [
        (27, "gap", "met", ""),  # 27 of 30 days is the floor itself
        (26, "gap", "insufficient_data", "coverage"),
        (26, "good", "insufficient_data", "coverage"),
        (26, "bad", "breached", ""),
        (0, "gap", "insufficient_data", "no_data"),
        (0, "good", "insufficient_data", "no_data"),
        (0, "bad", "insufficient_data", "no_data"),
    ],
)
def test_below_the_floor_there_is_not_enough_data(observed_days, missing, verdict, reason):
    observed = [(JUNE, JUNE + timedelta(days=observed_days))]

    outcome = uptime(observed=observed, promise=rule(missing=missing))

    assert (outcome.verdict, outcome.reason) == (verdict, reason)
    assert (outcome.value is None) is (observed_days == 0)


def test_whoever_withholds_data_does_not_escape_a_proven_breach():
    outcome = uptime(down(minutes(0, 44, of=JUNE)), observed=[minutes(0, 600, of=JUNE)])

    assert outcome.measured.coverage < Fraction(9, 10)
    assert (outcome.verdict, outcome.certain_loss) == ("breached", True)


def test_a_reported_outage_is_known_also_where_nobody_watched():
    outcome = uptime(down(minutes(100, 10)), lo=MAY, hi=JUNE, observed=[minutes(0, 50)])

    assert (seconds(outcome, "down"), seconds(outcome, "up")) == (600, 3000)


def test_time_outside_service_hours_and_excluded_time_needs_no_watcher():
    hours = OFFICE.periods(JUNE, JULY)
    excluded = f.Excluded(*hours[0], "drop")

    outcome = uptime(calendar=OFFICE, observed=hours[1:], exclusions=[excluded])

    assert outcome.measured.coverage == 1


def test_nothing_is_due_when_everything_is_dropped():
    outcome = uptime(exclusions=[f.Excluded(JUNE, JULY, "drop")])

    assert (outcome.verdict, outcome.reason, outcome.value) == ("insufficient_data", "nothing_due", None)


def test_where_drop_and_as_good_overlap_drop_holds():
    both = [f.Excluded(*minutes(0, 60), "drop"), f.Excluded(*minutes(30, 60), "as_good")]

    outcome = uptime(down(minutes(0, 90)), lo=MAY, hi=JUNE, exclusions=both)

    assert (seconds(outcome, "dropped"), seconds(outcome, "as_good")) == (3600, 1800)
    assert (seconds(outcome, "expected"), seconds(outcome, "down")) == (44_580 * 60, 0)


@pytest.mark.parametrize(("down_minutes", "verdict"), [(44, "at_risk"), (45, "breached")])
def test_a_loss_is_certain_when_a_perfect_rest_cannot_help(down_minutes, verdict):
    """May allows 44.64 minutes. 44 of them in the first half: bad so far, and still to be won."""
    outcome = uptime(
        down(minutes(0, down_minutes)), lo=MAY, hi=JUNE, known_at=mid_may, observed=[(MAY, mid_may)]
    )

    assert outcome.verdict == verdict
    assert outcome.certain_loss is (verdict == "breached")
    assert outcome.room.left == Fraction("2678.4") - 60 * down_minutes
    assert outcome.measured.best == 100 - Fraction(100 * down_minutes, 44_640)


def test_an_exclusion_to_come_takes_its_room_with_it():
    ahead = [f.Excluded(at("2026-05-20T00:00"), at("2026-05-21T00:00"), "drop")]

    outcome = uptime(lo=MAY, hi=JUNE, known_at=mid_may, observed=[(MAY, mid_may)], exclusions=ahead)

    assert outcome.room.allowed == Fraction(30 * 86_400, 1000)
    assert seconds(outcome, "excluded") == 0


def test_nothing_after_the_moment_of_asking_is_known():
    later = down((at("2026-05-20T00:00"), at("2026-05-21T00:00")))

    outcome = uptime(later, lo=MAY, hi=JUNE, known_at=mid_may, observed=[(MAY, JUNE)])

    assert seconds(outcome, "down") == 0
    assert seconds(outcome, "expected") == (mid_may - MAY).total_seconds()


@pytest.mark.parametrize(
    "wrong",
    [
        {"outages": down((JUNE, MAY))},
        {"observed": [(JUNE, MAY)]},
        {"exclusions": [f.Excluded(JUNE, MAY)]},
        {"exclusions": [f.Excluded(MAY, JUNE, "forget")]},
        {"outages": down((MAY.replace(tzinfo=None), JUNE))},
    ],
)
def test_malformed_facts_are_refused(wrong):
    with pytest.raises(ValueError, match=r"before it starts|an exclusion is|aware"):
        uptime(**wrong)


def test_uptime_is_promised_from_below():
    with pytest.raises(ValueError, match="at least"):
        uptime(promise=f.Rule("<=", Decimal(99)))


# --- laws -------------------------------------------------------------------------------------------------

DAY = 1440
spans = st.builds(
    lambda start, length: minutes(start, length), st.integers(-60, DAY + 60), st.integers(0, 600)
)
facts = st.fixed_dictionaries({
    "outages": st.lists(spans.map(lambda span: f.Outage(*span)), max_size=6),
    "observed": st.lists(spans, max_size=4),
    "exclusions": st.lists(
        st.builds(
            lambda span, effect: f.Excluded(*span, effect),
            spans,
            st.sampled_from(["drop", "as_good", "suppress_only"]),
        ),
        max_size=3,
    ),
    "calendar": st.sampled_from([None, OFFICE]),
})
LAW = settings(max_examples=150, deadline=None)


def day_of(known, lo=0, hi=DAY, **kwargs):
    start, end = minutes(lo, hi - lo)
    return uptime(lo=start, hi=end, known_at=minutes(2 * DAY, 0)[0], **known, **kwargs)


@LAW
@given(facts, st.randoms(use_true_random=False), st.sampled_from(["gap", "good", "bad"]))
def test_order_and_repetition_of_the_facts_do_not_matter(known, random, missing):
    shuffled = {name: rows if name == "calendar" else [*rows, *rows] for name, rows in known.items()}
    for name in ("outages", "observed", "exclusions"):
        random.shuffle(shuffled[name])

    one, other = (day_of(each, promise=rule(missing=missing)).to_dict() for each in (known, shuffled))

    assert one == other


@LAW
@given(facts, st.integers(1, DAY - 1))
def test_the_parts_of_a_period_add_up(known, cut):
    names = ("up", "down", "gap", "expected", "excluded", "whole", "down_reported", "suppressed")
    whole, first, second = day_of(known), day_of(known, hi=cut), day_of(known, lo=cut)

    for name in names:
        assert seconds(whole, name) == seconds(first, name) + seconds(second, name)


@LAW
@given(facts)
def test_every_second_is_up_down_or_gap_and_every_outage_is_listed(known):
    outcome = day_of(known)
    listed = sum(Fraction(row["counted"]) for row in outcome.measured.figures["outages"])

    assert seconds(outcome, "expected") == sum(seconds(outcome, name) for name in ("up", "down", "gap"))
    assert listed == seconds(outcome, "down")


@LAW
@given(facts)
def test_a_minute_at_a_time_gives_the_same(known):
    """An oracle without intervals: each minute is looked up by itself."""
    outcome = day_of(known)
    within = [minute for minute in range(DAY) if _open(known["calendar"], minute)]
    dropped = {m for m in within if _in(known["exclusions"], m, "drop")}
    good = {m for m in within if _in(known["exclusions"], m, "as_good")} - dropped
    broken = {m for m in within if _in(known["outages"], m)} - dropped - good
    seen = {m for m in within if any(a <= minutes(m, 0)[0] < b for a, b in known["observed"])}
    up = ((seen | good) - dropped) - broken

    assert (seconds(outcome, "up"), seconds(outcome, "down")) == (60 * len(up), 60 * len(broken))


@LAW
@given(facts, spans)
def test_one_more_outage_never_makes_it_better(known, span):
    more = known | {"outages": [*known["outages"], f.Outage(*span)], "observed": [minutes(0, DAY)]}
    before = known | {"observed": [minutes(0, DAY)]}

    one, other = day_of(before), day_of(more)

    assert other.value is None or other.value <= one.value
    assert seconds(other, "down") <= seconds(one, "down") + (span[1] - span[0]).total_seconds()


@LAW
@given(facts, st.integers(1, DAY - 1))
def test_certain_loss_room_and_verdict_agree(known, elapsed):
    start, end = minutes(0, DAY)
    so_far = uptime(lo=start, hi=end, known_at=minutes(elapsed, 0)[0], promise=rule("95"), **known)
    over = day_of(known | {"outages": _clipped(known, elapsed)}, promise=rule("95"))

    assert so_far.certain_loss is (so_far.room.left < 0)
    if so_far.certain_loss:
        assert over.verdict == "breached"
    if over.verdict in ("met", "breached") and over.value is not None:
        assert (over.verdict == "breached") is (over.room.left < 0 or over.certain_loss)


def _clipped(known, elapsed):
    now = minutes(elapsed, 0)[0]
    return [f.Outage(o.start, min(o.end, now)) for o in known["outages"] if o.start < now]


def _open(calendar, minute):
    return calendar is None or calendar.is_open(minutes(minute, 0)[0])


def _in(rows, minute, effect=None):
    moment = minutes(minute, 0)[0]
    return any(
        row.start <= moment < row.end for row in rows if effect is None or row.effect == effect
    )
