"""Terms on a date: the days around each edge, in the agreement's own zone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from agreements import holding, lives
from agreements.models import Agreement
from records import audit
from tests.agreements.rounds import make_parties
from tests.factories import NOON, make_agreement, make_terms, make_version

pytestmark = pytest.mark.django_db
MIDNIGHT = datetime(2026, 5, 31, 22, tzinfo=UTC)  # 1 June 2026 in Berlin


@pytest.fixture
def who():
    who = make_parties()
    terms = make_terms()
    terms.agreement.timezone = "Europe/Berlin"
    terms.term.ends_on, terms.term.renewal = "2026-12-31", "none"
    who.agreement = make_agreement(who.provider, who.client, who.manager, state="active")
    start = datetime(2026, 4, 30, 22, tzinfo=UTC)
    who.first = make_version(who.agreement, terms=terms, state="executed", effective_from=start, effective_to=MIDNIGHT)
    who.second = make_version(who.agreement, terms=terms, state="executed", minor=1, effective_from=MIDNIGHT)
    return who


def asked(who, day):
    loaded = lives.with_lives(Agreement.objects.filter(pk=who.agreement.pk)).get()
    return holding.on_day(loaded, day, NOON)


@pytest.mark.parametrize(
    "day, word, labels",
    [
        (date(2026, 4, 30), "before", []),
        (date(2026, 5, 1), "held", ["v1.0"]),
        (date(2026, 5, 31), "held", ["v1.0"]),
        (date(2026, 6, 1), "held", ["v1.1"]),
        (date(2026, 12, 31), "held", ["v1.1"]),
        (date(2027, 1, 1), "after", []),
    ],
)
def test_a_day_has_the_terms_of_its_zone(who, day, word, labels):
    found = asked(who, day)
    assert (found.word, [each.version.label for each in found.held]) == (word, labels)


def test_a_day_on_which_one_version_takes_over_has_both(who):
    third = make_version(who.agreement, state="ready", minor=2, effective_from=None)
    noon = MIDNIGHT + timedelta(hours=12)
    type(third).objects.filter(pk=who.second.pk).update(effective_to=noon)
    terms = make_terms()
    terms.agreement.timezone = "Europe/Berlin"
    type(third).objects.filter(pk=third.pk).update(state="executed", effective_from=noon, terms_sha256="0" * 64)
    found = asked(who, date(2026, 6, 1))
    assert [(each.version.label, each.start, each.end) for each in found.held] == [
        ("v1.1", MIDNIGHT, noon), ("v1.2", noon, None),
    ]  # fmt: skip


def test_what_was_never_signed_held_on_no_day(who):
    make_version(agreement := make_agreement(who.provider, who.client, who.manager))
    found = holding.on_day(lives.with_lives(Agreement.objects.filter(pk=agreement.pk)).get(), date(2026, 6, 1), NOON)
    assert (found.word, found.held) == ("never", [])


def test_the_page_shows_text_and_proof(client, who):
    entry = audit.record(
        "version.executed", who.second, actor=None, at=NOON, scope=who.agreement.reference, version="v1.1"
    )
    audit.link()
    client.force_login(who.head)
    url = reverse("agreements:on", args=[who.agreement.reference, "2026-06-01"])
    page = client.get(url).content.decode()
    assert entry.link.hash in page and who.second.terms_sha256 in page and "v1.1" in page
    assert "Courses and assignments" in page or "Purpose" in page
    answer = client.get(url, {"as": "json"}).json()
    assert [each["version"] for each in answer["held"]] == ["v1.1"]
    assert answer["held"][0]["terms"] == who.second.terms
    assert answer["held"][0]["chain_hash"] == entry.link.hash


@pytest.mark.parametrize("day, words", [("2026-01-01", "did not hold yet"), ("2028-01-01", "was over")])
def test_a_day_outside_says_so(client, who, day, words):
    client.force_login(who.head)
    page = client.get(reverse("agreements:on", args=[who.agreement.reference, day]))
    assert words in page.content.decode()


@pytest.mark.parametrize("day", ["2026-02-30", "nonsense", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_is_not_found(client, who, day):
    client.force_login(who.head)
    assert client.get(reverse("agreements:on", args=[who.agreement.reference, day])).status_code == 404
    answer = client.get(reverse("agreements:choose_day", args=[who.agreement.reference]), {"on": day})
    assert answer.status_code == 422


def test_the_form_leads_to_the_day(client, who):
    client.force_login(who.head)
    answer = client.get(reverse("agreements:choose_day", args=[who.agreement.reference]), {"on": "2026-06-01"})
    assert answer.url == reverse("agreements:on", args=[who.agreement.reference, "2026-06-01"])
