"""Files as somebody delivers them to the `probe` of conftest.py."""

import io
from datetime import timedelta
from zoneinfo import ZoneInfo

from kpis import actions
from kpis.intake import files
from kpis.intake.staging import Rules, Stage
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


def lines(count, start="2026-06-01T00:00"):
    first = utc(start)
    return [f"{first + n * MINUTE:%Y-%m-%dT%H:%M:%SZ},{n % 500}.25" for n in range(count)]
