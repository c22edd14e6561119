"""The list of agreements as a browser sees it: filters, order, pages, and what it costs with ten thousand."""

from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models.signals import post_init
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role
from agreements import terms
from agreements.models import Agreement, Version
from tests.agreements.rounds import make_parties
from tests.factories import (
    MAY,
    NOON,
    make_agreement,
    make_member,
    make_organisation,
    make_signed,
    make_terms,
    make_version,
)

pytestmark = pytest.mark.django_db
MANY = 10_000
# Two for the session and its person, two for the grants, two for the shell; then the saved views, the counts of all
# views, the values of the filters, the page, its versions.
QUERIES = 10


@pytest.fixture
def who():
    return make_parties()


def get(client, person, query=""):
    client.force_login(person)
    return client.get(reverse("agreements:index") + query)


def titles(response):
    return [row.agreement.title for row in response.context["rows"]]


def listed(client, person, query=""):
    return titles(get(client, person, query))


def signed(who, title, **term):
    agreement = make_agreement(who.provider, who.client, who.manager, title=title, state="active")
    document = make_terms()
    for name, value in term.items():
        setattr(document.term, name, value)
    make_version(agreement, state="executed", terms=document, effective_from=NOON - timedelta(days=30))
    return agreement


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_database_as_often_for_three_rows_as_for_one(client, who, django_assert_num_queries, count):
    for _each in range(count):
        make_signed(provider=who.provider, client=who.client, owner=who.manager)
    client.force_login(who.manager)
    with django_assert_num_queries(QUERIES + (connection.vendor == "postgresql")):  # its clock is asked
        response = client.get(reverse("agreements:index"))
    assert len(titles(response)) == count


def test_the_list_filters_by_address(client, who):
    make_signed(provider=who.provider, client=who.client, owner=who.manager, title="Courses")
    ola = make_agreement(who.provider, who.client, who.director, title="Mail", kind="ola")
    make_version(ola, state="ready")
    assert listed(client, who.manager) == ["Mail", "Courses"]
    for query, found in [
        ("q=mail", ["Mail"]),
        ("q=mail+courses", []),
        (f"q={who.client.name.upper()}", ["Mail", "Courses"]),
        ("state=in_force", ["Courses"]),
        ("state=being_agreed", ["Mail"]),
        ("kind=ola", ["Mail"]),
        ("role=owner", ["Courses"]),
        (f"owner={who.director.pk}", ["Mail"]),
        (f"client={who.client.pk}&state=in_force", ["Courses"]),
        (f"provider={who.client.pk}", []),
    ]:
        assert listed(client, who.manager, f"?{query}") == found, query
    assert listed(client, who.head, "?role=client") == ["Mail", "Courses"]
    assert listed(client, who.head, "?role=provider") == []


@pytest.mark.parametrize(
    "query", ["state=nonsense&role=%00", "ends=" + "9" * 5000, "owner=-1", "client=1e3", "sort=password", "page=-1"]
)
def test_what_is_not_understood_is_left_out_and_said(client, who, query):
    make_signed(provider=who.provider, client=who.client, owner=who.manager, title="Courses")
    response = get(client, who.manager, f"?{query}")
    assert titles(response) == ["Courses"]
    assert ("not understood" in response.content.decode()) == (not query.startswith("page"))


def test_an_agreement_in_force_is_found_by_the_state_of_its_change(client, who):
    agreement, _version = make_signed(provider=who.provider, client=who.client, owner=who.manager, title="Courses")
    make_version(agreement, minor=1, state="in_review")
    assert listed(client, who.manager, "?state=in_review") == ["Courses"]
    assert listed(client, who.manager, "?state=in_force") == ["Courses"]


def test_what_ends_soon_is_what_nobody_renews(client, who):
    # The pages run by the machine's clock, so the ends are far apart from any day they may run on.
    signed(who, "Past", ends_on="2020-01-01", renewal="none")
    signed(who, "Renews", ends_on="2027-04-30", renewal="automatic")
    signed(who, "Far", ends_on="2199-12-31", renewal="none")
    signed(who, "Open", ends_on=None)
    assert listed(client, who.manager, "?ends=3660&sort=title") == []
    assert listed(client, who.manager, "?sort=end") == ["Past", "Far", "Open", "Renews"]
    assert listed(client, who.manager, "?sort=-end") == ["Far", "Past", "Open", "Renews"]
    assert listed(client, who.manager, "?state=ended") == ["Past"]


def test_reviews_that_are_due_are_listed_by_what_reviews_wrote_down(client, who):
    day = timedelta(days=1)
    now = datetime.now(UTC)
    for title, at in [("Over", now - day), ("Soon", now + 13 * day), ("Later", now + 15 * day), ("None", None)]:
        make_signed(
            provider=who.provider, client=who.client, owner=who.manager, title=title, review_due_at=at
        )
    make_agreement(who.provider, who.client, who.manager, title="Ended", state="ended", review_due_at=now)
    assert sorted(listed(client, who.manager, "?review=due")) == ["Over", "Soon"]
    assert listed(client, who.manager, "?review=overdue") == ["Over"]
    assert "not understood" in get(client, who.manager, "?review=never").content.decode()


@pytest.mark.parametrize("column", ["title", "provider", "client", "state", "end", "owner", "changed"])
def test_each_column_sorts_both_ways(client, who, column):
    other = make_organisation(name="Zett")
    anna = make_member(who.provider, Role.MANAGER, name="Anna")
    make_signed(provider=who.provider, client=who.client, owner=who.manager, title="B", changed_at=MAY)
    make_version(make_agreement(who.provider, other, anna, title="A", changed_at=NOON))
    up, down = (listed(client, who.manager, f"?sort={way}{column}") for way in ("", "-"))
    assert sorted(up) == sorted(down) == ["A", "B"]
    first = {"title": "A", "client": "B", "state": "A", "owner": "A", "changed": "B"}.get(column)
    if first:
        assert (up[0], down[1]) == (first, first)
    if column != "changed":  # its reverse is the usual order, which needs no words in the address
        page = get(client, who.manager, f"?sort={column}").content.decode()
        assert 'aria-sort="ascending"' in page and f"?sort=-{column}" in page


def test_a_filter_in_use_is_a_chip_with_its_way_out(client, who):
    make_signed(provider=who.provider, client=who.client, owner=who.manager)
    chips = get(client, who.manager, f"?state=in_force&client={who.client.pk}").context["chips"]
    assert [(chip["label"], chip["value"]) for chip in chips] == [("State", "In force"), ("Client", who.client.name)]
    assert chips[0]["remove"] == reverse("agreements:index") + f"?client={who.client.pk}"


def test_a_party_one_does_not_see_is_not_named(client, who):
    make_signed(provider=who.provider, client=who.client, owner=who.manager)
    hidden = make_organisation(name="Hidden works")
    assert "Hidden works" not in get(client, who.manager, f"?client={hidden.pk}").content.decode()


def test_empty_lists_say_what_to_do(client, who):
    assert "Draft the first from a template" in get(client, who.manager).content.decode()
    assert "as soon as they are shared" in get(client, who.head).content.decode()
    make_signed(provider=who.provider, client=who.client, owner=who.manager)
    assert "No agreement matches" in get(client, who.manager, "?q=zzz").content.decode()


def test_with_script_the_address_is_the_clean_one(client, who):
    make_signed(provider=who.provider, client=who.client, owner=who.manager)
    client.force_login(who.manager)
    answer = client.get(reverse("agreements:index") + "?q=&state=in_force&ends=", headers={"HX-Request": "true"})
    assert answer["HX-Push-Url"] == reverse("agreements:index") + "?state=in_force"


def make_many(who):
    agreements = Agreement.objects.bulk_create(
        Agreement(
            reference=f"M-{n}", title=f"Agreement {n}", provider=who.provider, client=who.client,
            owner=who.manager, state="active", created_at=NOON, changed_at=NOON,
        )
        for n in range(MANY)
    )  # fmt: skip
    document = terms.dump(make_terms(clauses=[], calendars=[], kpis=[], priorities=[]))
    Version.objects.bulk_create(
        Version(
            agreement=each, state="executed", terms=document, terms_sha256="0" * 64, effective_from=MAY,
            created_by=who.manager, created_at=MAY,
        )
        for each in agreements
    )  # fmt: skip


@contextmanager
def made_of(*models):
    """How many instances of each model are made meanwhile: what is loaded of the tables."""
    made = Counter()

    def note(sender, **_):
        made[sender._meta.model_name] += 1

    for model in models:
        post_init.connect(note, sender=model)
    try:
        yield made
    finally:
        for model in models:
            post_init.disconnect(note, sender=model)


def test_ten_thousand_agreements_cost_no_more_than_a_page(client, who):
    """At most 12 queries (the goal), and none of them brings more rows than a page has."""
    make_many(who)
    client.force_login(who.manager)
    with CaptureQueriesContext(connection) as queries, made_of(Agreement, Version) as made:
        response = client.get(reverse("agreements:index"), {"sort": "-end", "q": "agreement", "page": "200"})
    assert response.context["page"].paginator.count == MANY
    assert len(titles(response)) == 25
    assert len(queries) <= 12
    assert made == {"agreement": 25, "version": 25}
