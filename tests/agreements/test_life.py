import pytest
from django_fsm import TransitionNotAllowed

from agreements import actions
from agreements.models import Agreement, Version
from agreements.signing import Refused
from records.models import AuditEntry
from tests.factories import NOON, make_agreement, make_signed, make_version
from tests.race import race

pytestmark = pytest.mark.django_db
WHY = {"reason": "performance", "reason_text": "99.9 % is what we need", "reason_source": "REV-2026-01, change 1"}


def amend(agreement, **kwargs):
    return actions.amend(agreement, **(WHY | {"actor": agreement.owner, "at": NOON} | kwargs))


def test_a_change_starts_from_the_version_in_force():
    agreement, base = make_signed()
    version = amend(agreement)

    terms, old = version.read_terms(), base.read_terms()
    assert (version.label, version.state, version.base) == ("v1.1", "draft", base)
    assert (version.reason, version.reason_text, version.reason_source) == tuple(WHY.values())
    assert (terms.agreement.version, terms.term.effective_from) == ("v1.1", "2026-06-01")
    assert terms.kpis == old.kpis
    assert Version.objects.get(pk=base.pk).effective_to is None
    entry = AuditEntry.objects.get(verb="version.amendment_started")
    assert (entry.scope, entry.data["base"]) == (agreement.reference, "v1.0")


def test_one_open_version_at_a_time():
    agreement, _base = make_signed()
    amend(agreement)
    with pytest.raises(TransitionNotAllowed):
        amend(agreement)
    assert agreement.versions.count() == 2


def test_a_number_is_never_used_again():
    agreement, base = make_signed()
    make_version(agreement, minor=1, state=Version.State.ABANDONED, base=base)
    assert amend(agreement).label == "v1.2"


@pytest.mark.parametrize("state", ["preparing", "ended", "abandoned"])
def test_only_what_is_signed_and_alive_can_be_changed(state):
    agreement, _base = make_signed()
    Agreement.objects.filter(pk=agreement.pk).update(**{"state": state})
    with pytest.raises(Refused, match="has not ended"):
        amend(agreement)


def test_nothing_signed_nothing_to_change():
    agreement = make_agreement(state="active")
    with pytest.raises(Refused):
        amend(agreement)


@pytest.mark.parametrize("change, place", [
    ({"reason": "first"}, "reason"), ({"reason": "whim"}, "reason"), ({"reason_text": " "}, "reason_text"),
])
def test_a_change_has_a_reason(change, place):
    agreement, _base = make_signed()
    with pytest.raises(Refused) as error:
        amend(agreement, **change)
    assert error.value.place == place


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_changes_at_once_start_one():
    agreement, _base = make_signed()
    results = race(lambda: amend(agreement))
    assert sum(isinstance(result, Version) for result in results) == 1
    assert {type(result) for result in results if not isinstance(result, Version)} == {TransitionNotAllowed}
