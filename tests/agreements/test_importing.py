from datetime import UTC, date, datetime, timedelta

import pytest
from django_fsm import TransitionNotAllowed

from accounts.models import Role
from agreements import actions, lives
from agreements.models import Agreement, Version
from agreements.signing import Refused
from agreements.terms import Term, dump
from kpis.actions import bind_executed
from kpis.models import Period
from slaportal import proof, verifying
from tests.agreements.papers import a_scan, bring_in
from tests.factories import NOON, make_agreement, make_member, make_terms, make_version

pytestmark = pytest.mark.django_db
OLD = Term("2024-03-01", "2027-02-28", "by_agreement")


@pytest.fixture
def draft():
    agreement = make_agreement()
    make_member(agreement.client, Role.CLIENT)
    return make_version(agreement, terms=make_terms(term=OLD))


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def client_of(version):
    return version.agreement.client.memberships.get().user


def imported(draft):
    paper = bring_in(draft, actor=draft.agreement.owner)
    return actions.confirm_paper(paper, actor=client_of(draft), at=NOON)


def test_a_paper_is_in_force_from_its_own_day_and_marked(draft):
    version = fresh(imported(draft))
    assert (version.state, version.imported_at, version.rounds.count()) == ("executed", NOON, 0)
    assert version.effective_from == datetime(2024, 3, 1, tzinfo=UTC)
    assert version.holds_until == datetime(2027, 3, 1, tzinfo=UTC)
    assert version.concluded_at == datetime(2026, 4, 20, tzinfo=UTC)
    assert fresh(draft.agreement).state == "active"
    row = lives.with_lives(Agreement.objects.filter(pk=draft.agreement.pk)).get()
    standing = lives.standing(row, NOON)
    assert (standing.state, standing.version.imported) == ("in_force", True)


def test_it_is_measured_from_the_month_of_the_import(draft):
    version = imported(draft)
    bind_executed(now=NOON)
    assert {period.label for period in Period.objects.filter(target__version=version)} == {"2026-05"}
    assert min(Period.objects.values_list("lo", flat=True)) == datetime(2026, 5, 1, tzinfo=UTC)


def test_its_hash_is_checked_and_no_signature_claimed(draft):
    version = imported(draft)
    assert proof.signatures(now=NOON) == (0, [])
    assert proof.terms(now=NOON) == (1, []) and proof.documents(now=NOON)[1] == []
    for finding in (
        verifying.judge(a_scan(), now=NOON), verifying.known(version.signed.sha256, now=NOON),
    ):
        assert finding.tone == "mute" and "not signed here" in finding.headline and "no claim" in finding.text


def test_who_brought_it_in_does_not_confirm_it(draft):
    manager = draft.agreement.owner
    paper = bring_in(draft, actor=manager)
    for person in (manager, make_member(draft.agreement.provider, Role.PROVIDER)):
        with pytest.raises(Refused, match="not who brought it in"):
            actions.confirm_paper(paper, actor=person, at=NOON)
    second = make_member(draft.agreement.provider, Role.MANAGER)
    assert actions.confirm_paper(paper, actor=second, at=NOON).state == "executed"
    with pytest.raises(TransitionNotAllowed):
        actions.confirm_paper(paper, actor=second, at=NOON)


def test_a_text_changed_meanwhile_asks_for_the_paper_again(draft):
    paper = bring_in(draft, actor=draft.agreement.owner)
    terms = make_terms(term=Term("2024-03-01", None))
    Version.objects.filter(pk=draft.pk).update(terms=dump(terms))
    with pytest.raises(TransitionNotAllowed):
        actions.confirm_paper(paper, actor=client_of(draft), at=NOON)


@pytest.mark.parametrize(
    "changes, place",
    [
        ({"content": b""}, "file"),
        ({"content": b"%PDF-1.7 no more"}, "file"),
        ({"content": b"<html>"}, "file"),
        ({"content": b"%PDF-" + b"x" * (26 * 1024 * 1024)}, "file"),
        ({"signed_by": " "}, "signed_by"),
        ({"statement": ""}, "statement"),
        ({"concluded_on": date(2026, 5, 7)}, "concluded_on"),
    ],
)
def test_what_is_no_signed_paper_is_refused(draft, changes, place):
    with pytest.raises(Refused) as error:
        bring_in(draft, actor=draft.agreement.owner, **changes)
    assert error.value.place == place


def test_only_a_first_draft_is_imported(draft):
    version = imported(draft)
    with pytest.raises(TransitionNotAllowed):
        bring_in(version, actor=draft.agreement.owner, at=NOON + timedelta(days=1))
    change = actions.amend(
        draft.agreement, reason="business", reason_text="More", actor=draft.agreement.owner, at=NOON
    )
    with pytest.raises(TransitionNotAllowed):
        bring_in(change, actor=draft.agreement.owner)


def test_a_draft_with_errors_is_not_imported(draft):
    Version.objects.filter(pk=draft.pk).update(terms=dump(make_terms(term=Term(""))))
    with pytest.raises(actions.Unready):
        bring_in(draft, actor=draft.agreement.owner)
