"""`make bench`: what takes how long, beside its goal, on the database that the run uses.

Nothing here fails by the clock: figures of a shared machine are read, not asserted. What a bench does is
asserted, so that a fast wrong answer is no result.
"""

from statistics import median
from time import perf_counter, process_time

import pytest

ROWS, NOTES = [], []
# (what, rows a second, share of the database's best, goal, times bulk_create)
RATIOS = []
# (what, its seconds, beside what, its seconds, goal: times as fast, runs)
BESIDE = []


@pytest.fixture
def bench():
    """Measure `work` some times and note its medians beside its goal, in seconds; `setup` makes its argument.

    Both the clock on the wall and this process's own time: on a busy machine only the second is the work's.
    """

    def measure(name, work, *, goal, runs=5, setup=None):
        wall, own = [], []
        for _ in range(runs):
            argument = () if setup is None else (setup(),)
            begun = perf_counter(), process_time()
            work(*argument)
            wall.append(perf_counter() - begun[0])
            own.append(process_time() - begun[1])
        ROWS.append((name, median(wall), median(own), goal, runs))

    measure.note = lambda *said: NOTES.append(": ".join(said))
    return measure


@pytest.fixture
def versus():
    """Measure `work` beside `other` in turns, and note how many times faster it is, beside its goal.

    What takes milliseconds has more runs a turn: on a busy machine a single one says little.
    """

    def measure(name, work, other_name, other, *, goal, runs=3):
        ours, theirs = [], []
        for _ in range(runs):
            ours += _turn(work)
            theirs += _turn(other)
        BESIDE.append((name, median(ours), other_name, median(theirs), goal, runs))

    return measure


def _turn(run, *, enough=0.1, most=7):
    """The seconds of one run, or of some that together take long enough to be told apart."""
    seconds = []
    while not seconds or (sum(seconds) < enough and len(seconds) < most):
        begun = perf_counter()
        run()
        seconds.append(perf_counter() - begun)
    return seconds


def pytest_terminal_summary(terminalreporter):
    for name, ours, other_name, theirs, goal, runs in BESIDE:
        said = "within" if theirs / ours >= goal else "MISSED"
        terminalreporter.write_line(
            f"{name}: {ours * 1000:.1f} ms, {theirs / ours:.2f} x as fast as {other_name} "
            f"({theirs * 1000:.1f} ms), goal {goal:.2f} x  {said}  (median of {runs})"
        )
    for name, rate, share, goal, times in RATIOS:
        said = "within" if share >= goal and times >= 4 else "MISSED"
        terminalreporter.write_line(
            f"{name}: {rate:,.0f} rows/s, {share:.2f} of the bare table (goal {goal}), "
            f"{times:.1f} x bulk_create (goal 4)  {said}"
        )
    if not ROWS and not NOTES:
        return
    terminalreporter.section("bench: medians")
    width = max((len(name) for name, *_ in ROWS), default=0)
    for name, wall, own, goal, runs in ROWS:
        said = "within" if wall <= goal else "MISSED"
        terminalreporter.write_line(
            f"{name:<{width}}  {wall * 1000:9.1f} ms, own {own * 1000:9.1f} ms  goal {goal * 1000:6.0f} ms"
            f"  {said}  (median of {runs})"
        )
    for line in NOTES:
        terminalreporter.write_line(line)
