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


def pytest_terminal_summary(terminalreporter):
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
