"""Rows pushed through the API with real tokens: what is taken, what is refused and where it was wrong."""

import json
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts import actions as people
from kpis import actions as measuring
from kpis.models import Delivery, Outage, Sample
from records.models import AuditEntry
from tests.factories import NOON
from tests.slaportal.test_api import OUTAGE, call, push
from tests.test_nonsense import counts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world_once")]


def test_rows_are_taken_in_by_the_act_of_the_pages(client, world):
    watched = {"from": "2026-06-01T00:00:00Z", "until": "2026-06-09T00:00:00Z"}
    answer = push(client, world, [OUTAGE, watched], source="probe")
    assert answer.status_code == 200, answer.content
    delivery = Delivery.objects.get(door="api")
    assert answer.json() == {
        "id": delivery.pk, "rows": 2, "added": 2, "unchanged": 0, "revised": 0, "after_close": 0,
    }
    assert (delivery.by, delivery.source) == (world.provider, "probe")
    outage = Outage.objects.get(source="probe")
    assert outage.until.isoformat() == "2026-06-08T01:01:43+00:00"
    assert AuditEntry.objects.filter(verb="data.taken_in", target_id=delivery.pk).exists()


def test_the_same_push_twice_changes_nothing(client, world):
    push(client, world, [OUTAGE])
    answer = push(client, world, [OUTAGE]).json()
    assert (answer["added"], answer["unchanged"], answer["revised"]) == (0, 1, 0)


def test_without_a_source_it_is_the_log_of_the_stream(client, world):
    push(client, world, [OUTAGE])
    assert Delivery.objects.get(door="api").source == world.log.log_name


def test_cases_are_pushed(client, world):
    row = {"external_id": "INC-9", "opened_at": "2026-06-04T15:00Z", "closed_at": "2026-06-06T16:30Z", "priority": 3}
    answer = push(client, world, [row], stream=world.desk)
    assert answer.json()["added"] == 1


def test_a_pushed_fraction_stays_exact(client, world):
    body = '{"rows": [{"at": "2026-06-04T15:00Z", "value": 4.1000000001, "external_id": "p1"}]}'
    answer = call(client, world.provider, "rows", "satisfaction", data=body)
    assert answer.status_code == 200, answer.content
    assert Sample.objects.get(external_id="p1").value == Decimal("4.1000000001")


def send_text(client, person, name, key, body, kind, streams=(), query=""):
    _token, secret = people.create_token(
        user=person, name="test", scopes=["samples"], expires_at=None, actor=person, at=NOON, streams=streams
    )
    headers = {"authorization": f"Bearer {secret}"}
    return client.post(reverse(f"api:{name}", args=[key]) + query, body, content_type=kind, headers=headers)


def test_csv_is_pushed_as_json_is(client, world):
    body = "at,value,external_id\n2026-06-04T15:00Z,4.5,c1\n2026-06-05T15:00Z,4,c2\n"
    answer = send_text(client, world.provider, "rows", "probe-p95", body, "text/csv", query="?source=agent")
    assert (answer.json()["added"], Sample.objects.get(external_id="c1").source) == (2, "agent")
    again = send_text(client, world.provider, "rows", "probe-p95", body, "text/csv", query="?source=agent")
    assert again.json()["unchanged"] == 2
    cases = "external_id,opened_at,closed_at,priority\nINC-77,2026-06-04T15:00Z,,3\n"
    assert send_text(client, world.provider, "rows", world.desk.key, cases, "text/csv").json()["added"] == 1


@pytest.mark.parametrize("body, said", [
    (b"at,value\n2026-06-04T15:00Z,4\n2026-06-04T15:01Z,four\n", '"pointer":"#row=3"'),
    (b"at,value\n2999-06-04T15:00Z,4\n", '"pointer":"#row=2"'),
    (b"at\n2026-06-04T15:00Z\n", "Missing: value"),
    (b"\n", "Missing: at, value"),
    (b"at,value\n" + b"2026-06-04T15:00Z,4\n" * 10_001, "at most 10000 rows"),
])
def test_csv_that_is_wrong_says_where(client, world, body, said):
    answer = send_text(client, world.provider, "rows", "probe-p95", body, "text/csv")
    assert answer.status_code in (413, 422)
    assert said in answer.content.decode()
    assert not Sample.objects.filter(indicator_id=world.probe.pk).exists()


def test_an_error_points_into_the_body(client, world):
    rows = [{"at": "2026-06-04T15:00Z", "value": 1}, {"at": "2026-06-04T15:01Z", "value": "x", "unit": "s"}]
    answer = call(client, world.provider, "rows", "probe-p95", data={"rows": rows})
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/rows/1/value"]
    answer = push(client, world, [{"from": "2026-06-02T00:00Z", "until": "2026-06-01T00:00Z"}])
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/rows/0/until"]


def test_a_token_for_some_streams_feeds_no_other(client, world):
    body = "at,value\n2026-06-04T15:00Z,4\n"
    for key, streams, status in [
        ("probe-p95", ["probe-p95"], 200), ("satisfaction", ["probe-p95"], 403), ("nothing", ["probe-p95"], 404),
    ]:
        answer = send_text(client, world.provider, "rows", key, body, "text/csv", streams=streams)
        assert answer.status_code == status


def test_the_text_of_metrics_is_pushed(client, world):
    text = 'latency_ms{probe="a"} 12.5 1780000000\n# EOF\n'
    kind = "application/openmetrics-text; version=1.0.0"
    assert send_text(client, world.provider, "metrics", "probe-p95", text, kind).status_code == 422
    measuring.set_feed(
        world.probe, metric="latency_ms", counter="refuse", url="", query="", step_seconds=60, enabled=True,
        since=NOON, actor=world.provider, at=NOON,
    )
    assert send_text(client, world.provider, "metrics", "probe-p95", text, kind).json()["added"] == 1
    assert send_text(client, world.provider, "metrics", "probe-p95", "x{", kind).status_code == 422
    assert send_text(client, world.client, "metrics", "probe-p95", text, kind).status_code == 404


def test_a_changed_value_needs_a_reason(client, world):
    earlier = {**OUTAGE, "external_id": "o1"}
    later = {**earlier, "up_at": "2026-06-08T05:00Z"}
    push(client, world, [earlier])
    assert push(client, world, [later]).status_code == 422
    assert push(client, world, [later], reason="The log was wrong.").json()["revised"] == 1


def test_one_wrong_row_refuses_all_and_says_where(client, world):
    before = counts()
    answer = push(client, world, [OUTAGE, {"down_at": "2026-06-09T10:00Z", "up_at": "2026-06-09T09:00Z"}])
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["row"], error["column"]) == (2, "up_at")
    assert error["reason"]
    assert counts() == before | {"accounts.ApiToken": before["accounts.ApiToken"] + 1} | entry_of_token(before)


def entry_of_token(before):
    return {"records.AuditEntry": before["records.AuditEntry"] + 1}


GOOD = {
    "canvas-lms": OUTAGE | {"external_id": "o9"},
    "desk-cases": {
        "external_id": "INC-9", "opened_at": "2026-06-04T15:00Z", "resolved_at": "2026-06-05T15:00Z",
        "closed_at": "2026-06-06T16:30Z", "priority": 3,
    },
    "satisfaction": {"at": "2026-06-04T15:00Z", "value": "4", "external_id": "p1", "evidence": ""},
}
NONSENSE = [
    "\x00", "x\x00y", "\ud800", "NaN", "Infinity", "-1e999", "31/02/2026", "2026-06-09T10:00", "0001-01-01T00:00+14:00",
    "9999-12-31T23:59:59-14:00", "ﷺ" * 5000, "'; DROP TABLE accounts_user; --", True, [], {}, [[]], -1, 10**30,
    1e300, "3026-01-01T00:00Z",
]
# Free text: an identity or a remark may be anything that is text.
FREE = {"external_id", "evidence"}


@pytest.mark.parametrize("key", sorted(GOOD))
def test_nonsense_in_any_cell_is_refused_by_its_name(client, world, key):
    _token, secret = people.create_token(
        user=world.provider, name="n", scopes=["samples"], expires_at=None, actor=world.provider, at=NOON
    )
    before, complaints = counts(), []
    for column in GOOD[key]:
        for bad in NONSENSE:
            if is_fine(column, bad):
                continue
            answer = client.post(
                reverse("api:rows", args=[key]), json.dumps({"rows": [GOOD[key] | {column: bad}]}),
                content_type="application/json", headers={"authorization": f"Bearer {secret}"},
            )
            said = {each["column"] for each in answer.json().get("errors", [])}
            if answer.status_code != 422 or column not in said or counts() != before:
                complaints.append((column, str(bad)[:20], answer.status_code, said))
    assert complaints == []


def is_fine(column, value):
    """A number is a measured value, and any short text an identity or a remark."""
    if (column, value) == ("value", -1):
        return True
    text = str(value)
    written = isinstance(value, str | int | float) and not isinstance(value, bool)
    most = 2000 if column == "evidence" else 80
    return column in FREE and written and "\x00" not in text and "\ud800" not in text and len(text) <= most


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"\xff\xfe", b"NaN", b'{"rows": NaN}', b"[" * 100_000, b"[1, 2]", b'"rows"', b"null", b"{}",
        b'{"rows": []}', b'{"rows": {}}', b'{"rows": "x"}', b'{"rows": [1, null, "x", []]}', b'{"rows": [{}]}',
        b'{"rows": [{"colour": "red"}]}', b'{"rows": [{"down_at": "2026-06-01T00:00Z"}], "source": "\\u0000"}',
        b'{"rows": [{"down_at": "2026-06-01T00:00Z"}], "source": "\\ud800"}',
        b'{"rows": [{"down_at": "2026-06-01T00:00Z"}], "source": ["x"]}',
        b'{"rows": [{"down_at": "2026-06-01T00:00Z"}], "reason": "' + b"x" * 201 + b'"}',
        b'{"rows": [{"down_at": "2026-06-01T00:00Z"}], "organisation": "Elsewhere"}',
        b'{"rows": [{"at": "2026-06-01T00:00Z", "value": 1}]}',
        b'{"rows": [' + b"1" * 5000 + b"]}",
        b'{"rows": [' + b",".join([b"{}"] * 10_001) + b"]}",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_a_nonsense_body_is_refused(client, world, body):
    answer = call(client, world.provider, "rows", world.log.key, data=body)
    assert answer.status_code in (400, 422), answer.content[:300]
    assert not Delivery.objects.filter(door="api").exists()


def test_a_huge_body_is_not_read(client, world):
    answer = call(client, world.provider, "rows", world.log.key, data=b'{"rows": ["' + b"x" * 5 * 2**20 + b'"]}')
    assert answer.status_code == 413


def test_another_media_type_is_refused(client, world):
    token = {"authorization": f"Bearer {world.token_secret}"}
    answer = client.post(reverse("api:rows", args=[world.log.key]), "a=b", content_type="text/csv", headers=token)
    assert answer.status_code in (403, 415)
