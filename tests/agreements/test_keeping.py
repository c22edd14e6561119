"""Which party keeps an agreement of each kind: the client's managers keep a contract with a supplier, nobody else."""

import pytest
from django.urls import reverse

from accounts.models import Organisation, Role
from accounts.rules import Grants
from agreements import actions, catalogue, checks, ending_rules, grants, keeping, lint, needs, rules, search
from agreements import signing_rules as signing
from agreements.models import Agreement, Comment, Version
from agreements.signing import Refused
from agreements.standard import standard_ola, standard_uc
from incidents import rules as incident_rules
from incidents.models import Breach
from reports import rules as report_rules
from reports.models import Report
from reviews import rules as review_rules
from tests.agreements.drafts import drafted, make_house, make_template
from tests.agreements.suppliers import make_supplier
from tests.factories import NOON, make_member, make_organisation, make_terms

PROVIDER, CLIENT, OTHER = 1, 2, 3


def managers(organisation):
    return Grants(organisation, frozenset({(organisation, Role.MANAGER)}))


def of_kind(kind):
    return Agreement(pk=9, kind=kind, provider_id=PROVIDER, client_id=CLIENT)


def in_version(predicate):
    return lambda grants, agreement: predicate(grants, Version(agreement=agreement, state="draft"))


def in_breach(predicate, *args):
    return lambda grants, agreement: predicate(grants, Breach(agreement=agreement), *args)


KEEPERS_ALONE = {
    "edit": in_version(rules.can_edit),
    "read a draft": in_version(rules.can_read_draft),
    "read it unshared": in_version(signing.can_read),
    "send, remind, withdraw": signing.can_manage,
    "settle": lambda grants, agreement: rules.can_settle(grants, Comment(version=Version(agreement=agreement))),
    "renew": ending_rules.decides,
    "plan reviews": review_rules.can_manage,
    "issue reports again": lambda grants, agreement: report_rules.can_issue(grants, Report(agreement=agreement)),
}


def test_every_kind_has_a_keeper():
    assert set(keeping.KEEPERS) == set(Agreement.Kind.values)
    assert set(keeping.KEEPERS.values()) == {"provider", "client"}


@pytest.mark.parametrize("may", KEEPERS_ALONE.values(), ids=KEEPERS_ALONE)
@pytest.mark.parametrize(("kind", "keeper", "other"), [
    ("sla", PROVIDER, CLIENT), ("ola", PROVIDER, CLIENT), ("uc", CLIENT, PROVIDER),
])  # fmt: skip
def test_the_managers_of_one_party_keep_it(may, kind, keeper, other):
    answers = [bool(may(managers(each), of_kind(kind))) for each in (keeper, other, OTHER)]
    assert answers == [True, False, False]


def test_each_side_places_its_own_people_and_the_keeper_all():
    def places(kind, organisation):
        return [party for party in ("provider", "client", "nobody")
                if signing.can_place_people(managers(organisation), of_kind(kind), party)]  # fmt: skip

    assert places("sla", CLIENT) == ["client"] and places("uc", PROVIDER) == ["provider"]
    assert places("sla", PROVIDER) == places("uc", CLIENT) == ["provider", "client", "nobody"]


def test_minutes_are_approved_by_each_side_whoever_keeps_it():
    assert [review_rules.party_of(managers(each), of_kind("uc")) for each in (PROVIDER, CLIENT, OTHER)] == [
        "provider", "client", None,
    ]  # fmt: skip


def test_who_writes_the_outcome_of_a_suppliers_breach_never_closes_it():
    buyer = Grants(7, frozenset({(CLIENT, Role.MANAGER), (CLIENT, Role.CLIENT)}))
    breach = Breach(agreement=of_kind("uc"), outcome_by_id=7, outcome_at=NOON - 2 * incident_rules.SILENCE)
    assert incident_rules.can_document(buyer, breach) and not incident_rules.can_close(buyer, breach, NOON)
    breach.outcome_by_id = 8
    assert incident_rules.can_close(buyer, breach, NOON)
    assert not incident_rules.can_document(managers(CLIENT), Breach(agreement=of_kind("sla")))


@pytest.fixture
def bought(db):
    """A house that buys from a supplier, each with a manager."""
    who = make_house()
    who.supplier = make_organisation(name="Instructure", added_by=who.provider)
    who.seller = make_member(who.supplier, Role.MANAGER)
    return who


def start(who, client, **changes):
    client.force_login(who.manager)
    data = {
        "title": "Hosting", "keeper": who.provider.pk, "partner": who.supplier.pk, "services": [who.service.pk],
        "template": make_template(standard_uc()).pk,
    } | changes  # fmt: skip
    return client.post(reverse("agreements:new"), data)


def status(client, person, name, *args):
    client.force_login(person)
    return client.get(reverse(f"agreements:{name}", args=args)).status_code


def test_the_buyer_starts_a_contract_with_its_supplier(client, bought):
    assert start(bought, client).status_code == 302
    version = Version.objects.get()
    agreement, terms = version.agreement, version.read_terms()

    assert (agreement.kind, agreement.provider, agreement.client) == ("uc", bought.supplier, bought.provider)
    assert (agreement.owner, agreement.keeper) == (bought.manager, bought.provider)
    assert [each.name for each in terms.parties.client.representatives] == ["Ines Sommer"]
    assert terms.parties.provider.representatives == []
    assert [each.key for each in terms.services] == ["canvas"] and list(agreement.services.all()) == [bought.service]
    assert status(client, bought.manager, "edit", agreement.reference, "v1.0", "parties") == 200
    assert status(client, bought.seller, "detail", agreement.reference) == 404

    Agreement.objects.update(shared_at=NOON)
    assert status(client, bought.seller, "detail", agreement.reference) == 200
    assert status(client, bought.seller, "edit", agreement.reference, "v1.0", "parties") == 403


def test_a_supplier_one_buys_from_is_offered_again(bought):
    drafted(bought, kind="uc", provider=bought.supplier, client=bought.provider)
    Organisation.objects.update(added_by=None)
    assert bought.supplier in catalogue.partners({bought.provider.pk})
    assert bought.provider not in catalogue.partners({bought.supplier.pk})
    Agreement.objects.update(shared_at=NOON)
    assert list(catalogue.clients({bought.provider.pk})) == []


def test_what_waits_and_what_is_found_follows_the_keeper(bought):
    version = drafted(bought, kind="uc", provider=bought.supplier, client=bought.provider).version
    search.refresh()
    Version.objects.update(state="ready")

    def waits(person):
        return [each.key for each in needs.for_user(person, grants.load(person, NOON), NOON)]

    assert waits(bought.manager) == [f"send:{version.pk}:1"] and waits(bought.seller) == []
    Version.objects.update(state="draft")
    found = [
        search.readable(Agreement.objects.all(), grants.load(each, NOON)).exists()
        for each in (bought.manager, bought.seller)
    ]
    assert found == [True, False]


@pytest.mark.parametrize(("side", "count"), [("", 1), ("client", 1), ("provider", 0)])
def test_the_owner_is_asked_about_talk_of_its_own_side(bought, side, count):
    version = drafted(bought, kind="uc", provider=bought.supplier, client=bought.provider).version
    Comment.objects.create(version=version, part="kpis", author=bought.engineer, side=side, text="Why?", at=NOON)
    mine = needs.for_user(bought.manager, grants.load(bought.manager, NOON), NOON)
    assert len([each for each in mine if each.key == f"comments:{version.pk}"]) == count


def test_it_is_handed_over_within_the_house_that_keeps_it(bought):
    contract = make_supplier(bought.provider, supplier=bought.supplier)
    colleague = make_member(bought.provider, Role.MANAGER)
    with pytest.raises(Refused):
        actions.change_owner(contract, owner=bought.seller, actor=bought.manager, at=NOON)
    assert actions.change_owner(contract, owner=colleague, actor=bought.manager, at=NOON).owner == colleague


def test_an_ola_needs_two_internal_organisations(client, bought):
    ola = make_template(standard_ola()).pk
    answer = start(bought, client, template=ola)
    assert answer.status_code == 422 and "between internal organisations" in answer.content.decode()
    Organisation.objects.filter(pk__in=[bought.provider.pk, bought.supplier.pk]).update(internal=True)
    assert start(bought, client, template=ola).status_code == 302

    version = Version.objects.get()
    assert "ola-external" not in {each.code for each in checks.findings(version, NOON)}
    Organisation.objects.filter(pk=bought.supplier.pk).update(internal=False)
    found = [each for each in checks.findings(Version.objects.get(), NOON) if each.code == "ola-external"]
    assert [(each.severity, each.place) for each in found] == [("error", "parties.client.organisation")]


def test_lint_asks_nothing_of_the_parties_of_an_sla():
    facts = lint.Facts(today=NOON.date())
    assert "ola-external" not in {each.code for each in lint.check(make_terms(), facts)}
