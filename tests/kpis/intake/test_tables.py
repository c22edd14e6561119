from io import BytesIO
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from kpis.intake import files, outages, staging, tables
from tests.kpis.build import JULY, case, outage, utc

UTC = ZoneInfo("UTC")
CASES = "number,opened_at,resolved_at,closed_at,priority,contact_type,made_sla\n"


def read(text, kind="cases", zone=UTC):
    content = text if isinstance(text, bytes) else text.encode()
    if kind in staging.SAMPLED:
        stage = staging.Stage()
        list(files.stage(kind, BytesIO(content), stage, staging.Rules(JULY, kind, zone)))
        return SimpleNamespace(rows=stage.text.getvalue().splitlines(), errors=stage.errors)
    return files.read(kind, BytesIO(content), zone=zone)


def test_a_line_becomes_a_case():
    parsed = read(CASES + "INC-1,2026-05-04T15:00,,2026-05-06T16:30,3,Phone,1\n")

    assert parsed.errors == []
    assert parsed.rows == [
        case(closed="2026-05-06T16:30", facts={"contact_type": "Phone", "made_sla": "1"}),
    ]
    assert parsed.rows[0].number == 2


@pytest.mark.parametrize("text", [
    "\ufeff" + CASES.replace(",", ";") + "INC-1;2026-05-04T15:00Z;;;P3;;\r\n",
    CASES.replace(",", "\t") + "INC-1\t2026-05-04 15:00\t\t\t3 - Moderate\t\t\n\n",
    "priority,EXTERNAL_ID,closed_at,opened_at\n3,INC-1,,2026-05-04T17:00+02:00\n",
])
def test_the_usual_forms_of_csv(text):
    assert read(text).rows == [case()]


def test_an_outage_without_end_is_still_down():
    parsed = read("down_at,up_at\n2026-05-07T20:50:59Z,\n", "outages")

    assert parsed.rows == [outage(up=None)]


def test_a_value():
    parsed = read("at,value,external_id\n2026-05-31T23:59:59Z,4.0,7\n", "values")

    assert parsed.rows == ["2\t2026-05-31 23:59:59\t4.0\t\\N\t7\t"]


@pytest.mark.parametrize("cell, column", [
    ("INC-1,yesterday,,,3,,", "opened_at"),
    ("INC-1,2026-05-04T15:00,,31/02/2026,3,,", "closed_at"),
    ("INC-1,2026-05-04T15:00,,,urgent,,", "priority"),
    ("INC-1,2026-05-04T15:00,,,333,,", "priority"),
    ("INC-1,,,,3,,", "opened_at"),
])
def test_a_wrong_cell_is_named_and_the_other_rows_are_read(cell, column):
    parsed = read(f"{CASES}{cell}\nINC-2,2026-05-04T15:00,,,3,,\n")

    assert [(error.number, error.column) for error in parsed.errors] == [(2, column)]
    assert parsed.rows == [case("INC-2")]


@pytest.mark.parametrize("value", ["", "NaN", "1,5", "1_000", "٣", "1e999", "Infinity", "0x1"])
def test_what_is_no_number(value):
    parsed = read(f'at;value\n2026-05-31T23:59:59Z;{value}\n', "values")

    assert [error.column for error in parsed.errors] == ["value"]


def test_a_time_without_zone_needs_one():
    text = CASES + "INC-1,2026-05-04T15:00,,,3,,\n"

    assert [error.column for error in read(text, zone=None).errors] == ["opened_at"]
    assert read(text, zone=ZoneInfo("Europe/Brussels")).rows == [case(opened="2026-05-04T13:00")]


@pytest.mark.parametrize("local", ["2026-03-29T02:30", "2026-10-25T02:30"])
def test_a_time_that_clocks_skip_or_repeat_is_refused(local):
    brussels = ZoneInfo("Europe/Brussels")
    text = "down_at,up_at\n{},\n"

    assert len(read(text.format(local), "outages", brussels).errors) == 1
    assert read(text.format(local + "+01:00"), "outages", brussels).errors == []


@pytest.mark.parametrize("content, words", [
    (b"", "Missing: external_id"),
    (b"a,b\n1,2\n", "Missing: external_id, opened_at"),
    (CASES.encode() + b"INC-1,2026-05-04T15:00,,,3,T\xe9l\xe9,\n", "Row 2 is not written in UTF-8"),
    ("Téléphone\n".encode("utf-16"), "Missing: external_id"),
    ("number,x\n".encode("utf-16")[:-1], "Row 1 or one soon after is not written in UTF-16"),
    (b"a\x00b", "not a text file"),
    (b"number,opened_at,closed_at,priority,priority\n", "named twice: priority"),
    (CASES.encode() + b'"INC-1,2026', "Row 2"),
])
def test_a_file_that_cannot_be_read(content, words):
    with pytest.raises(tables.Unreadable, match=words):
        read(content)


def test_a_file_that_is_too_long(monkeypatch):
    monkeypatch.setattr(files, "MOST_ROWS", 2)

    with pytest.raises(tables.Unreadable, match="more than 2 rows"):
        read(CASES + "INC-1,2026-05-04T15:00,,,3,,\n" * 3)


def history(up="2026-06-02T15:36:54Z"):
    return {
        "history_until": "2026-08-22T00:20:41Z",
        "sites": [{
            "site": "lms",
            "monitored_since": "2026-05-10T00:00:00Z",
            "outages": [{"down_at": "2026-06-02T14:04:20Z", "up_at": up}],
        }],
    }


def cut(history, until):
    return outages.from_history(history, "lms", since=utc("2026-05-01T00:00"), until=utc(until))


def test_a_history_is_cut_to_what_was_watched():
    rows = cut(history(), "2026-07-01T00:00")

    assert (rows[0].at, rows[0].until) == (utc("2026-05-10T00:00"), utc("2026-07-01T00:00"))
    assert rows[1:] == [outage("2026-06-02T14:04:20", "2026-06-02T15:36:54")]


def test_a_history_cut_within_an_outage_is_still_down():
    rows = cut(history(), "2026-06-02T15:00")

    assert rows[1:] == [outage("2026-06-02T14:04:20", None)]


def test_a_history_without_the_site():
    with pytest.raises(KeyError):
        outages.from_history(history(), "other", since=utc("2026-05-01T00:00"), until=utc("2026-07-01T00:00"))
