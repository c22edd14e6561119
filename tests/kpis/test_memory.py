"""Two gigabytes really pass by, each time in a process of its own: only there the highest memory is theirs."""

import os
import subprocess
import sys

import pytest

# What both begin with: two gigabytes that nobody has, made as they are read.
START = """
import io, os, sys
import django
django.setup()
from django.conf import settings

class Flow(io.RawIOBase):
    def __init__(self, head, block, count, tail=b""):
        self.size, self.read_bytes = len(head) + len(block) * count + len(tail), 0
        self.given = head, block, count, tail
        self.seek(0)
    def seek(self, to, whence=0):
        assert (to, whence) == (0, 0)
        head, block, count, tail = self.given
        self.parts = iter([head, *([block] * count), tail])  # the same block: a list of pointers
        self.left = memoryview(b"")
        return 0
    def readable(self):
        return True
    def seekable(self):
        return True
    def read(self, size=-1):
        while not self.left:
            part = next(self.parts, None)
            if part is None:
                return b""
            self.left = memoryview(part)
        found, self.left = self.left[:size], self.left[size:]
        self.read_bytes += len(found)
        return bytes(found)
    def readinto(self, into):
        found = self.read(len(into))
        into[:len(found)] = found
        return len(found)

def peak():
    # Not getrusage: there a process begins with the highest of the one that started it.
    lines = dict(line.split(":") for line in open("/proc/self/status"))
    return int(lines["VmHWM"].split()[0]) // 1024
"""

UPLOAD = """
from django.test import RequestFactory
head = b'--x\\r\\nContent-Disposition: form-data; name="file"; filename="big.csv"\\r\\n\\r\\n'
body = Flow(head, b"0" * 2**20, 2048, b"\\r\\n--x--\\r\\n")
request = RequestFactory().generic("POST", "/", **{
    "wsgi.input": body, "CONTENT_LENGTH": str(body.size), "CONTENT_TYPE": "multipart/form-data; boundary=x",
})
before = peak()
files = len(request.FILES)
left = sum(path.stat().st_size for path in __import__("pathlib").Path(sys.argv[1]).glob("**/*") if path.is_file())
print(body.read_bytes, files, request.upload_too_big, left, peak() - before)
"""

READER = """
from datetime import UTC, datetime, timedelta
from kpis.intake import files
from kpis.intake.staging import Rules, Stage
first = datetime(2026, 6, 1, tzinfo=UTC)
note = "x" * 1950
rows = [f"{first + timedelta(seconds=n):%Y-%m-%dT%H:%M:%SZ},{n % 500}.25,{note}\\n" for n in range(1000)]
block = "".join(rows).encode()
flow = Flow(b"at,value,evidence\\n", block, 2**31 // len(block) + 1)
with open(os.devnull, "w+") as text:
    stage = Stage(text)
    before = peak()
    for seen in files.stage("values", io.BufferedReader(flow), stage, Rules(datetime(2026, 7, 1, tzinfo=UTC))):
        pass
print(flow.read_bytes, stage.rows, stage.refused, len(block), peak() - before)
"""


def run(script, folder):
    found = subprocess.run(
        [sys.executable, "-c", START + script, folder], capture_output=True, text=True, cwd=os.getcwd(),
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "slaportal.settings", "TMPDIR": str(folder)},
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.split()


@pytest.mark.slow
def test_an_upload_of_two_gigabytes_is_read_past_and_not_kept(tmp_path):
    read, files, too_big, left, grown = run(UPLOAD, tmp_path)

    assert int(read) > 2 * 1024**3
    assert (files, too_big, left) == ("0", "True", "0")
    assert int(grown) < 20  # megabytes


@pytest.mark.slow
def test_two_gigabytes_of_rows_pass_through_the_reader(tmp_path):
    read, rows, refused, block, grown = run(READER, tmp_path)

    assert int(read) > 2 * 1024**3
    assert (int(rows), refused) == (1000 * (2**31 // int(block) + 1), "0")
    assert int(grown) < 160  # a batch of rows two thousand characters long, and its lines
