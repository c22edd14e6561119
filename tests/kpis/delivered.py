"""Files as somebody delivers them to the `probe` of conftest.py."""

import io
import os
from datetime import timedelta
from zoneinfo import ZoneInfo

from kpis import actions
from kpis.intake import files, keeping
from kpis.intake.staging import Rules, Stage
from records import clock
from tests.kpis.build import JULY, utc

UTC = ZoneInfo("UTC")
MINUTE = timedelta(minutes=1)


def read(content, kind="values", zone=UTC, unit="", mapping=None):
    stage = Stage()
    for _seen in files.stage(kind, io.BytesIO(content), stage, Rules(JULY, kind, zone, unit), mapping=mapping):
        pass
    return stage


def hold(probe, content, name="p.csv", **kwargs):
    return actions.hold_file(
        probe.stream, file=io.BytesIO(content), filename=name, actor=probe.person, at=JULY, **kwargs
    )


def left_behind(name="orphan", *, stream, days=2):
    """A stream's file that a killed process left so many days ago."""
    folder = keeping.folder(f"{stream.pk}-{name}")
    folder.mkdir(parents=True)
    (folder / "file").write_text("at,value\n")
    at = (clock.real_now() - timedelta(days=days)).timestamp()
    for each in (folder / "file", folder):
        os.utime(each, (at, at))
    return folder


def lines(count, start="2026-06-01T00:00"):
    first = utc(start)
    return [f"{first + n * MINUTE:%Y-%m-%dT%H:%M:%SZ},{n % 500}.25" for n in range(count)]
