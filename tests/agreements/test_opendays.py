from datetime import date

import pytest

from agreements import opendays
from agreements.opendays import EVERY_DAY, OpenDays

HOURS = [["09:00", "17:00"]]
WEEK = {"mon": HOURS, "tue": HOURS, "wed": HOURS, "thu": HOURS, "fri": HOURS}
ALWAYS = {"name": "Always", "schedule": WEEK | {"sat": HOURS, "sun": HOURS}}
FRIDAY = date(2026, 12, 25)


def desk(**more):
    return {"name": "Desk", "schedule": WEEK} | more


@pytest.mark.parametrize(
    "calendars, day, last",
    [
        ([], date(2026, 12, 27), date(2026, 12, 27)),
        ([ALWAYS], date(2026, 12, 27), date(2026, 12, 27)),
        ([desk()], FRIDAY, FRIDAY),
        ([desk()], date(2026, 12, 27), FRIDAY),
        ([desk(holidays=["2026-12-25"])], date(2026, 12, 27), date(2026, 12, 24)),
        ([desk(holidays=["2026-12-25", "2026-12-24"])], FRIDAY, date(2026, 12, 23)),
        # Special hours speak louder than the weekday and the holiday.
        ([desk(special_hours={"2026-12-26": HOURS})], date(2026, 12, 27), date(2026, 12, 26)),
        ([desk(holidays=["2026-12-25"], special_hours={"2026-12-25": HOURS})], FRIDAY, FRIDAY),
        ([desk(special_hours={"2026-12-25": []})], FRIDAY, date(2026, 12, 24)),
        # The first calendar that closes at all is the contract's.
        ([ALWAYS, desk()], date(2026, 12, 27), FRIDAY),
        ([ALWAYS | {"holidays": ["2026-12-25"]}, desk()], FRIDAY, date(2026, 12, 24)),
    ],
)
def test_a_closed_day_gives_way_to_the_last_open_day_before_it(calendars, day, last):
    assert opendays.of(calendars).last_open(day) == last


def test_a_calendar_that_opens_on_no_day_is_not_waited_for():
    assert OpenDays(weekdays=frozenset()).last_open(FRIDAY) == FRIDAY


def test_the_contracts_calendar_is_named():
    assert opendays.of([ALWAYS, desk()]).name == "Desk"
    assert opendays.of([ALWAYS]) is EVERY_DAY
