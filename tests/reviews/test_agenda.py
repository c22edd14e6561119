from datetime import UTC, date, datetime

import pytest

from reviews import agenda, minutes
from reviews.agenda import Facts, Result


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("effective_from", "last_held", "months", "zone", "due"),
    [
        ("2026-05-01T00:00", None, 6, "UTC", date(2026, 11, 1)),
        ("2026-05-01T00:00", "2026-07-01T11:00", 6, "UTC", date(2027, 1, 1)),
        ("2026-05-01T00:00", "2026-04-01T11:00", 6, "UTC", date(2026, 11, 1)),  # a newer version counts from its start
        ("2026-05-01T00:00", None, 12, "UTC", date(2027, 5, 1)),
        ("2026-05-01T00:00", None, 24, "UTC", date(2027, 5, 1)),  # never more than twelve, whatever was signed
        ("2026-05-01T00:00", None, 0, "UTC", date(2026, 6, 1)),
        ("2026-08-31T12:00", None, 6, "UTC", date(2027, 2, 28)),
        ("2026-04-30T23:00", None, 6, "Europe/Berlin", date(2026, 11, 1)),  # May begins there already
    ],
)
def test_due_on(effective_from, last_held, months, zone, due):
    held = at(last_held) if last_held else None
    assert agenda.due_on(at(effective_from), held, months, zone) == due


def test_the_deadline_is_the_end_of_the_local_day():
    assert agenda.deadline(date(2026, 11, 1), "Europe/Berlin") == at("2026-11-01T23:00")


def make_facts(**kwargs):
    lists = ("results", "breaches", "feedback", "credits", "actions", "changes")
    return Facts(**{"since": None} | dict.fromkeys(lists, []) | kwargs)


def test_the_agenda_counts_results_and_names_the_missed_ones():
    results = [
        Result("Availability", "May 2026", "met", "99.9 %"),
        Result("Availability", "June 2026", "breached", "99.1 % (≥ 99.5 %)"),
        Result("Satisfaction", "May 2026", "insufficient_data", "≥ 4"),
        Result("Satisfaction", "June 2026", "at_risk", "4.0"),
    ]
    first = agenda.make(make_facts(since=date(2026, 5, 1), results=results))[0]
    assert first == {
        "title": "Results since 1 May 2026",
        "text": "2 of 4 results met.\n1 could not be judged.\nMissed: Availability, June 2026: 99.1 % (≥ 99.5 %)",
        "minutes": "",
    }


def test_an_agenda_without_facts_says_so():
    items = agenda.make(make_facts())
    assert [item["text"] for item in items] == [
        "No period was closed.", "No target was missed.", "The client gave no feedback.", "No credit was due.",
        "No action is open.", "None.", "",
    ]
    assert items[0]["title"] == "Results since the start"


def make_document(**kwargs):
    fields = {
        "number": "REV-2026-01", "edition": 1, "reference": "SLA-2026-001", "title": "Learning platform",
        "version": "v1.0", "parties": {"provider": "Northgate", "client": "Fennmarket"},
        "held_at": at("2026-07-03T14:00"), "place": "", "chair": "Ines", "attendees": ["Ines", "Amara"],
        "agenda": [{"title": "Results", "text": "facts", "minutes": "said"}], "changes": [], "actions": [],
    } | kwargs
    return minutes.document(**fields)


@pytest.mark.parametrize(
    "changed",
    [
        {"edition": 2},
        {"attendees": ["Ines"]},
        {"agenda": [{"title": "Results", "text": "facts", "minutes": "said otherwise"}]},
        {"changes": [{"number": 1, "part": "kpis", "text": "99.9 %", "why": ""}]},
        {"actions": [{"text": "Call", "owner": "Ines", "due_on": "2026-08-01"}]},
    ],
)
def test_the_hash_is_that_of_everything_said(changed):
    assert minutes.digest(make_document()) == minutes.digest(make_document())
    assert minutes.digest(make_document()) != minutes.digest(make_document(**changed))
