"""OLAs and UCs behind an agreement: who links them, who sees them, and that they are looked at again."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Notice, Role
from agreements import actions, checks, supporting
from agreements import terms as t
from agreements.models import Agreement, Version
from agreements.signing import Refused
from records.models import AuditEntry
from tests.agreements.pages import opened, posted
from tests.agreements.suppliers import make_supplier
from tests.factories import NOON, make_member, make_organisation, make_signed, make_version

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def pair():
    agreement, _version = make_signed()
    return agreement, make_supplier(agreement.provider)


def link(agreement, by, **kwargs):
    return actions.link_support(agreement, by=by, **kwargs, actor=agreement.owner, at=NOON)


def said(agreement, at=NOON):
    terms = agreement.versions.latest("pk").read_terms()
    return [(each.verdict, each.about) for each in supporting.lines(agreement, terms, at)]


def page(client, person, name, *args):
    client.force_login(person)
    return client.get(reverse(f"agreements:{name}", args=args))


def test_linking_leaves_the_signed_terms_alone(pair):
    agreement, contract = pair
    before = agreement.versions.get().terms_sha256
    support = link(agreement, contract, kpi="K1")

    assert (support.linked_by, support.linked_at) == (agreement.owner, NOON)
    assert t.digest(agreement.versions.get().read_terms()) == before
    assert ("holds", "K1 Availability") in said(agreement)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda agreement: make_signed()[0],  # an SLA is no support
        lambda agreement: make_supplier(make_organisation()),  # another house receives it
        lambda agreement: make_supplier(agreement.client),
    ],
)
def test_only_what_the_provider_receives_can_stand_behind_it(pair, wrong):
    with pytest.raises(Refused) as refused:
        link(pair[0], wrong(pair[0]))
    assert refused.value.place == "by"


def test_nothing_is_linked_twice_or_in_a_circle(pair):
    agreement, contract = pair
    support = link(agreement, contract)
    with pytest.raises(Refused):
        link(agreement, contract)
    link(agreement, contract, kpi="K1")
    actions.unlink_support(support, actor=agreement.owner, at=NOON)
    link(agreement, contract)

    first = make_supplier(agreement.provider, kind="ola")
    second = make_supplier(first.provider, kind="ola", supplier=agreement.provider)
    actions.link_support(first, by=second, actor=agreement.owner, at=NOON)
    with pytest.raises(Refused, match="hangs on"):
        actions.link_support(second, by=first, actor=agreement.owner, at=NOON)


def test_unlinking_twice_is_once(pair):
    support = link(*pair)
    for _ in range(2):
        support = actions.unlink_support(support, actor=pair[0].owner, at=NOON)
    assert AuditEntry.objects.filter(verb="support.unlinked").count() == 1
    assert said(pair[0]) == []


def test_the_client_and_the_supplier_learn_nothing_of_each_other(client, pair):
    agreement, contract = pair
    link(agreement, contract)
    head = make_member(agreement.client, Role.CLIENT)
    supplier = make_member(contract.provider, Role.MANAGER)
    engineer = make_member(agreement.provider, Role.PROVIDER)

    assert contract.reference in page(client, engineer, "detail", agreement.reference).content.decode()
    assert agreement.title in page(client, engineer, "detail", contract.reference).content.decode()
    for person, own, other in ((head, agreement, contract), (supplier, contract, agreement)):
        for name in ("detail", "history"):
            assert other.reference not in page(client, person, name, own.reference).content.decode()
        assert page(client, person, "detail", other.reference).status_code == 404
    assert page(client, head, "support", agreement.reference).status_code == 403
    assert not AuditEntry.objects.filter(verb="support.linked").exclude(scope="").exists()


def test_a_manager_links_and_unlinks_in_the_browser(client, pair):
    agreement, contract = pair
    client.force_login(agreement.owner)
    url = reverse("agreements:support", args=[agreement.reference])
    assert client.post(url, {"by": contract.pk, "part": "kpi:K9"}).status_code == 422
    assert client.post(url, {"by": contract.pk, "part": "kpi:K1", "group": ""}).status_code == 302
    support = agreement.supports.get()
    assert (support.by, support.kpi, support.service) == (contract, "K1", "")

    shown = client.get(url).content.decode()
    assert "99.9\N{NO-BREAK SPACE}% ≥ 99.5\N{NO-BREAK SPACE}%" in shown and "Supported" in shown
    again = client.post(url, {"by": contract.pk, "part": "kpi:K1"})
    assert again.status_code == 422 and "is linked already" in again.content.decode()
    client.post(reverse("agreements:unlink_support", args=[agreement.reference, support.pk]))
    assert "Nothing is linked" in client.get(url).content.decode()


def test_an_engineer_reads_and_links_nothing(client, pair):
    agreement, contract = pair
    engineer = make_member(agreement.provider, Role.PROVIDER)
    assert page(client, engineer, "support", agreement.reference).status_code == 200
    answer = client.post(reverse("agreements:support", args=[agreement.reference]), {"by": contract.pk})
    assert answer.status_code == 403


def test_a_draft_that_its_suppliers_cannot_carry_is_warned_about(client, pair):
    agreement, contract = pair
    link(agreement, contract)
    draft = actions.amend(agreement, reason="business", reason_text="Better", actor=agreement.owner, at=NOON)
    terms = draft.read_terms()
    terms.kpis[0].target = "99.95"
    draft = actions.save_terms(draft, terms=terms, revision=1, actor=agreement.owner, at=NOON)

    found = [each for each in checks.findings(draft, NOON) if each.code == "not-supported"]
    (finding,) = [each for each in found if "K1" in each.message]
    assert (finding.severity, finding.part) == ("warning", "kpis")
    assert "99.9\N{NO-BREAK SPACE}% < 99.95\N{NO-BREAK SPACE}%" in finding.message
    check = page(client, agreement.owner, "check", agreement.reference, draft.label).content.decode()
    assert "Can they carry it?" in check and "Not supported" in check

    url = reverse("agreements:feasible", args=[agreement.reference, draft.label])
    typed = posted(opened("kpis", terms)) | {"kpis-0-target": "99.8"}
    typed = {name: value for name, value in typed.items() if name.startswith("kpis-0")}
    assert "99.9\N{NO-BREAK SPACE}% ≥ 99.8" in client.get(url, typed).content.decode()


def test_a_contract_that_is_only_drafted_cannot_be_judged(pair):
    agreement, _contract = pair
    link(agreement, make_supplier(agreement.provider, state="draft", reference="UC-2026-900"))
    assert ("unknown", "UC-2026-900") in said(agreement)


def test_the_owner_hears_once_when_a_supporter_is_changed_for_the_worse(pair):
    agreement, contract = pair
    link(agreement, contract)
    assert actions.recheck_supports(now=NOON) == 1
    assert actions.recheck_supports(now=NOON + HOUR) == 0
    assert not Notice.objects.exists()

    first = contract.versions.get()
    worse = first.read_terms()
    worse.kpis[0].target = "99"
    Version.objects.filter(pk=first.pk).update(effective_to=NOON)
    second = make_version(
        contract, terms=worse, state="executed", minor=1, base=first, effective_from=NOON, executed_at=NOON
    )
    for hours in (1, 2):
        actions.recheck_supports(now=NOON + hours * HOUR)

    (notice,) = Notice.objects.all()
    assert notice.recipient == agreement.owner
    assert "99\N{NO-BREAK SPACE}% < 99.5\N{NO-BREAK SPACE}%" in notice.text
    assert AuditEntry.objects.filter(verb="support.found_short").count() == 1
    assert second.label == "v1.1"


def test_the_owner_hears_when_a_supporter_ends(pair):
    agreement, contract = pair
    link(agreement, contract)
    actions.recheck_supports(now=NOON)
    Agreement.objects.filter(pk=contract.pk).update(state="ended")
    assert actions.recheck_supports(now=NOON + HOUR) == 1
    assert "It has ended." in Notice.objects.get().text


def test_only_signed_agreements_with_supporters_are_looked_at(pair):
    agreement, contract = pair
    assert actions.recheck_supports(now=NOON) == 0
    Agreement.objects.filter(pk=agreement.pk).update(state="preparing")
    link(agreement, contract)
    assert actions.recheck_supports(now=NOON) == 0
