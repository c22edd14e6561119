"""Saved views, the CSV of the list, a new owner."""

import csv
from datetime import datetime

import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import Role
from agreements import actions, exporting
from agreements.models import Agreement, SavedView
from agreements.signing import Refused
from records.models import AuditEntry
from tests.agreements.rounds import make_parties
from tests.factories import MAY, NOON, join, make_agreement, make_member, make_signed, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def who():
    who = make_parties()
    who.agreement, _version = make_signed(provider=who.provider, client=who.client, owner=who.manager, title="Courses")
    make_version(make_agreement(who.provider, who.client, who.director, title="=Mail"), state="ready")
    return who


def get(client, person, name, query="", **data):
    client.force_login(person)
    return client.get(reverse(f"agreements:{name}") + query, data)


def views(client, person):
    return {view["name"]: view["count"] for view in get(client, person, "index").context["views"]}


def saved(who, **kwargs):
    fields = {"name": "Theirs", "query": "state=in_force", "organisation": None, "actor": who.manager, "at": NOON}
    return actions.save_view(**fields | kwargs)


def test_a_view_keeps_the_filters_of_the_address(client, who):
    client.force_login(who.manager)
    answer = client.post(reverse("agreements:save_view") + "?state=in_force&sort=-end&x=1", {"name": "Running"})
    assert answer.url == reverse("agreements:index") + "?state=in_force&sort=-end"
    assert views(client, who.manager)["Running"] == 1
    page = client.get(answer.url).context
    assert [view["name"] for view in page["views"] if view["current"]] == ["Running"]
    assert page["own_view"].name == "Running"


def test_a_view_is_ones_own_until_it_is_shared(client, who):
    view = saved(who)
    assert "Theirs" in views(client, who.manager)
    assert "Theirs" not in views(client, who.director)
    actions.change_view(view, name="Ours", organisation=who.provider, actor=who.manager, at=NOON)
    assert views(client, who.director)["Ours"] == 1
    assert "Ours" not in views(client, who.head)


def test_a_shared_view_shows_each_what_they_may_see(client, who):
    saved(who, organisation=who.client, query="")
    join(who.manager, who.client, Role.CLIENT)
    make_agreement(who.provider, who.client, who.manager, shared_at=None)
    assert views(client, who.manager)["Theirs"] == 3
    assert views(client, who.head)["Theirs"] == 2


def test_saved_views_cost_one_query(client, who, django_assert_num_queries):
    for number in range(5):
        saved(who, name=f"View {number}")
    client.force_login(who.manager)
    with django_assert_num_queries(10 + (connection.vendor == "postgresql")):
        client.get(reverse("agreements:index"))


def test_two_views_of_a_name_are_refused_at_the_field(client, who):
    saved(who)
    client.force_login(who.manager)
    answer = client.post(reverse("agreements:save_view"), {"name": "Theirs"})
    assert answer.status_code == 422
    assert answer.context["form"].errors["name"] == ["You have a view of this name already."]


def test_nobody_keeps_more_views_than_fit(who):
    for number in range(20):
        saved(who, name=f"View {number}")
    with pytest.raises(Refused):
        saved(who, name="One more")


def test_a_deleted_view_is_gone(client, who):
    view = saved(who)
    client.force_login(who.manager)
    client.post(reverse("agreements:delete_view", args=[view.pk]))
    assert not SavedView.objects.exists()


# CSV


def exported(client, person, query=""):
    answer = get(client, person, "export", query)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(text.splitlines()))


def test_the_file_says_where_it_is_from_and_holds_the_same_rows(client, who):
    rows = exported(client, who.manager, "?state=in_force")
    assert [row[0] for row in rows[:4]] == ["# Source", "# Filter", "# As of", "# Time zone"]
    assert rows[0][1].endswith("/agreements/?state=in_force")
    assert rows[1][1] == "State: In force"
    assert datetime.fromisoformat(rows[2][1]).utcoffset() is not None
    assert rows[4] == exporting.COLUMNS
    assert [row[:2] for row in rows[5:]] == [[who.agreement.reference, "Courses"]]
    changed = dict(zip(rows[4], rows[5], strict=True))
    assert (changed["state"], changed["version"], changed["effective_from"]) == ("in_force", "v1.0", MAY.isoformat())


def test_no_cell_is_a_formula(client, who):
    assert "'=Mail" in [row[1] for row in exported(client, who.manager)]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_begins_like_a_formula_is_text(cell):
    assert exporting.safe(cell) == f"'{cell}"


def test_chosen_rows_alone_are_exported(client, who):
    other = Agreement.objects.exclude(pk=who.agreement.pk).get().reference
    assert [row[0] for row in exported(client, who.manager, f"?ref={other}")[5:]] == [other]
    stranger = make_parties().manager
    assert exported(client, stranger, f"?ref={other}")[5:] == []


def test_an_export_is_recorded(client, who):
    exported(client, who.manager, "?state=in_force")
    entry = AuditEntry.objects.latest("pk")
    assert (entry.verb, entry.actor, entry.data) == (
        "list.exported", who.manager, {"count": 1, "query": "state=in_force"},
    )  # fmt: skip


def test_the_file_is_made_in_chunks(who, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(exporting, "CHUNK", 1)
    every = Agreement.objects.order_by("pk")
    with django_assert_num_queries(3):  # the agreements, and the versions of each chunk
        list(exporting.lines(every, source="", filters="", at=NOON, zone="UTC"))


# A new owner


def test_an_agreement_is_given_to_another_manager(client, who):
    other = make_member(who.provider, Role.MANAGER, name="Owen Tate")
    client.force_login(who.manager)
    data = {"ref": [who.agreement.reference], "owner": other.pk}
    assert client.post(reverse("agreements:hand_over"), data).status_code == 302
    who.agreement.refresh_from_db()
    assert who.agreement.owner == other
    assert AuditEntry.objects.filter(verb="agreement.handed_over", actor=who.manager).exists()


def test_nobody_owns_who_is_no_manager_of_the_provider(client, who):
    with pytest.raises(Refused):
        actions.change_owner(who.agreement, owner=who.head, actor=who.manager, at=NOON)
    client.force_login(who.manager)
    data = {"ref": [who.agreement.reference], "owner": who.head.pk}
    assert client.post(reverse("agreements:hand_over"), data).status_code == 422
