"""What the editor computes at each save, for an agreement with forty KPIs."""

import dataclasses

import pytest

from agreements import checks, lint
from agreements.models import Version
from tests.agreements.drafts import drafted, edited
from tests.factories import NOON, make_terms

pytestmark = pytest.mark.django_db


def forty_kpis():
    terms = make_terms()
    terms.kpis = [
        dataclasses.replace(kpi, key=f"K{4 * n + place}")
        for n in range(10)
        for place, kpi in enumerate(terms.kpis, start=1)
    ]
    return terms


def test_lint(bench):
    who = drafted()

    def fill(terms):
        terms.kpis = forty_kpis().kpis

    version = Version.objects.get(pk=edited(who, fill).version.pk)
    assert len(version.read_terms().kpis) == 40
    bench("Lint of 40 KPIs, rows read", lambda: checks.findings(version, NOON), goal=0.1, runs=15)
    assert lint.errors(checks.findings(version, NOON))
