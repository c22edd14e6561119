import pytest

from reports.light import Judged, colour, in_a_row

MET, MISSED, THIN = Judged("met"), Judged("breached", running=1), Judged("insufficient_data")


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([MET, MET], "green"),
        ([MET, Judged("not_due"), Judged("waived")], "green"),
        ([MET, MISSED], "amber"),
        ([MISSED, MISSED, MET], "amber"),
        ([MISSED, THIN], "amber"),
        ([MISSED, MISSED, MISSED], "red"),
        ([MET, Judged("breached", critical=True, running=1)], "red"),
        ([MET, Judged("breached", running=2)], "amber"),
        ([MET, Judged("breached", running=3)], "red"),
        ([Judged("met", critical=True)], "green"),
        ([MET, THIN], "grey"),
        ([Judged("not_due")], "grey"),
        ([], "grey"),
    ],
)
def test_colour(verdicts, expected):
    assert colour(verdicts) == expected


@pytest.mark.parametrize(
    ("series", "count"),
    [([], 0), (["met"], 0), (["breached"], 1), (["breached", "met", "breached", "breached"], 2)],
)
def test_in_a_row(series, count):
    assert in_a_row(series) == count
