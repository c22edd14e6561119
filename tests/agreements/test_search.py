"""Full-text search: what is found, by whom, in which order, and how it is shown."""

import pytest

from agreements import grants, search
from agreements import terms as t
from agreements.models import Agreement, Passage, Version
from tests.agreements.rounds import make_parties
from tests.factories import NOON, make_agreement, make_signed, make_terms, make_version


@pytest.fixture
def who(db):
    return make_parties()


def worded(agreement, *clauses, **kwargs):
    made = [t.Clause(f"c{number}", "A clause", text) for number, text in enumerate(clauses, 1)]
    return make_version(agreement, terms=make_terms(clauses=made), **kwargs)


def found(person, query):
    seen = Agreement.objects.visible_to(person, NOON)
    return list(search.matching(search.readable(seen, grants.load(person, NOON)), query))


def anchors(person, query):
    return [passage.anchor for passage in found(person, query)]


@pytest.fixture
def agreement(who):
    agreement = make_agreement(who.provider, who.client, who.manager, state="active")
    texts = ["Liability is limited to the fee of a year.", "The Café opens for the Größe of it."]
    worded(agreement, *texts, state="executed")
    search.refresh()
    return agreement


@pytest.mark.parametrize(
    "query, hits",
    [
        ("liability", ["clause-c1"]),
        ("LIABIL", ["clause-c1"]),
        ("fee liability", ["clause-c1"]),
        ("liability café", []),
        ("cafe", ["clause-c2"]),
        ("grosse", ["clause-c2"]),
        ("Größe", ["clause-c2"]),
        ("iability", []),
        ("", []),
        ("!!! & |", []),
        ('"fee" OR nothing', []),
        ("fee:* & !year", ["clause-c1"]),
        ("liability') -- ", ["clause-c1"]),
        ("NEAR(fee, year)", []),
        ("liability\\", ["clause-c1"]),
    ],
)
def test_words_are_found_by_their_beginning_and_nothing_is_an_operator(who, agreement, query, hits):
    assert anchors(who.head, query) == hits


def test_kpis_parties_and_the_number_are_found(who, agreement):
    for query in ("Availability 99.5", "Fennmarket", agreement.reference):
        assert {hit.version.agreement for hit in found(who.head, query)} == {agreement}, query


def test_the_denser_text_comes_first(who):
    agreement = make_agreement(who.provider, who.client, who.manager, state="active")
    texts = ["Backup is named once among many other words of this long clause.", "Backup, backup."]
    worded(agreement, *texts, state="executed")
    search.refresh()
    assert anchors(who.head, "backup") == ["clause-c2", "clause-c1"]


def test_a_draft_is_found_by_the_provider_alone(who):
    agreement = make_agreement(who.provider, who.client, who.manager)
    version = worded(agreement, "The zeppelin lands daily.")
    search.refresh()
    assert anchors(who.manager, "zeppelin") == ["clause-c1"]
    assert anchors(who.head, "zeppelin") == []
    Version.objects.filter(pk=version.pk).update(state="in_review")
    assert anchors(who.head, "zeppelin") == ["clause-c1"]


def test_a_stranger_finds_nothing(who, agreement):
    assert found(make_parties().manager, "liability") == []


def test_a_changed_draft_is_found_by_its_new_words_alone(who):
    version = worded(make_agreement(who.provider, who.client, who.manager), "Old zeppelin.")
    search.refresh()
    version.terms["clauses"][0]["body"] = "New airship."
    version.revision += 1
    version.save(update_fields=["terms", "revision"])
    assert search.refresh() == 1
    assert search.refresh() == 0
    assert (anchors(who.manager, "zeppelin"), anchors(who.manager, "airship")) == ([], ["clause-c1"])


def test_a_rebuild_makes_the_same_rows(who, agreement):
    def rows():
        return list(Passage.objects.order_by("pk").values_list("version", "anchor", "title", "text", "folded"))

    make_signed()
    search.refresh()
    before, hits = rows(), anchors(who.head, "liability")
    assert search.rebuild() == 2
    assert (rows(), anchors(who.head, "liability")) == (before, hits)


@pytest.mark.parametrize(
    "text, query, shown",
    [
        ("The café is open", "cafe", "The <mark>café</mark> is open"),
        ("<b>fee</b>", "fee", "&lt;b&gt;<mark>fee</mark>&lt;/b&gt;"),
        ("nothing", "fee", "nothing"),
        ("fees and fee", "fee", "<mark>fees</mark> and <mark>fee</mark>"),
    ],
)
def test_a_snippet_marks_words_and_escapes_the_rest(text, query, shown):
    assert search.snippet(text, query) == shown


def test_a_long_text_is_cut_around_its_first_hit():
    shown = search.snippet("before " * 100 + "hit" + " after" * 100, "hit")
    assert shown.startswith("…") and shown.endswith("…")
    assert "<mark>hit</mark>" in shown and len(shown) < 350
