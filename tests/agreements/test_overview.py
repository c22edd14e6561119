from datetime import UTC, date, datetime, timedelta

import pytest

from agreements import overview
from agreements.lifecycle import Life
from tests.factories import MAY, NOON, make_terms

JUNE = datetime(2026, 6, 1, tzinfo=UTC)


def progress(state, **kwargs):
    fields = {"created_on": date(2026, 3, 24), "reviewers": 2, "comments": 1, "signed": 0, "to_sign": 0} | kwargs
    return overview.Progress(state=state, **({"concluded_on": None} | fields))


def stages(state, now=JUNE, end=None, **kwargs):
    terms = make_terms()
    life = Life("v1.0", state, MAY if state == "executed" else None, end, terms.term)
    return [(each["state"], each["note"]) for each in overview.stages(terms, life, progress(state, **kwargs), now)]


@pytest.mark.parametrize("state, now_at", [
    ("draft", 0), ("in_review", 1), ("ready", 2), ("signing", 2), ("sealing", 2), ("executed", 3),
])
def test_one_stage_is_now(state, now_at):
    found = [place for place, _note in stages(state)]
    assert found == ["done"] * now_at + ["now"] + ["todo"] * (5 - now_at)


def test_a_superseded_version_is_done():
    assert [place for place, _note in stages("executed", end=JUNE - timedelta(days=1))] == ["done"] * 4 + ["todo"] * 2


def test_the_notes_say_how_far_it_came():
    assert [note for _place, note in stages("signing", signed=1, to_sign=2)] == [
        "24 Mar 2026", "2 people, 1 comment", "1 of 2", "from 1 May 2026", "every 6 months", "30 Apr 2027, renews",
    ]


def test_the_terms_in_a_few_lines():
    rows = {row["label"]: row["value"] for row in overview.summary(make_terms(), JUNE)}
    assert rows["Runs"] == "1 May 2026 to 30 April 2027"
    assert rows["Notice by"] == "29 January 2027"
    assert rows["Service hours"] == (
        "Day and night: day and night (UTC). Service desk: Monday to Friday 15:00–22:00 (UTC)"
    )
    assert rows["Credits"] == "K1: 5\xa0% / 10\xa0% of EUR\xa02,500.00, at most 15 %"


def test_a_change_says_what_it_leads_to():
    rows = overview.amendment(make_terms(), MAY, NOON)
    assert [(row["label"], row["value"]) for row in rows] == [
        ("Starts from", "v1.0, word for word; then you change what shall change."),
        ("Until then", "v1.0 stays in force to its last second."),
        ("Would begin", "1 June 2026"),
    ]
