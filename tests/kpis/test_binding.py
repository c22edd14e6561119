from datetime import timedelta

import pytest

from kpis import actions
from kpis.models import Indicator, Period, Target
from records.models import AuditEntry
from tests.factories import MAY, NOON, make_agreement, make_signed, make_terms, make_version
from tests.kpis.build import JULY, utc
from tests.race import race

pytestmark = pytest.mark.django_db


def test_an_executed_version_becomes_targets_streams_and_periods():
    agreement, version = make_signed()

    made = actions.bind_executed(now=JULY)

    assert made == 4 + 4 * 3
    assert [(t.key, t.indicator.key, t.indicator.kind) for t in agreement.targets.all()] == [
        ("K1", "canvas-lms", "outages"),
        ("K2", "desk-cases", "cases"),
        ("K3", "desk-cases", "cases"),
        ("K4", "satisfaction", "scores"),
    ]
    periods = Period.objects.filter(target__key="K1").values_list("label", "lo", "hi", "grace_until")
    assert list(periods)[0] == (
        "2026-05", utc("2026-05-01T00:00"), utc("2026-06-01T00:00"), utc("2026-06-03T00:00"),
    )
    assert [label for label, *_rest in periods] == ["2026-05", "2026-06", "2026-07"]
    spec = agreement.targets.get(key="K2").spec
    assert spec["terms_sha256"] == version.terms_sha256 and spec["version"] == "v1.0"
    assert spec["priorities"][0]["resolution_seconds"] == 49 * 3600
    assert spec["calendars"]["desk"]["schedule"]["mon"] == [["15:00", "22:00"]]


def test_every_new_row_is_in_the_audit_trail():
    agreement, _version = make_signed()

    actions.bind_executed(now=JULY)

    entries = AuditEntry.objects.filter(scope=agreement.reference)
    assert entries.filter(verb="target.bound").count() == 4
    assert entries.filter(verb="period.opened").count() == 12


def test_binding_twice_makes_nothing_new():
    make_signed()
    actions.bind_executed(now=JULY)

    assert actions.bind_executed(now=JULY) == 0


def test_later_sweeps_add_the_periods_that_have_begun():
    make_signed()
    actions.bind_executed(now=utc("2026-05-31T23:59:59"))

    assert actions.bind_executed(now=utc("2026-06-01T00:00")) == 4
    assert Period.objects.filter(label="2026-06").count() == 4


def test_a_version_not_executed_is_not_bound():
    make_version(make_agreement(), state="signing")

    assert actions.bind_executed(now=JULY) == 0


def test_a_version_that_starts_later_has_targets_and_no_periods():
    agreement = make_agreement(state="active")
    make_version(agreement, state="executed", effective_from=JULY + timedelta(days=1))

    actions.bind_executed(now=JULY)

    assert (Target.objects.count(), Period.objects.count()) == (4, 0)


def test_agreements_of_a_provider_share_a_stream():
    agreement, _version = make_signed()
    make_signed(provider=agreement.provider, owner=agreement.owner)

    actions.bind_executed(now=JULY)

    assert Indicator.objects.count() == 3
    assert Indicator.objects.get(key="desk-cases").targets.count() == 4


def test_a_period_is_split_where_the_next_version_takes_over():
    agreement, version = make_signed()
    actions.bind_executed(now=JULY)
    edge = utc("2026-07-10T00:00")
    version.effective_to = edge
    version.save(update_fields=["effective_to"])
    make_version(agreement, state="executed", minor=1, effective_from=edge, base=version)

    actions.bind_executed(now=utc("2026-07-20T00:00"))

    july = Period.objects.filter(target__key="K1", label="2026-07").order_by("lo")
    assert [(p.lo, p.hi, p.grace_until) for p in july] == [
        (utc("2026-07-01T00:00"), edge, edge + timedelta(days=2)),
        (edge, utc("2026-08-01T00:00"), utc("2026-08-03T00:00")),
    ]
    assert [p.target.version.label for p in july] == ["v1.0", "v1.1"]
    assert AuditEntry.objects.filter(verb="period.cut").count() == 4


def test_a_period_never_closes_before_its_data_are_due():
    terms = make_terms()
    terms.kpis[0].data_due_days = 5
    make_version(make_agreement(state="active"), state="executed", terms=terms)

    actions.bind_executed(now=NOON)

    assert Period.objects.get(target__key="K1").grace_until == utc("2026-06-06T00:00")
    assert Period.objects.get(target__key="K2").grace_until == utc("2026-06-03T00:00")


def test_a_quarter_has_quarters():
    terms = make_terms()
    terms.kpis[0].period = "quarter"
    make_version(make_agreement(state="active"), state="executed", terms=terms)

    actions.bind_executed(now=JULY)

    found = Period.objects.filter(target__key="K1")
    assert [(p.label, p.lo) for p in found] == [("2026-Q2", MAY), ("2026-Q3", utc("2026-07-01T00:00"))]


def test_a_stream_of_another_kind_is_said_and_stops_no_other():
    terms = make_terms()
    terms.kpis[3].indicator = "desk-cases"
    make_version(make_agreement(state="active"), state="executed", terms=terms)
    agreement, _version = make_signed()

    with pytest.raises(actions.KindConflict, match="desk-cases"):
        actions.bind_executed(now=JULY)

    assert [target.agreement for target in Target.objects.filter(key="K1")] == [agreement]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_sweeps_bind_once():
    """Red without the lock on the version: two targets of one key."""
    make_signed()

    found = race(lambda: actions.bind_executed(now=JULY))

    assert [each for each in found if isinstance(each, Exception)] == []
    assert (Target.objects.count(), Period.objects.count()) == (4, 12)
