"""What the availability of a year costs, beside numpy (which the portal does without)."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np

from agreements.businesstime import Calendar
from kpis import formulas
from tests.kpis.build import utc

HOLIDAYS = ["2026-04-06", "2026-05-25", "2026-12-25"]
DESK = {
    "mon": [["08:00", "18:00"]],
    "tue": [["08:00", "18:00"]],
    "wed": [["08:00", "18:00"]],
    "thu": [["08:00", "18:00"]],
    "fri": [["08:00", "17:00"]],
}


def test_a_hundred_thousand_outages_of_a_year(bench, versus):
    """Service hours, holidays, a maintenance each Sunday, 100,000 outages: beside an event sweep in numpy.

    Once the sweep begins with numbers that are ready, once with the facts that ours begins with.
    """
    lo, hi = utc("2026-01-01T00:00"), utc("2027-01-01T00:00")
    calendar = Calendar.from_dict({"timezone": "UTC", "schedule": DESK, "holidays": HOLIDAYS})
    starts = [lo + timedelta(seconds=(n * 7919 * 31) % 31_500_000) for n in range(100_000)]
    # By start, as the database gives them.
    outages = [formulas.Outage(at, at + timedelta(seconds=30 + n % 600)) for n, at in enumerate(sorted(starts))]
    excluded = [
        formulas.Excluded(at, at + timedelta(hours=4)) for at in (lo + timedelta(days=7 * n + 3) for n in range(52))
    ]
    given = formulas.UptimeFacts(outages, [(lo, hi)], calendar, excluded)
    rule, frame = formulas.Rule(">=", Decimal("99.9")), formulas.Frame(lo, hi, hi)

    def ours():
        return formulas.evaluate("uptime", rule, frame, given)

    def numbers():
        spans = (
            [(each.start, each.end) for each in outages],
            calendar.periods(lo, hi),
            [(each.start, each.end) for each in excluded],
        )
        return [np.array([[int(a.timestamp()), int(b.timestamp())] for a, b in each]) for each in spans]

    ready = numbers()

    def swept(seconds=ready):
        """Down within the hours and outside the exclusions, in seconds: sums of events in order of time."""
        down, opened, out = seconds
        times = np.concatenate([down[:, 0], down[:, 1], opened[:, 0], opened[:, 1], out[:, 0], out[:, 1]])
        order = np.argsort(times, kind="stable")
        n, m, k = len(down), len(opened), len(out)
        state = []
        for a, b, c in ((1, 0, 0), (0, 1, 0), (0, 0, 1)):
            steps = np.concatenate(
                [np.full(n, a), np.full(n, -a), np.full(m, b), np.full(m, -b), np.full(k, c), np.full(k, -c)]
            )
            state.append(np.cumsum(steps[order])[:-1] > 0)
        lengths = np.diff(times[order])
        return int(lengths[state[0] & state[1] & ~state[2]].sum())

    assert Fraction(ours().measured.figures["down"]) == swept()
    assert len(ours().measured.figures["outages"]) > 10_000
    name = "100,000 outages of a year"
    versus(name, ours, "numpy event sweep of ready numbers", swept, goal=1 / 5)
    versus(name, ours, "numpy event sweep of the same facts", lambda: swept(numbers()), goal=1 / 5)
    bench.note(
        "100,000 outages", "the sweep of ready numbers answers one number. Ours is given a hundred thousand pairs of "
        "datetimes, which alone cost three such sweeps to look at, and lists every outage with what of it counts."
    )
