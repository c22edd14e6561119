"""Long files are a worker's job: its progress, its stops, its memory; and that batches change nothing."""

import os
import random
import subprocess
import sys
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kpis import actions
from kpis.intake import keeping, opening
from kpis.intake.rows import Sample as Row
from kpis.intake.staging import Rules, Stage, stage_columns
from kpis.models import Delivery, DirtyDay, HeldFile, Sample
from tests.kpis.build import JULY, deliver, make_bound, stream, utc
from tests.kpis.delivered import MINUTE, hold, lines
from tests.race import race

VALUES = ["1", "-2.5", "0.1234567891", "123456789.123456", "12345678901234"]


# Long files


def test_a_long_file_is_a_workers_job_with_progress(client, probe, monkeypatch):
    monkeypatch.setattr(actions.holding, "SMALL", 10)
    client.force_login(probe.person)
    page = reverse("kpis:check", args=[probe.stream.pk])
    progress = reverse("kpis:progress", args=[probe.stream.pk])
    content = ("at,value\n" + "\n".join(lines(50))).encode()
    client.post(
        reverse("kpis:upload", args=[probe.stream.pk]),
        {"file": SimpleUploadedFile("long.csv", content), "timezone": "UTC"},
    )
    monkeypatch.setattr("records.clock.now", lambda: JULY)
    held = HeldFile.objects.get()
    assert "waits to be read" in client.get(page).content.decode()
    assert client.get(progress, headers={"HX-Request": "true"}).status_code == 200

    now = held.at
    assert actions.read_files(now=now) == 1
    assert client.get(progress, headers={"HX-Request": "true"})["HX-Redirect"] == page
    assert "Every row can be taken in" in client.get(page).content.decode()
    assert client.post(page, {}).url == page
    assert "being saved" in client.get(page).content.decode()
    assert actions.read_files(now=now) == 1

    delivery = Delivery.objects.get()
    assert client.get(progress + "?taken=1", headers={"HX-Request": "true"})["HX-Redirect"] == reverse(
        "kpis:delivery", args=[delivery.pk]
    )
    assert (delivery.added, HeldFile.objects.count()) == (50, 0)


def test_a_worker_that_was_stopped_half_way_is_followed_by_another(probe, monkeypatch):
    monkeypatch.setattr(actions.holding, "SMALL", 10)
    monkeypatch.setattr("records.clock.now", lambda: JULY)
    held = hold(probe, ("at,value\n" + "\n".join(lines(50))).encode())
    HeldFile.objects.update(lease_until=JULY + MINUTE, attempts=1)
    (keeping.folder(held.folder) / "rows").write_text("2\t2026-06")

    assert actions.read_files(now=JULY) == 0
    assert actions.read_files(now=JULY + 2 * MINUTE) == 1

    held.refresh_from_db()
    assert (held.state, held.report["added"], held.attempts) == ("checked", 50, 2)


def test_a_worker_that_lost_its_claim_writes_nothing(probe, monkeypatch):
    monkeypatch.setattr(actions.holding, "SMALL", 10)
    held = hold(probe, ("at,value\n" + "\n".join(lines(50))).encode())
    stale = HeldFile.objects.get(pk=held.pk)
    HeldFile.objects.update(lease_until=JULY + MINUTE)

    with pytest.raises(actions.filing.Lost):
        actions.filing.read_held(stale, now=JULY)
    assert HeldFile.objects.get().state == "waiting"


def test_after_three_stops_its_person_is_told(client, probe, monkeypatch):
    monkeypatch.setattr(actions.holding, "SMALL", 10)
    hold(probe, ("at,value\n" + "\n".join(lines(50))).encode())
    HeldFile.objects.update(attempts=3)

    assert actions.read_files(now=JULY) == 0

    client.force_login(probe.person)
    page = client.get(reverse("kpis:check", args=[probe.stream.pk])).content.decode()
    assert "stopped three times" in page


def test_somebody_else_was_faster(probe, monkeypatch):
    """Between the reading and the taking in another delivery said otherwise: back to its person, nothing saved."""
    monkeypatch.setattr(actions.holding, "SMALL", 10)
    monkeypatch.setattr("records.clock.now", lambda: JULY)
    held = hold(probe, b"at,value\n2026-06-01T00:00Z,1\n")
    actions.read_files(now=JULY)
    actions.decide_held(HeldFile.objects.get(), actor=probe.person, at=JULY)
    deliver(probe.stream, [Row(utc("2026-06-01T00:00"), Decimal(2))], probe.person, source=probe.stream.log_name)

    actions.read_files(now=JULY)

    held.refresh_from_db()
    assert (held.state, held.report["unexplained"]) == ("checked", 1)
    assert "Nothing was saved" in held.problem
    assert Sample.objects.get().value == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_uploads_of_one_person_at_once_leave_one(settings, tmp_path):
    """Red without the lock on the person: the second meets the first's key."""
    settings.VAR_DIR = tmp_path
    agreement, person = make_bound()
    desk = stream(agreement, "desk-cases")

    found = race(
        lambda: actions.hold_file(desk, file=BytesIO(b"a,b\n1,2\n"), filename="x.csv", actor=person, at=JULY)
    )

    assert [each for each in found if isinstance(each, Exception)] == []
    assert HeldFile.objects.count() == 1
    assert [path.name for path in (tmp_path / "intake").iterdir()] == [HeldFile.objects.get().folder]


MILLION = """
import sys
import django
django.setup()
from datetime import UTC, datetime, timedelta
from kpis.intake import files
from kpis.intake.staging import Rules, Stage
def peak():
    # Not getrusage: there a process begins with the highest of the one that started it.
    return int(dict(line.split(":") for line in open("/proc/self/status"))["VmHWM"].split()[0])
with open(sys.argv[1], "rb") as file, open(sys.argv[1] + ".rows", "w+") as text:
    stage = Stage(text)
    before = peak()
    for seen in files.stage("values", file, stage, Rules(datetime(2026, 7, 1, tzinfo=UTC))):
        pass
    grown = peak() - before
print(stage.rows, stage.refused, sorted(error.number for error in stage.errors), grown)
"""


@pytest.mark.slow
def test_a_million_rows_with_three_bad_ones_take_little_memory(tmp_path):
    """In a process of its own: only there the highest memory is this file's."""
    path = tmp_path / "million.csv"
    bad = {17: "never,1", 500_000: "2026-01-01T00:00:00Z,NaN", 999_999: "2099-01-01T00:00:00Z,1"}
    first = utc("2024-01-01T00:00")
    with path.open("w") as file:
        file.write("at,value\n")
        file.writelines(
            bad.get(n, f"{first + n * MINUTE:%Y-%m-%dT%H:%M:%SZ},{n % 500}.25") + "\n" for n in range(1_000_000)
        )

    found = subprocess.run(
        [sys.executable, "-c", MILLION, path], capture_output=True, text=True, check=True, cwd=os.getcwd(),
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "slaportal.settings"},
    )

    rows, refused, rest = found.stdout.split(" ", 2)
    numbers, grown = rest.rsplit(" ", 1)
    assert (rows, refused, numbers) == ("999997", "3", "[19, 500002, 1000001]")
    assert int(grown) < 60_000  # kilobytes


# Laws


def test_a_batch_and_its_single_rows_say_the_same():
    """What the columns let through at once is what the reader of single rows would: the same text."""
    chance = random.Random(5)
    for _ in range(200):
        count = chance.randint(1, 6)
        columns = {
            "at": [f"2026-06-{chance.randint(10, 30)}T{chance.randint(10, 23)}:00:0{n}Z" for n in range(count)],
            "value": [chance.choice(VALUES) for _ in range(count)],
            "external_id": [f"p{n}" for n in range(count)],
            "evidence": [chance.choice(["", "said so", "über"]) for _ in range(count)],
        }
        fast, slow = Stage(), Stage()
        stage_columns(fast, range(1, count + 1), columns, Rules(JULY))
        # A row that is wrong sends the others of its batch one by one.
        wrong = {name: [*cells, "nonsense"] for name, cells in columns.items()}
        stage_columns(slow, range(1, count + 2), wrong, Rules(JULY))
        assert fast.text.getvalue() == slow.text.getvalue()
        assert (fast.rows, fast.days, fast.lo, fast.hi, slow.refused) == (slow.rows, slow.days, slow.lo, slow.hi, 1)


@pytest.mark.parametrize("batch", [1, 7, 10_000])
def test_batches_change_nothing(probe, monkeypatch, batch):
    monkeypatch.setattr(opening, "BATCH", batch)
    rows = lines(30)
    random.Random(batch).shuffle(rows)

    delivery = actions.decide_held(hold(probe, ("at,value\n" + "\n".join(rows)).encode()), actor=probe.person, at=JULY)
    again = hold(probe, ("at,value\n" + "\n".join(sorted(rows))).encode())

    assert (delivery.added, again.report["unchanged"], again.report["added"]) == (30, 30, 0)
    assert DirtyDay.objects.count() == 1


def test_texts_with_odd_characters_come_back_whole(probe):
    odd = 'tab\there, "quoted", back\\slash\\N\nnew line'
    deliver(probe.stream, [Row(utc("2026-06-01T00:00"), Decimal(2), "a\\tb", odd)], probe.person)

    assert Sample.objects.values_list("external_id", "evidence").get() == ("a\\tb", odd)
    assert deliver(probe.stream, [Row(utc("2026-06-01T00:00"), Decimal(2), "a\\tb", odd)], probe.person).unchanged == 1
