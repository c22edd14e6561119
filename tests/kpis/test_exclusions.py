from copy import deepcopy
from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction
from django_fsm import TransitionNotAllowed

from accounts.models import Notice
from kpis import actions, periods, results, standings
from kpis.actions import Declined, Evidence
from kpis.models import DirtyDay, Exclusion, ExclusionSpan, Period, PeriodResult, Standing
from records.models import AuditEntry
from tests.factories import make_member
from tests.kpis.build import deliver, outage, stream, utc
from tests.kpis.claims import JUNE_2, JUNE_3, MAY_20, NIGHT, approved, make_excluding, may_outages, propose

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("may_once")]
MONTH = 31 * 24 * 60  # minutes


@pytest.fixture(scope="module")
def may_once(module_db):
    agreement, asker, other, client = make_excluding()
    may_outages(agreement, asker)
    return agreement, asker, other, client


@pytest.fixture
def may(may_once, db):
    return deepcopy(may_once)


def period_of(agreement, label="2026-05"):
    return Period.objects.get(target__agreement=agreement, target__key="K1", label=label)


def value(agreement):
    return periods.provisional(period_of(agreement), JUNE_2).value


def closed(agreement):
    actions.close_due(now=JUNE_3)
    return PeriodResult.objects.get(period=period_of(agreement))


def test_only_an_approved_exclusion_counts_and_only_until_it_is_withdrawn(may):
    agreement, asker, other, _client = may
    without = Fraction(100 * (MONTH - 270), MONTH)
    assert value(agreement) == without

    exclusion = propose(agreement, asker)
    assert value(agreement) == without
    exclusion = actions.approve_exclusion(exclusion, actor=other, at=MAY_20)
    assert value(agreement) == Fraction(100 * (MONTH - 270), MONTH - 120)

    actions.withdraw_exclusion(exclusion, reason="It was not needed", actor=asker, at=MAY_20)
    assert value(agreement) == without


@pytest.mark.parametrize(("effect", "expected"), [
    ("drop", Fraction(100 * (MONTH - 270), MONTH - 120)),
    ("as_good", Fraction(100 * (MONTH - 150), MONTH)),
    ("suppress_only", Fraction(100 * (MONTH - 270), MONTH)),
])
def test_what_it_does_to_the_figure_is_what_the_signed_term_says(effect, expected):
    agreement, asker, other, _client = make_excluding(effect=effect)
    may_outages(agreement, asker)
    approved(agreement, asker, other)

    assert value(agreement) == expected


def test_a_result_cites_the_spans_and_recomputes_to_the_same_bytes(may):
    agreement, asker, other, _client = may
    exclusion = approved(agreement, asker, other)

    result = closed(agreement)

    assert result.inputs["exclusions"] == list(exclusion.spans.values_list("pk", flat=True))
    assert result.outcome["gross"] == str(Fraction(100 * (MONTH - 270), MONTH))
    assert result.reason == f"With {exclusion}."
    assert results.recompute(result) == result.sha256
    # What people do with it later changes no result.
    actions.withdraw_exclusion(exclusion, reason="Wrong day", actor=asker, at=JUNE_3)
    assert results.problems(result) == []


def test_a_result_without_exclusions_cites_none(may):
    assert "exclusions" not in closed(may[0]).inputs


def test_after_the_close_it_changes_nothing_by_itself(may):
    agreement, asker, other, _client = may
    result = closed(agreement)

    approved(agreement, asker, other, at=JUNE_3)

    assert results.recompute(result) == result.sha256
    assert PeriodResult.objects.filter(period=period_of(agreement)).count() == 1
    assert AuditEntry.objects.get(verb="exclusion.approved").data["closed_already"] == ["K1 2026-05"]


def test_a_standing_is_old_as_soon_as_time_is_excluded(may):
    agreement, asker, other, _client = may
    standings.refresh(now=JUNE_2)
    before = Standing.objects.get(period=period_of(agreement)).outcome["value"]

    approved(agreement, asker, other, at=JUNE_2)

    standing = Standing.objects.get(period=period_of(agreement))
    assert not periods.is_fresh(standing, standing.period, JUNE_2)
    standings.refresh(now=JUNE_2)
    assert Standing.objects.get(period=period_of(agreement)).outcome["value"] != before


def test_only_the_days_it_covers_are_dirty(may):
    agreement, asker, other, _client = may
    actions.roll_up(now=JUNE_2)

    exclusion = approved(agreement, asker, other, start=utc("2026-05-10T23:00"), rule="FREQ=WEEKLY;COUNT=2")
    days = set(DirtyDay.objects.values_list("indicator_id", "day"))
    log = stream(agreement, "canvas-lms").pk
    assert days == {(log, utc(f"2026-05-{day}T00:00").date()) for day in (10, 11, 17, 18)}

    actions.roll_up(now=JUNE_2)
    actions.withdraw_exclusion(exclusion, reason="Cancelled", actor=asker, at=JUNE_2)
    assert set(DirtyDay.objects.values_list("indicator_id", "day")) == days


def test_the_arithmetic_of_the_cap_is_kept_with_the_approval():
    agreement, asker, other, _client = make_excluding(cap=180)
    approved(agreement, asker, other)

    second = approved(agreement, asker, other, start=NIGHT + timedelta(days=7))

    assert second.arithmetic == {
        "notice_hours": 48, "cap_minutes": 180, "asked": 7200, "counted": 3600, "short_notice": 0,
        "years": [{"year": 2026, "before": 7200, "asked": 7200, "granted": 3600}],
    }
    (span,) = second.spans.all()
    assert (span.counted_until - span.lo, span.why) == (timedelta(hours=1), "cap")
    with pytest.raises(Declined, match="used up"):
        propose(agreement, asker, start=NIGHT + timedelta(days=14))


def test_what_was_withdrawn_gives_its_minutes_to_the_next():
    agreement, asker, other, _client = make_excluding(cap=120)
    first = approved(agreement, asker, other)
    actions.withdraw_exclusion(first, reason="Cancelled", actor=asker, at=MAY_20)

    assert approved(agreement, asker, other, start=NIGHT + timedelta(days=7)).arithmetic["counted"] == 7200


@pytest.mark.parametrize(("wrong", "place"), [
    ({"notice_at": utc("2026-05-08T02:00:01")}, "notice_at"),
    ({"notice_at": None}, "notice_at"),
    ({"notice_at": utc("2026-05-20T12:00:01")}, "notice_at"),
    ({"kpis": ["K2"]}, "kpis"),
    ({"kpis": ["K1", "K9"]}, "kpis"),
    ({"kpis": []}, "kpis"),
    ({"category": "weather"}, "category"),
    ({"reason": "  "}, "reason"),
    ({"rule": "FREQ=WEEKLY"}, "rule"),
    ({"minutes": 0}, "ends_at"),
    ({"start": utc("2026-04-10T02:00")}, "starts_at"),
])
def test_what_the_signed_terms_do_not_give_is_declined_at_its_field(may, wrong, place):
    with pytest.raises(Declined) as caught:
        propose(may[0], may[1], **wrong)

    assert caught.value.place == place
    assert not Exclusion.objects.exists()


def test_who_asked_decides_nothing(may):
    agreement, asker, other, _client = may
    exclusion = propose(agreement, asker)

    for act, words in [(actions.approve_exclusion, {}), (actions.refuse_exclusion, {"reason": "No"})]:
        with pytest.raises(Declined, match="Somebody else"):
            act(exclusion, **words, actor=asker, at=MAY_20)
    assert not ExclusionSpan.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        Exclusion.objects.filter(pk=exclusion.pk).update(decided_by=asker)


def test_a_decision_is_made_once(may):
    agreement, asker, other, client = may
    exclusion = propose(agreement, asker)
    refused = actions.refuse_exclusion(exclusion, reason="That was no maintenance", actor=other, at=MAY_20)

    assert (refused.state, refused.remark) == ("refused", "That was no maintenance")
    for act in (actions.approve_exclusion, actions.acknowledge_exclusion):
        with pytest.raises(TransitionNotAllowed):
            act(exclusion, actor=other, at=MAY_20)


def test_the_client_is_told_and_acknowledges(may):
    agreement, asker, other, client = may
    exclusion = approved(agreement, asker, other)
    assert Notice.objects.get(recipient=client).url == exclusion.get_absolute_url()

    acknowledged = actions.acknowledge_exclusion(exclusion, actor=client, at=MAY_20)

    assert (acknowledged.state, acknowledged.answered_by) == ("acknowledged", client)
    assert AuditEntry.objects.get(verb="exclusion.acknowledged").actor == client


def test_evidence_is_kept_in_the_vault(may):
    agreement, asker, _other, _client = may

    exclusion = propose(agreement, asker, evidence=Evidence("notice.eml", b"We work on Sunday", "message/rfc822"))

    assert (exclusion.evidence.kind, exclusion.evidence.scope) == ("evidence", agreement.reference)


@pytest.mark.parametrize("change", [{"starts_at": MAY_20}, {"category": "x"}, {"reason": "Another"}])
def test_what_was_asked_for_never_changes(may, change):
    exclusion = approved(*may[:3])

    with pytest.raises(IntegrityError), transaction.atomic():
        Exclusion.objects.filter(pk=exclusion.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExclusionSpan.objects.update(counted_until=MAY_20)


def test_another_version_is_another_exclusion(may):
    """It ends with the version under which it was approved."""
    agreement, asker, other, _client = may
    version = agreement.versions.get()
    version.effective_to = NIGHT + timedelta(minutes=30)
    version.save(update_fields=["effective_to"])

    assert approved(agreement, asker, other).arithmetic["counted"] == 1800


def test_an_unwatched_time_that_is_excluded_is_no_gap(may):
    agreement, asker, other, _client = may
    deliver(stream(agreement, "canvas-lms"), [outage("2026-05-10T02:00", "2026-05-10T02:30", external_id="x")], asker,
            at=JUNE_2)
    approved(agreement, asker, other)

    outcome = periods.provisional(period_of(agreement), JUNE_2).to_dict()

    assert (outcome["figures"]["gap"], outcome["coverage"]) == ("0", "1")


def test_nobody_who_left_is_told(may):
    agreement, asker, other, _client = may
    gone = make_member(agreement.client, "client", is_active=False)

    approved(agreement, asker, other)

    assert not Notice.objects.filter(recipient=gone).exists()
