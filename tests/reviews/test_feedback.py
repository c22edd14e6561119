from decimal import Decimal

import pytest

from accounts.models import Notice, Role
from agreements.signing import Refused
from kpis import actions as kpi_actions
from kpis.models import Delivery, Period, Sample
from records.models import AuditEntry
from reviews import actions, satisfaction
from reviews.models import Feedback
from tests.factories import make_agreement, make_member, make_terms, make_version
from tests.kpis.build import utc
from tests.reviews.rows import DAY, HOUR, JULY, make_scene

pytestmark = pytest.mark.django_db


def give(scene, **kwargs):
    fields = {"period": "2026-06", "score": 4, "text": "Fine", "actor": scene.client, "at": scene.now} | kwargs
    return actions.give_feedback(scene.agreement, **fields)


def refused(scene, **kwargs):
    with pytest.raises(Refused) as info:
        give(scene, **kwargs)
    assert not Feedback.objects.filter(at=kwargs.get("at", scene.now)).exclude(text="Fine").exists()
    return info.value.place


def test_feedback_is_kept_and_its_score_counts_for_the_kpi():
    scene = make_scene()
    feedback = give(scene)
    assert (feedback.period, feedback.score, feedback.by, feedback.at) == ("2026-06", 4, scene.client, scene.now)
    sample = Sample.objects.get()
    assert (sample.at, sample.value, sample.source) == (utc("2026-06-30T23:59:59"), Decimal(4), "portal")
    assert (sample.external_id, sample.evidence) == (f"feedback:{scene.client.pk}", "Fine")
    assert Delivery.objects.get().door == Delivery.Door.PORTAL
    entry = AuditEntry.objects.get(verb="feedback.given")
    assert (entry.actor, entry.scope, entry.data["score"]) == (scene.client, scene.agreement.reference, 4)
    assert entry.data["kpi"] == "K4"
    assert Notice.objects.get().recipient == scene.manager


def test_the_kpi_is_judged_by_it():
    scene = make_scene()
    give(scene, score=3)
    kpi_actions.close_due(now=scene.now + 5 * DAY)
    period = Period.objects.get(target__key="K4", label="2026-06")
    assert period.results.get().verdict == "breached"


def test_a_running_period_takes_the_score_at_once():
    scene = make_scene()
    give(scene, period="2026-07")
    assert Sample.objects.get().at == scene.now


def test_once_per_person_and_period():
    scene = make_scene()
    give(scene)
    assert refused(scene, score=1, text="Again") == "period"
    assert Sample.objects.get().value == 4
    give(scene, period="2026-05")
    give(scene, actor=make_member(scene.agreement.client, Role.CLIENT))
    assert Feedback.objects.count() == 3


@pytest.mark.parametrize("score", [0, 6, -1])
def test_the_score_is_1_to_5(score):
    assert refused(make_scene(), score=score, text="") == "score"


@pytest.mark.parametrize("role", [Role.MANAGER, Role.PROVIDER, Role.AUDITOR])
def test_only_the_client_speaks_for_the_client(role):
    scene = make_scene()
    assert refused(scene, actor=make_member(scene.agreement.provider, role), text="") == ""


def test_an_auditor_of_the_client_does_not():
    scene = make_scene()
    assert refused(scene, actor=make_member(scene.agreement.client, Role.AUDITOR), text="") == ""


@pytest.mark.parametrize("period", ["2026-08", "2026-04", "2026-Q2", "nonsense", ""])
def test_only_a_period_that_has_begun(period):
    assert refused(make_scene(), period=period, text="") == "period"


def test_a_closed_period_takes_none():
    scene = make_scene()
    kpi_actions.close_due(now=scene.now + 5 * DAY)
    later = scene.now + 5 * DAY
    assert refused(scene, at=later, text="") == "period"
    assert Sample.objects.count() == 0


def test_too_long_a_text_is_refused():
    assert refused(make_scene(), text="x" * 2001) == "text"


def test_figures_that_are_not_set_up_yet_refuse():
    assert refused(make_scene(bound=False), text="") == "period"


def test_without_a_score_kpi_feedback_is_kept_alone():
    agreement = make_agreement(state="active")
    terms = make_terms()
    make_version(agreement, state="executed", terms=make_terms(kpis=terms.kpis[:1]))
    client = make_member(agreement.client, Role.CLIENT)
    kpi_actions.bind_executed(now=JULY)
    assert satisfaction.labels(agreement, JULY) == ["2026-07", "2026-06", "2026-05"]
    actions.give_feedback(agreement, period="2026-06", score=2, text="", actor=client, at=JULY)
    assert Sample.objects.count() == 0


@pytest.mark.parametrize(
    ("score", "verdicts", "found"),
    [
        (2, ["met", "at_risk"], True),
        (1, ["met"], True),
        (3, ["met"], False),
        (2, ["met", "breached"], False),
        (2, ["met", "insufficient_data"], False),
        (2, ["met", ""], False),
        (1, [], False),
    ],
)
def test_watermelon(score, verdicts, found):
    assert satisfaction.is_watermelon(score, verdicts) is found


def test_green_figures_and_an_unhappy_client_are_a_watermelon():
    scene = make_scene()
    bad = give(scene, score=2)
    good = give(scene, period="2026-05", score=5)
    periods = Period.objects.filter(target__agreement=scene.agreement, label="2026-06").exclude(target__key="K4")
    assert satisfaction.watermelons([bad, good]) == set()  # nothing is known of the figures yet
    for period in periods:
        period.results.create(verdict="met", outcome={}, inputs={}, sha256="ab" * 32, created_at=scene.now)
    assert satisfaction.watermelons([bad, good]) == {bad.pk}
    periods.first().results.create(
        edition=2, verdict="breached", outcome={}, inputs={}, sha256="cd" * 32, created_at=scene.now + HOUR
    )
    assert satisfaction.watermelons([bad, good]) == set()
