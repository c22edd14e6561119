from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import quiet

LONDON = "Europe/London"
NIGHT = (time(22), time(7))
times = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))
moments = st.integers(0, 2 * 365 * 1440).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n))
zones = st.sampled_from([LONDON, "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "moment, ends",
    [
        ("2026-01-05 21:59", None),
        ("2026-01-05 22:00", "2026-01-06 07:00"),
        ("2026-01-06 06:59", "2026-01-06 07:00"),
        ("2026-01-06 07:00", None),
        ("2026-07-05 21:30", "2026-07-06 06:00"),  # summer time
        ("2026-03-28 23:00", "2026-03-29 06:00"),  # the clock goes forward in the night
        ("2026-10-24 22:00", "2026-10-25 07:00"),  # and back
    ],
)
def test_a_night_in_london(moment, ends):
    assert quiet.ends(at(moment), LONDON, *NIGHT) == (at(ends) if ends else None)


def test_a_siesta():
    assert quiet.ends(at("2026-01-05 13:30"), LONDON, time(13), time(15)) == at("2026-01-05 15:00")
    assert quiet.ends(at("2026-01-05 15:00"), LONDON, time(13), time(15)) is None


def test_nobody_asked():
    assert quiet.ends(at("2026-01-05 23:00"), LONDON, None, None) is None


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(moments, zones, times, times)
def test_quiet_hours_end_after_the_moment_and_within_a_day(moment, zone, begin, end):
    found = quiet.ends(moment, zone, begin, end)
    assert found is None or moment < found <= moment + timedelta(hours=26)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(moments, zones, times)
def test_the_daily_mail_comes_after_the_moment_and_within_a_day(moment, zone, hour):
    found = quiet.following(moment, zone, hour)
    assert moment < found <= moment + timedelta(hours=26)
    local = found.astimezone(ZoneInfo(zone)).time()
    assert local == hour or local.hour - hour.hour in (0, 1)  # a gap of spring moves it
