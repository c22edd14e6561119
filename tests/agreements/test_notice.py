from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agreements.lifecycle import Declared, Life, in_force, standing
from agreements.notice import Window, counts_as_received, end_of_day, intervals, window
from agreements.opendays import OpenDays
from agreements.terms import Term

MAY = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def life(zone="UTC", days=None, **term):
    days = days or OpenDays("Desk", frozenset(range(5)))
    return Life("v1.0", "executed", MAY, None, Term("2026-05-01", **({"ends_on": "2027-04-30"} | term)), zone, days)


RENEWS = {"renewal": "automatic", "renewal_months": 12, "notice_days": 90}


@pytest.mark.parametrize(
    "last, at, earliest",
    [
        (life(ends_on=None, notice_days=90), MAY, "2026-07-30"),
        (life(ends_on=None, notice_days=0), MAY, "2026-05-01"),
        (life(ends_on=None, notice_days=1), datetime(2028, 2, 28, 12, tzinfo=UTC), "2028-02-29"),
        # Given late in the evening of Brussels, which is the next day in Auckland.
        (life("Europe/Brussels", ends_on=None, notice_days=1), datetime(2026, 10, 24, 21, tzinfo=UTC), "2026-10-25"),
        (life("Pacific/Auckland", ends_on=None, notice_days=1), datetime(2026, 10, 24, 21, tzinfo=UTC), "2026-10-26"),
        (life(**RENEWS), MAY, "2027-04-30"),
        # 30 January 2027 is a Saturday: notice counts until the Friday, to its last second.
        (life(**RENEWS), datetime(2027, 1, 29, 23, 59, 59, tzinfo=UTC), "2027-04-30"),
        (life(**RENEWS), datetime(2027, 1, 30, tzinfo=UTC), "2028-04-30"),
        (life(**RENEWS), datetime(2027, 6, 1, tzinfo=UTC), "2028-04-30"),
        # The term ends on a Sunday; only its notice day moves.
        (life(renewal="automatic", renewal_months=1, ends_on="2027-01-31", notice_days=0),
         datetime(2027, 2, 1, tzinfo=UTC), "2027-02-28"),
    ],
)
def test_an_ordinary_notice_ends_it_on(last, at, earliest):
    assert window("notice", last, at).earliest == date.fromisoformat(earliest)


@pytest.mark.parametrize("renewal", ["none", "by_agreement"])
def test_what_ends_by_itself_is_not_ended_sooner_by_notice(renewal):
    assert window("notice", life(renewal=renewal), MAY) is None


@pytest.mark.parametrize("kind", ["cause", "mutual", "rescission"])
def test_for_cause_and_by_agreement_from_today_to_the_end_of_the_term(kind):
    assert window(kind, life(renewal="none"), MAY) == Window(date(2026, 5, 1), date(2027, 4, 30))
    assert window(kind, life(renewal="none"), datetime(2027, 5, 1, tzinfo=UTC)) is None


def test_a_last_day_is_whole_in_its_zone():
    assert end_of_day(date(2026, 10, 25), "Europe/Brussels") == datetime(2026, 10, 25, 23, tzinfo=UTC)
    assert end_of_day(date(2026, 10, 24), "Europe/Brussels") == datetime(2026, 10, 24, 22, tzinfo=UTC)


def test_a_version_that_was_to_begin_after_the_end_never_holds():
    june = MAY + 31 * DAY
    assert intervals([MAY, june], MAY + 10 * DAY) == [MAY + 10 * DAY, june]
    assert intervals([MAY, june], june + DAY) == [june, june + DAY]
    assert intervals([MAY, june], None) == [june, None]
    assert intervals([], None) == []


moments = st.integers(0, 2000).map(lambda days: MAY + DAY * days)
chains = st.lists(moments, min_size=1, max_size=5, unique=True).map(sorted)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(chains, st.none() | moments, st.none() | moments, moments)
def test_at_any_instant_at_most_one_version_holds_and_the_word_says_so(starts, own_end, declared_at, at):
    own_end = own_end if own_end and own_end > starts[-1] else None
    declared = Declared(declared_at, "terminated") if declared_at else None
    until = intervals(starts, declared_at)
    last = Term("2026-05-01", (own_end - DAY).date().isoformat() if own_end else None)
    terms = [Term("2026-05-01", None)] * (len(starts) - 1) + [last]
    lives = [
        Life(f"v1.{n}", "executed", begin, end, term)
        for n, (begin, end, term) in enumerate(zip(starts, until, terms, strict=True))
    ]

    holding = [each for each in lives if in_force(each, at)]

    assert len(holding) <= 1
    assert all(begin <= end for begin, end in zip(starts, until, strict=True) if end)
    end = min((each for each in (own_end, declared_at) if each), default=None)
    assert bool(holding) == (starts[0] <= at and (end is None or at < end))
    word = standing("active", lives, at, declared if declared and declared_at == end else None).state
    assert (word in ("in_force", "expiring", "terminating")) == bool(holding)


FRIDAY = datetime(2026, 5, 8, 12, tzinfo=UTC)
CLOSED_MONDAY = OpenDays("Desk", frozenset(range(5)), frozenset({date(2026, 5, 11)}))


@pytest.mark.parametrize(
    "last, at, over",
    [
        (life(), FRIDAY - DAY, "2026-05-09T00:00+00:00"),
        (life(), FRIDAY, "2026-05-12T00:00+00:00"),
        (life(), FRIDAY + DAY, "2026-05-12T00:00+00:00"),
        (life(days=CLOSED_MONDAY), FRIDAY, "2026-05-13T00:00+00:00"),
        (life(days=OpenDays()), FRIDAY, "2026-05-10T00:00+00:00"),  # it never closes
        (life("Pacific/Auckland"), FRIDAY, "2026-05-11T12:00+00:00"),  # Saturday there already
        (life(days=OpenDays("None", frozenset())), FRIDAY, "2026-05-10T00:00+00:00"),  # it never opens
    ],
)
def test_a_notice_counts_as_received_with_the_end_of_the_next_working_day(last, at, over):
    assert counts_as_received(at, last) == datetime.fromisoformat(over)
