from importlib import import_module
from types import SimpleNamespace

import pytest


@pytest.fixture
def probe(db, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    # By name: models can't be imported before Django is set up.
    build, models = (import_module(name) for name in ("tests.kpis.build", "kpis.models"))
    agreement, person = build.make_bound()
    stream = models.Indicator.objects.create(
        organisation=agreement.provider, key="p95", name="P95", kind="values", unit="ms"
    )
    return SimpleNamespace(stream=stream, person=person, provider=agreement.provider)
