"""The service catalogue: what covers a service, what it depends on, which rows a filter shows."""

import csv

import pytest
from django.db import connection
from django.http import QueryDict
from django_fsm import TransitionNotAllowed

from agreements import actions, catalogue
from agreements import terms as t
from agreements.coverage import Cover
from agreements.models import Agreement, Service
from agreements.signing import Refused
from tests.agreements.drafts import drafted, make_house
from tests.factories import MAY, NOON, make_agreement, make_organisation, make_terms, make_version
from tests.race import race

pytestmark = pytest.mark.django_db


def make_service(who, key, **kwargs):
    fields = {"organisation": who.provider, "name": key.title(), "owner": who.manager} | kwargs
    return Service.objects.create(key=key, **fields)


def depend(who, service, *on):
    return actions.set_dependencies(service, on=on, actor=who.manager, at=NOON)


def word_of(who, key="canvas"):
    return {row.service.key: row.word for row in catalogue.rows([who.provider.pk], NOON)}[key]


def promised(who, *, kind="sla", **kwargs):
    sides = (who.client, who.provider) if kind == "uc" else (who.provider, who.client)
    agreement = make_agreement(*sides, who.manager, state=Agreement.State.ACTIVE, kind=kind)
    terms = make_terms(term=t.Term(**({"effective_from": "2026-05-01"} | kwargs.pop("term", {}))))
    return make_version(agreement, **({"state": "executed", "terms": terms, "effective_from": MAY} | kwargs))


def shown(who, query):
    filters = catalogue.Filters.read(QueryDict(query))
    return [row.service.key for row in catalogue.rows([who.provider.pk], NOON) if filters.match(row)]


def test_a_service_lacks_an_sla_until_one_is_signed():
    who = make_house()
    assert word_of(who) == "lacking"
    drafted(who)
    assert word_of(who) == "prepared"
    promised(who)
    assert word_of(who) == "covered"


@pytest.mark.parametrize(
    ("kwargs", "word"),
    [
        ({"effective_from": NOON.replace(month=7)}, "covered"),
        ({"effective_to": NOON}, "lacking"),
        ({"term": {"ends_on": "2026-05-05"}}, "lacking"),
        ({"term": {"ends_on": "2026-05-06"}}, "covered"),
        ({"kind": "ola"}, "lacking"),
        ({"kind": "uc"}, "covered"),
    ],
)
def test_what_counts_as_covered(kwargs, word):
    who = make_house()
    promised(who, **kwargs)
    assert word_of(who) == word


def test_the_signed_terms_decide_and_not_a_draft_of_an_amendment():
    """Saving a draft moves the agreement's services; what is in force keeps its own."""
    who = make_house()
    version = promised(who)
    version.agreement.services.clear()
    assert word_of(who) == "covered"


def test_a_service_that_needs_none_says_so_and_a_retired_one_too():
    who = make_house()
    make_service(who, "lunch", needs_sla=False, reason="Nobody waits for it")
    actions.retire_service(who.service, reason="Replaced", actor=who.manager, at=NOON)
    assert (word_of(who, "lunch"), word_of(who)) == ("not_needed", "retired")


def test_a_filter_keeps_what_it_says():
    who = make_house()
    make_service(who, "mail", criticality="high", description="Letters")
    make_service(who, "lunch", needs_sla=False, reason="Nobody waits for it")
    actions.retire_service(make_service(who, "fax"), reason="Gone", actor=who.manager, at=NOON)
    assert shown(who, "") == ["canvas", "lunch", "mail"]
    assert shown(who, "view=lacking") == ["canvas", "mail"]
    assert shown(who, "view=not_needed") == ["lunch"]
    assert shown(who, "view=retired") == ["fax"]
    assert shown(who, "criticality=high") == ["mail"]
    assert shown(who, "q=LETTERS") == ["mail"]
    assert shown(who, "view=nonsense&criticality=nonsense") == ["canvas", "lunch", "mail"]


def test_dependencies_are_shown_both_ways(client):
    who = make_house()
    mail = make_service(who, "mail")
    depend(who, who.service, mail)
    client.force_login(who.manager)
    here, there = f"/services/{who.service.pk}/", f"/services/{mail.pk}/"
    assert f'href="{there}"' in client.get(here).content.decode()
    assert f'href="{here}"' in client.get(there).content.decode()


def test_a_supplier_does_not_see_what_its_clients_build_on_it(client):
    who, other = make_house(), make_house()
    depend(who, who.service, other.service)
    client.force_login(other.manager)
    page = client.get(f"/services/{other.service.pk}/").content.decode()
    assert "No other service." in page


def test_a_circle_is_refused_with_its_way_named():
    who = make_house()
    mail, net = make_service(who, "mail"), make_service(who, "net")
    depend(who, who.service, mail)
    depend(who, mail, net)
    with pytest.raises(Refused) as refused:
        depend(who, net, who.service)
    assert (refused.value.place, str(refused.value)) == (
        "depends_on",
        "A service cannot depend on itself: Net → Learning platform → Mail → Net.",
    )
    with pytest.raises(Refused, match="Net → Net"):
        depend(who, net, net)
    assert not net.depends_on.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_halves_of_a_circle_drawn_at_once_never_close_it():
    who = make_house()
    pair = [(who.service, make_service(who, "mail"))]
    pair.append(pair[0][::-1])

    def draw():
        one, other = pair.pop()
        return depend(who, one, other)

    answers = race(draw, runners=2)
    assert sorted(type(each).__name__ for each in answers) == ["Refused", "Service"]


def test_what_a_supplier_provides_can_be_depended_on():
    who, supplier = make_house(), make_house()
    contract = make_agreement(supplier.provider, who.provider, supplier.manager, kind="ola")
    assert set(catalogue.usable([who.provider])) == {who.service, supplier.service}
    Agreement.objects.filter(pk=contract.pk).update(shared_at=None)
    assert set(catalogue.usable([who.provider])) == {who.service}


def test_a_retired_service_begins_nothing_new_and_can_be_taken_up_again():
    who = make_house()
    with pytest.raises(Refused, match="why"):
        actions.retire_service(who.service, reason=" ", actor=who.manager, at=NOON)
    retired = actions.retire_service(who.service, reason="Replaced", actor=who.manager, at=NOON)
    with pytest.raises(TransitionNotAllowed):
        actions.retire_service(who.service, reason="Again", actor=who.manager, at=NOON)
    who.service = retired
    with pytest.raises(Refused) as refused:
        drafted(who)
    assert refused.value.place == "services"
    who.service = actions.restore_service(retired, actor=who.manager, at=NOON)
    with pytest.raises(TransitionNotAllowed):
        actions.restore_service(who.service, actor=who.manager, at=NOON)
    assert drafted(who).version


def test_the_csv_holds_what_the_screen_shows_and_no_formula(client):
    who = make_house()
    make_service(who, "sums", name="=1+1", criticality="low")
    client.force_login(who.manager)
    lines = list(csv.reader(client.get("/services/services.csv?criticality=low").content.decode().splitlines()))
    assert lines[1] == ["# criticality=low"]
    assert [line[:2] for line in lines[3:]] == [["key", "name"], ["sums", "'=1+1"]]


@pytest.mark.parametrize("count", [1, 3])
def test_the_catalogue_takes_as_many_queries_for_three_services_as_for_one(client, count, django_assert_num_queries):
    who = make_house()
    for number in range(count - 1):
        depend(who, make_service(who, f"more-{number}"), who.service)
    for _ in range(count):
        promised(who)
    client.force_login(who.manager)
    client.get("/services/")
    # PostgreSQL is asked for its clock.
    with django_assert_num_queries(10 + (connection.vendor == "postgresql")):
        client.get("/services/")


def test_a_strangers_service_is_nobodys_dependency(client):
    who = make_house()
    foreign = Service.objects.create(
        organisation=make_organisation(), key="x", name="Secret service", owner=who.manager
    )
    client.force_login(who.manager)
    data = {"name": "L", "criticality": "low", "owner": who.manager.pk, "needs_sla": "on", "depends_on": [foreign.pk]}
    answer = client.post(f"/services/{who.service.pk}/change/", data)
    assert answer.status_code == 422 and not who.service.depends_on.exists()


def test_a_change_of_what_holds_is_not_listed_as_prepared_anew():
    row = catalogue.Row(None, Cover(("SLA-1",), ("SLA-1", "SLA-2")))
    assert row.preparing == ["SLA-2"]
