"""What people and machines send by mistake or on purpose: a clear message at its place, nothing half written."""

import io
import resource
import zipfile
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadhandler import SkipFile
from django.test import RequestFactory
from django.urls import reverse
from openpyxl import Workbook

from kpis import actions
from kpis.intake.opening import open_table
from kpis.intake.tables import Unreadable
from kpis.models import HeldFile, Sample
from records.uploads import Quota
from tests.kpis.build import JULY, utc
from tests.kpis.delivered import hold, read


def xlsx(*rows, number_format=None):
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    if number_format:
        for cell in book.active["A"][1:]:
            cell.number_format = number_format
    book.save(out)
    return out.getvalue()


# One row, one reason


@pytest.mark.parametrize("cells, column, words", [
    ("2026-06-01T00:00Z,NaN", "value", "Is not a number"),
    ("2026-06-01T00:00Z,inf", "value", "Is not a number"),
    ("2026-06-01T00:00Z,\"1,5\"", "value", "Is not a number"),
    ("2026-08-01T00:00Z,1", "at", "Lies in the future"),
    ("0026-06-01T00:00Z,1", "at", "before the year 2000"),
    ("2026-06-01T00:00Z,1,s", "unit", "measured in ms"),
    ("46174.5,1", "at", "number of Excel"),
    ("2026-10-25T02:30,1", "at", "came twice in Europe/Brussels"),
    ("2026-03-29T02:30,1", "at", "skipped this time in Europe/Brussels"),
    ("2026-06-01T00:00Z,1234567890123456", "value", "more than 15 digits"),
])
def test_a_wrong_cell_is_named_and_the_others_are_good(cells, column, words):
    content = f"at,value,unit\n{cells}\n2026-06-02T00:00Z,2,ms\n".encode()
    stage = read(content, zone=ZoneInfo("Europe/Brussels"), unit="ms")

    (error,) = stage.errors
    assert (error.number, error.column) == (2, column)
    assert words in error.reason
    assert stage.rows == 1


@pytest.mark.parametrize("cells, words", [
    ("2026-06-01T00:00Z,11,10", "Is not between 0 and the total"), ("2026-06-01T00:00Z,-1,10", "Is not between 0"),
    ("2026-06-01T00:00Z,1,", "Is not a number"),
])
def test_more_good_than_all_is_refused(cells, words):
    stage = read(f"at,good,total\n{cells}\n2026-06-01T00:01Z,10,10\n".encode(), kind="ratios")

    assert words in stage.errors[0].reason
    assert stage.text.getvalue() == "3\t2026-06-01 00:01:00\t10\t10\t\t\n"


def test_the_same_row_twice_in_one_file(probe):
    held = hold(probe, b"at,value\n2026-06-01T00:00Z,1\n2026-06-01T00:01Z,1\n2026-06-01T00:00Z,2\n")

    assert held.report["errors"] == [[4, "external_id", "The same key as row 2.", ""]]
    with pytest.raises(actions.Refused):
        actions.decide_held(held, actor=probe.person, at=JULY)
    assert not Sample.objects.exists() and HeldFile.objects.get().state == "checked"
    delivery = actions.decide_held(held, only_good=True, actor=probe.person, at=JULY)
    assert (delivery.added, delivery.refused, delivery.refused_rows.get().number) == (2, 1, 4)


# Whole files


TEXT = "at,value,evidence\n2026-06-01T00:00Z,1,\u00fcber\n"


@pytest.mark.parametrize("content", [
    TEXT.encode(), TEXT.encode("utf-8-sig"), TEXT.encode("utf-16"), TEXT.replace("\n", "\r\n").encode(),
    TEXT.replace(",", ";").encode(),
])
def test_the_usual_encodings(content):
    assert read(content).text.getvalue().endswith("\t\u00fcber\n")


def test_the_row_that_is_in_another_encoding_is_named():
    body = "at,value,evidence\n" + "2026-06-01T00:00Z,1,ok\n" * 20_000
    with pytest.raises(Unreadable, match="Row 20002 is not written in UTF-8"):
        read(body.encode() + "2026-06-01T00:00Z,1,\u00fcber\n".encode("cp1252"))


@pytest.mark.parametrize("content, words", [
    (b"at\n2026-06-01T00:00Z\n", "Missing: value"),
    (b"at,value\n" + b"x" * 200_000, "Row 2 is longer than 100000 characters"),
    (b"\xd0\xcf\x11\xe0rest", "old Excel file"),
    (b"PK\x03\x04rest", "XLSX can't be read"),
    (b"at,value\n\x00\n", "not a text file"),
    (b",".join(b"c%d" % n for n in range(201)) + b"\n", "more than 200 columns"),
])
def test_a_file_that_nobody_can_read(content, words):
    with pytest.raises(Unreadable, match=words):
        read(content)


def test_an_xlsx_is_read_as_its_dates(probe):
    content = xlsx(
        ["Zeitpunkt", "Wert"], [utc("2026-06-01T12:00").replace(tzinfo=None), 1.5], [46174.75, 2], [None, None],
        number_format="yyyy-mm-dd hh:mm",
    )
    held = hold(probe, content, "p.xlsx", timezone="Europe/Brussels")
    assert (held.state, held.problem) == ("failed", "The first row must name the columns. Missing: at, value.")

    held = actions.map_columns(
        held, mapping={"at": "zeitpunkt", "value": "wert"}, timezone="Europe/Brussels", actor=probe.person, at=JULY
    )
    actions.decide_held(held, actor=probe.person, at=JULY)

    taken = Sample.objects.order_by("at").values_list("at", "value")
    assert [f"{at:%d %H:%M} {float(value):g}" for at, value in taken] == ["01 10:00 1.5", "01 16:00 2"]
    probe.stream.refresh_from_db()
    assert hold(probe, content, "q.xlsx", timezone="Europe/Brussels").mapping == {"at": "zeitpunkt", "value": "wert"}


def test_a_plain_number_of_excel_is_no_date(probe):
    assert "number of Excel" in hold(probe, xlsx(["at", "value"], [46174.75, 2]), timezone="UTC").report["errors"][0][2]


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/media/x.bin"])
def test_a_zip_bomb_is_measured_before_it_is_unpacked(part):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb, bomb.open(part, "w", force_zip64=True) as file:
        for _ in range(400):
            file.write(b"0" * 1024 * 1024)
    assert out.tell() < 1024 * 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(Unreadable, match="too big when unpacked"):
        open_table(out)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_entities_are_not_expanded():
    out = io.BytesIO()
    evil = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
    with zipfile.ZipFile(io.BytesIO(xlsx(["at"]))) as good, zipfile.ZipFile(out, "w") as bad:
        for name in good.namelist():
            bad.writestr(name, evil if name == "xl/workbook.xml" else good.read(name))

    with pytest.raises(Unreadable):
        open_table(out)


class Socket(io.RawIOBase):
    """A request of two gigabytes that nobody has in memory."""

    def __init__(self, start, size, end):
        self.parts, self.left = [start], size
        self.end = end
        self.biggest = 0

    def read(self, size=-1):
        self.biggest = max(self.biggest, size)
        if self.parts:
            return self.parts.pop()
        if self.left:
            size = min(size if size > 0 else 65536, self.left)
            self.left -= size
            return b"0" * size
        self.end, last = b"", self.end
        return last


@pytest.mark.slow
def test_two_gigabytes_are_read_past_and_refused_at_the_field(client, probe, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    client.force_login(probe.person)
    head = (
        b"--x\r\nContent-Disposition: form-data; name=\"timezone\"\r\n\r\nUTC\r\n"
        b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"big.csv\"\r\n\r\n"
    )
    size, tail = 2 * 1024**3, b"\r\n--x--\r\n"
    body = Socket(head, size, tail)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    answer = client.generic(
        "POST", reverse("kpis:upload", args=[probe.stream.pk]),
        **{
            "wsgi.input": body, "CONTENT_LENGTH": str(len(head) + size + len(tail)),
            "CONTENT_TYPE": "multipart/form-data; boundary=x",
        },
    )

    assert answer.status_code == 422
    assert answer.context["form"].errors["file"] == ["The file is bigger than 256 MB. Deliver it in parts."]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    assert not HeldFile.objects.exists() and not any(path.stat().st_size > 1000 for path in tmp_path.glob("*.upload*"))


def test_a_request_above_the_limit_leaves_its_files_out(settings):
    settings.INTAKE_MAX_BYTES = 10
    request = RequestFactory().post("/", {})
    quota = Quota(request)
    quota.handle_raw_input(None, {}, 11, b"x")

    with pytest.raises(SkipFile):
        quota.new_file("file", "big.csv", "text/csv", 11)
    assert request.upload_too_big
