"""What people see of claims, and what waits for them."""

import pytest
from django.urls import reverse

from agreements.grants import load
from kpis import actions, needs
from kpis.models import Correction, Dispute, Exclusion, Period
from records.models import AuditEntry
from tests.kpis.build import deliver, make_bound, outage, stream, utc
from tests.kpis.claims import JUNE_2, JUNE_3, MAY_20, approved, make_excluding, may_outages, propose

pytestmark = pytest.mark.django_db
JUNE_5 = utc("2026-06-05T09:00")


@pytest.fixture(autouse=True)
def _june(monkeypatch):
    monkeypatch.setattr("records.clock.now", lambda: JUNE_5)
    monkeypatch.setattr("slaportal.middleware.clock.now", lambda: JUNE_5)


@pytest.fixture
def may():
    agreement, asker, other, client = make_excluding()
    may_outages(agreement, asker)
    return agreement, asker, other, client


@pytest.fixture
def closed(may):
    """May closed with an exclusion of two hours; the outage then turns out shorter."""
    agreement, asker, other, _client = may
    approved(agreement, asker, other)
    actions.close_due(now=JUNE_3)
    row = outage("2026-05-10T02:00", "2026-05-10T05:00")
    deliver(stream(agreement, "canvas-lms"), [row], asker, at=JUNE_5, reason="Read from the wrong log")
    return may


def period_of(agreement):
    return Period.objects.get(target__agreement=agreement, target__key="K1", label="2026-05")


def text_of(answer):
    return " ".join(answer.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def page(client, person, url, status=200):
    client.force_login(person)
    answer = client.get(url)
    assert answer.status_code == status
    return text_of(answer)


def titles(person):
    return [need.title for need in needs.for_user(person, load(person, JUNE_5), JUNE_5) if "claim:" in need.key]


def test_the_kpi_page_shows_what_was_excluded_and_says_both_figures(client, closed):
    agreement, _asker, _other, reader = closed

    text = page(client, reader, f"{period_of(agreement).get_absolute_url()}")

    assert "EXC-" in text and "2 h left out of the figure" in text
    assert "a part of the day is excluded" in text and "sp-g-hatch" in text
    assert "Without exclusions" in text and "Nobody disputes it." in text


def test_what_was_approved_after_the_close_is_said_to_be_unknown_to_the_result(client, may):
    agreement, asker, other, reader = may
    actions.close_due(now=JUNE_3)
    approved(agreement, asker, other, at=JUNE_5)

    text = page(client, reader, period_of(agreement).get_absolute_url())

    assert "the result does not know it" in text
    assert "sp-g-hatch" not in text


def test_asking_to_exclude_time_from_the_browser(client, may):
    agreement, asker, other, _reader = may
    client.force_login(asker)
    url = reverse("kpis:exclude", args=[agreement.reference])
    data = {
        "category": "maintenance", "kpis": ["K1"], "starts_at": "2026-07-05T02:00", "ends_at": "2026-07-05T04:00",
        "repeats": "WEEKLY", "until": "2026-07-19", "notice_at": "2026-06-01T09:00", "reason": "New database",
    }

    late = client.post(url, data | {"starts_at": "2026-06-02T02:00", "ends_at": "2026-06-02T04:00", "repeats": ""})
    assert late.status_code == 422 and "48 hours before the start" in text_of(late)

    answer = client.post(url, data, follow=True)
    assert "6 h of 6 h count." in text_of(answer)
    assert "600 min" not in text_of(answer) and "10 h allowed" in text_of(answer)
    assert "Approve" not in text_of(answer)  # who asks does not approve
    assert Exclusion.objects.get().rule == "FREQ=WEEKLY;UNTIL=20260719"
    assert "Approve" in page(client, other, Exclusion.objects.get().get_absolute_url())


def test_where_the_terms_exclude_nothing_the_form_says_so(client, may):
    agreement, person = make_bound()

    assert "Nothing can be excluded" in page(client, person, reverse("kpis:exclude", args=[agreement.reference]))


def test_a_lost_race_is_said_and_changes_nothing(client, may):
    agreement, asker, other, _reader = may
    exclusion = propose(agreement, asker)
    actions.refuse_exclusion(exclusion, reason="No", actor=other, at=MAY_20)
    client.force_login(other)

    answer = client.post(exclusion.get_absolute_url(), {"act": "approve"}, follow=True)

    assert "Somebody was faster" in text_of(answer)
    assert Exclusion.objects.get().state == "refused"


def test_a_correction_from_proposal_to_edition_in_the_browser(client, closed):
    agreement, asker, other, reader = closed
    period = period_of(agreement)
    url = reverse("kpis:correct", args=[period.pk])
    assert "What would change" in page(client, asker, url)

    client.post(url, {"reason": "The outage ended at 05:00"})
    correction = Correction.objects.get()
    client.force_login(other)
    client.post(correction.get_absolute_url(), {"act": "approve"})
    assert "silence accepts" in page(client, reader, correction.get_absolute_url())
    answer = client.post(correction.get_absolute_url(), {"act": "accept"}, follow=True)

    assert "Edition 2 is made." in text_of(answer)
    text = page(client, reader, period.get_absolute_url())
    assert "in the edition before, now" in text and correction.number in text


def test_nothing_to_correct_says_what_comes_first(client, may):
    agreement, asker, _other, _reader = may
    actions.close_due(now=JUNE_3)

    assert "Nothing would change" in page(client, asker, reverse("kpis:correct", args=[period_of(agreement).pk]))


def test_disputed_stands_on_every_page_until_it_is_settled(client, closed):
    agreement, _asker, other, reader = closed
    period = period_of(agreement)
    client.force_login(reader)
    client.post(reverse("kpis:open_dispute", args=["figure", period.pk]), {"reason": "It was down longer"})
    dispute = Dispute.objects.get()
    dashboard = reverse("kpis:dashboard", args=[agreement.reference]) + "?month=2026-05"

    assert "Disputed" in page(client, reader, dashboard)
    assert "The client finds something wrong" in page(client, reader, period.get_absolute_url())

    client.force_login(other)
    client.post(dispute.get_absolute_url(), {"act": "answer", "stands": "no", "text": "You are right"})
    client.force_login(reader)
    client.post(dispute.get_absolute_url(), {"act": "settle"})

    assert Dispute.objects.get().state == "settled"
    assert "Disputed" not in page(client, reader, dashboard)
    assert "Correct the result" in page(client, other, dispute.get_absolute_url())


def test_the_list_filters_by_kind_state_and_kpi(client, closed):
    agreement, asker, other, reader = closed
    exclusion = propose(agreement, asker, start=utc("2026-07-05T02:00"))
    actions.refuse_exclusion(exclusion, reason="No", actor=other, at=JUNE_5)
    url = reverse("kpis:claims", args=[agreement.reference])

    assert "EXC-" in page(client, reader, url)
    assert exclusion.number not in page(client, reader, url)
    assert exclusion.number in page(client, reader, f"{url}?view=exclusion&kpi=K1")
    assert "None here" in page(client, reader, f"{url}?view=exclusion&kpi=K2")
    assert "None here" in page(client, reader, f"{url}?view=dispute")


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_for_any_number(client, may, count, django_assert_num_queries):
    agreement, asker, _other, reader = may
    for day in range(count):
        propose(agreement, asker, start=utc(f"2026-07-1{day}T02:00"))
    client.force_login(reader)
    url = reverse("kpis:claims", args=[agreement.reference])
    client.get(url)

    with django_assert_num_queries(10):
        client.get(f"{url}?view=all")


def test_what_waits_for_whom(may):
    agreement, asker, other, reader = may
    exclusion = propose(agreement, asker)
    assert (titles(asker), len(titles(other)), titles(reader)) == ([], 1, [])

    exclusion = actions.approve_exclusion(exclusion, actor=other, at=JUNE_2)
    assert (titles(other), len(titles(reader))) == ([], 1)

    dispute = actions.open_dispute(exclusion, reason="No", actor=reader, at=JUNE_2)
    assert (len(titles(asker)), titles(reader)) == (1, [])

    actions.answer_dispute(dispute, text="It was told", stands=True, actor=asker, at=JUNE_2)
    assert (titles(asker), len(titles(reader))) == ([], 1)


def test_a_correction_waits_until_silence_accepts_it(closed):
    agreement, asker, other, reader = closed
    correction = actions.propose_correction(period_of(agreement), reason="Shorter", actor=asker, at=JUNE_5)
    assert len(titles(other)) == 1
    correction = actions.approve_correction(correction, actor=other, at=JUNE_5)

    (need,) = [each for each in needs.for_user(reader, load(reader, JUNE_5), JUNE_5) if "claim:COR" in each.key]
    assert need.due == correction.accept_by
    assert AuditEntry.objects.filter(verb="correction.approved").exists()
