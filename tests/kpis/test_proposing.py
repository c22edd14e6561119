"""What an exclusion would change, shown before anybody asks for it, is what it changes when it is approved."""

import pytest
from django.urls import reverse

from kpis import actions, board
from kpis.models import Exclusion, Period
from tests.kpis.build import utc
from tests.kpis.claims import JUNE_2, JUNE_3, make_excluding, may_outages
from tests.kpis.test_claim_pages import text_of

pytestmark = pytest.mark.django_db
ASKED = {
    "category": "maintenance", "kpis": ["K1"], "starts_at": "2026-05-10T02:00", "ends_at": "2026-05-10T04:00",
    "repeats": "", "until": "", "notice_at": "2026-05-01T09:00", "clause": "", "reason": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _june(monkeypatch):
    monkeypatch.setattr("records.clock.now", lambda: JUNE_2)
    monkeypatch.setattr("slaportal.middleware.clock.now", lambda: JUNE_2)


@pytest.fixture
def may(client):
    found = make_excluding()
    may_outages(found[0], found[1])
    client.force_login(found[1])
    return found


def previewed(client, agreement, **changes):
    return client.post(reverse("kpis:exclude", args=[agreement.reference]), ASKED | {"preview": "1"} | changes)


def period_of(agreement, label="2026-05"):
    return Period.objects.select_related("target").get(target__agreement=agreement, target__key="K1", label=label)


def test_what_is_shown_is_what_the_approval_changes(client, may):
    agreement, asker, other, _reader = may

    answer = previewed(client, agreement)

    assert answer.status_code == 200 and not Exclusion.objects.exists()
    (change,) = answer.context["preview"].changes
    shown = {row["name"]: (row["before"], row["after"]) for row in change.rows}
    before = board.read(period_of(agreement), JUNE_2)
    found = actions.propose_exclusion(
        agreement, category="maintenance", kpis=["K1"], starts_at=utc("2026-05-10T02:00"),
        ends_at=utc("2026-05-10T04:00"), notice_at=utc("2026-05-01T09:00"), reason="New database", actor=asker,
        at=JUNE_2,
    )
    assert "What it would change" in text_of(client.get(found.get_absolute_url()))
    actions.approve_exclusion(found, actor=other, at=JUNE_2)
    after = board.read(period_of(agreement), JUNE_2)

    assert shown["Figure"] == tuple(each.value.replace("\N{NO-BREAK SPACE}", " ") for each in (before, after))
    assert shown["Figure"][0] != shown["Figure"][1] and shown["Excluded"] == ("0 s", "2 h")
    assert (change.was, change.would_be) == (before.verdict, after.verdict)
    assert "8 h left then" in text_of(answer)


def test_a_closed_period_is_said_to_need_a_correction(client, may):
    agreement = may[0]
    actions.close_due(now=JUNE_3)

    assert "closed: only a correction would do it" in text_of(previewed(client, agreement))


def test_a_time_to_come_changes_no_figure_yet(client, may):
    answer = previewed(client, may[0], starts_at="2026-07-05T02:00", ends_at="2026-07-05T04:00")

    assert "no figure changes yet" in text_of(answer) and "2 h of 2 h count." in text_of(answer)


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"notice_at": ""}, "48 hours before the start"),
        ({"kpis": ["K2"]}, "valid choice"),
        ({"starts_at": "nonsense"}, "From"),
        ({"ends_at": "2026-05-10T01:00"}, "ends before it starts"),
        ({"starts_at": "2020-01-01T00:00", "ends_at": "2020-01-01T01:00"}, "No signed version is in force then."),
        ({"category": "\x00"}, "valid choice"),
        ({"repeats": "WEEKLY", "until": ""}, "Say until when"),
        ({"repeats": "DAILY", "until": "2099-01-01"}, "more than 400 times"),
    ],
)
def test_what_can_not_be_worked_out_says_why_and_writes_nothing(client, may, changes, words):
    whole = previewed(client, may[0], **changes)
    url = reverse("kpis:exclude", args=[may[0].reference])
    alone = client.post(url, ASKED | {"preview": "1"} | changes, headers={"HX-Request": "true"})

    assert whole.status_code == alone.status_code == 422
    assert words in text_of(whole) and words in text_of(alone)
    assert "<html" not in text_of(alone) and not Exclusion.objects.exists()


def test_a_time_over_a_month_s_end_changes_both_months(client, may):
    actions.bind_executed(now=JUNE_2)  # June has begun
    answer = previewed(client, may[0], starts_at="2026-05-31T22:00", ends_at="2026-06-01T04:00")

    assert len(answer.context["preview"].changes) == 2
