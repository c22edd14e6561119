"""What happens at the edges of a contract's life, each with the test that proves it, so that none is forgotten.

The list follows the research on contracts (its section on edge cases); where the portal's own rules differ, they win.
"""

import importlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django_fsm import TransitionNotAllowed

from accounts import actions as people
from accounts.models import Membership, Notice, Organisation
from agreements import actions, needs, paper, signing_needs, signing_notices
from agreements.grants import load
from agreements.models import Contest, Slot, Version
from agreements.signing import Refused
from records import pki, vault, verification
from records.models import AuditEntry
from slaportal import proof, verifying
from tests.agreements.endings import given
from tests.agreements.rounds import executed, make_parties, make_ready, open_round, opened, prepared, sign, slot
from tests.factories import NOON, make_authority, make_member, make_terms

HERE = "tests.agreements.test_edge_cases"
EDGES = {
    "declined after others signed: no partial effect": [
        "tests.agreements.test_rounds:test_a_declined_round_ends_for_everybody",
    ],
    "signatory leaves before signing: the open seat is shown and passes on, the round goes on": [
        f"{HERE}:test_a_closed_account_shows_its_seats_and_they_pass_on",
        "tests.agreements.test_rounds:test_a_seat_passes_to_another_person_and_the_round_goes_on",
    ],
    "signatory leaves after signing: the signature stays valid": [
        f"{HERE}:test_a_signature_outlives_its_account",
    ],
    "authority found false later: contested, ratified or ended, history stays": [
        f"{HERE}:test_a_contested_signature_is_ratified_by_a_paper_of_its_own",
        f"{HERE}:test_what_a_contest_needs",
        f"{HERE}:test_nothing_of_a_contest_is_edited",
    ],
    "terms change after the first signature: never in place": [
        "tests.agreements.test_frozen:test_no_path_changes_what_is_frozen",
        "tests.agreements.test_rounds:test_withdrawing_ends_the_round_for_everybody",
        "tests.agreements.test_rounds:test_after_a_failed_round_everybody_signs_a_fresh_document",
    ],
    "clerical error in signed text: an amendment as a correction": [
        f"{HERE}:test_a_clerical_error_is_corrected_by_an_amendment",
    ],
    "two sign at the same second, a double click, a retry": [
        "tests.agreements.test_sign:test_two_people_of_one_step_sign_at_the_same_second",
        "tests.agreements.test_sign:test_eight_clicks_are_one_signature",
        "tests.agreements.test_sign:test_signing_again_returns_the_first_result",
    ],
    "deadline passes while the signer is on the page": [
        "tests.agreements.test_sign:test_the_deadline_is_judged_at_the_signature",
        "tests.agreements.test_sign:test_a_signature_that_waited_past_the_deadline_is_too_late",
    ],
    "time stamp authority is down: nothing is executed without it, and nothing is lost": [
        "tests.agreements.test_sealing:test_without_its_time_stamp_nothing_is_executed",
        "tests.agreements.test_views_signing:test_a_failing_seal_is_visible",
    ],
    "mail is down: the task in the portal is the truth": [
        f"{HERE}:test_without_mail_the_task_is_there",
    ],
    "amendment signed while the old version holds, to the last second": [
        "tests.agreements.test_sealing:test_a_change_takes_over_at_its_first_moment",
        "tests.agreements.test_views_signing:test_amending_twice_leads_to_the_first",
    ],
    "base ended meanwhile: the amendment is sent and signed by nobody": [
        "tests.agreements.test_rounds:test_a_change_needs_the_version_it_changes",
        "tests.agreements.test_rounds:test_a_change_whose_base_ended_meanwhile_is_signed_by_nobody",
    ],
    "effective day past at the last signature: both days are shown and printed": [
        f"{HERE}:test_effective_before_it_was_concluded_is_said_everywhere",
    ],
    "early termination while an amendment is out for signature": [
        "tests.agreements.test_ending:test_a_round_under_way_is_over_and_everybody_asked_is_told",
    ],
    "renewal decision day on a holiday: counted on the contract's calendar, warned of, in the feed": [
        "tests.agreements.test_renewing:test_both_sides_are_reminded_of_the_notice_day_once_a_stage",
        "tests.slaportal.test_feed:test_a_calendar_program_reads_the_days_of_an_agreement",
    ],
    "party renamed: the signed text keeps the old name": [
        f"{HERE}:test_a_renamed_party_keeps_its_name_in_the_signed_text",
    ],
    "manager is the only signatory of a small firm: by a setting, printed": [
        f"{HERE}:test_who_sends_does_not_sign_alone",
        f"{HERE}:test_a_small_firm_may_allow_it_and_the_evidence_says_so",
        f"{HERE}:test_a_seat_does_not_pass_to_the_sender_alone",
    ],
    "import of an old paper: no claim of verification": [
        "tests.agreements.test_importing:test_its_hash_is_checked_and_no_signature_claimed",
    ],
    "restored from a backup: found at the start, read-only, the gap is written down": [
        "tests.records.test_heads:test_a_restored_database_is_found_and_stands_still",
        "tests.records.test_heads:test_another_entry_in_its_place_does_not_hide_it",
        "tests.records.test_heads:test_pages_are_read_and_acts_refused",
        "tests.records.test_heads:test_it_goes_on_when_somebody_accepts_it_and_says_so_in_the_chain",
    ],
    "root key rotated: old signatures stay valid": [
        "tests.records.test_pki:test_a_new_authority_keeps_the_old_root_and_destroys_its_key",
        "tests.agreements.test_sealing:test_a_new_authority_leaves_old_signatures_valid_and_a_round_goes_on_under_it",
    ],
}


@pytest.mark.parametrize("edge", EDGES)
def test_each_edge_has_its_tests(edge):
    assert EDGES[edge]
    for place in EDGES[edge]:
        module, name = place.split(":")
        assert callable(getattr(importlib.import_module(module), name))


def cast():
    """Organisations that do not let who sends sign alone."""
    who = make_parties()
    Organisation.objects.filter(pk__in=[who.provider.pk, who.client.pk]).update(sole_signatory=False)
    return who


@pytest.mark.django_db
def test_a_closed_account_shows_its_seats_and_they_pass_on(client):
    who = prepared()
    admin = make_member(who.provider, "admin")
    client.force_login(admin)
    shown = client.get(reverse("agreements:open_seats", args=[who.director.pk])).content.decode()
    assert "Managing director" in shown and who.version.agreement.reference in shown
    people.close_account(who.director, actor=admin, at=NOON)

    [need] = [each for each in signing_needs.for_user(who.manager, load(who.manager, NOON), NOON) if "gone" in each.key]
    assert need.url == reverse("agreements:reassign", args=[slot(who).pk])
    with pytest.raises(Refused, match="account of Helen Marsh is closed"):
        opened(who)
        sign(who)
    actions.reassign(slot(who), person=who.manager, actor=who.manager, at=NOON)
    opened(who)
    assert sign(who).person == who.manager
    assert not Membership.objects.filter(user=who.director, until=None).exists()


@pytest.mark.django_db
def test_nobody_closes_their_own_account_or_one_twice():
    who = make_parties()
    with pytest.raises(people.Refused, match="Another administrator"):
        people.close_account(who.manager, actor=who.manager, at=NOON)
    people.close_account(who.director, actor=who.manager, at=NOON)
    with pytest.raises(people.Refused, match="closed already"):
        people.close_account(who.director, actor=who.manager, at=NOON)


@pytest.mark.django_db
def test_a_signature_outlives_its_account():
    who = executed()
    people.close_account(who.director, actor=who.manager, at=NOON)
    who.director.authorities.update(until=NOON)
    assert proof.signatures(now=NOON + timedelta(days=1))[1] == []


@pytest.mark.django_db
def test_a_contested_signature_is_ratified_by_a_paper_of_its_own(client):
    who = executed()
    seat = Slot.objects.get(key="provider-1", state="signed")
    before = (seat.evidence, seat.document, Version.objects.get().signed)
    contest = actions.contest(seat, reason="The board never met", actor=who.head, at=NOON)
    assert Notice.objects.filter(key=f"contest:{contest.pk}:open").count() == 3  # both sides and the signatory
    contested = verifying.known(who.version.signed.sha256, now=NOON)
    assert contested.tone == "warn" and "has been contested since 6 May 2026" in contested.text
    client.force_login(who.manager)
    page = client.get(reverse("agreements:signing", args=[who.agreement.reference, "v1.0"])).content.decode()
    assert "The board never met" in page and "Ratify and sign" in page

    with pytest.raises(Refused, match="Somebody else"):
        actions.ratify(contest, given=given(who.director), actor=who.director, at=NOON)
    with pytest.raises(Refused, match="no authority"):
        actions.ratify(contest, given=given(who.head), actor=who.head, at=NOON)
    with pytest.raises(Refused, match="too long ago"):
        stale = given(who.manager, at=NOON - timedelta(minutes=6))
        actions.ratify(contest, given=stale, actor=who.manager, at=NOON)
    ratified = actions.ratify(contest, given=given(who.manager), actor=who.manager, at=NOON)

    assert "ratified the signature on 6 May 2026" in verifying.known(who.version.signed.sha256, now=NOON).text
    content = vault.read(ratified.document.sha256)
    assert verification.check(content, roots=pki.roots(), at=NOON, required=["party"]).ok
    assert proof.ratifications(now=NOON) == (1, [])
    seat.refresh_from_db()
    assert (seat.evidence, seat.document, Version.objects.get().signed) == before
    with pytest.raises(TransitionNotAllowed):
        actions.ratify(contest, given=given(who.manager), actor=who.manager, at=NOON)


@pytest.mark.django_db
def test_what_a_contest_needs():
    who = prepared()
    with pytest.raises(TransitionNotAllowed):
        actions.contest(slot(who), reason="x", actor=who.head, at=NOON)
    executed(who)
    seat = slot(who)
    for reason, actor in ((" ", who.head), ("x", who.director)):
        with pytest.raises(Refused):
            actions.contest(seat, reason=reason, actor=actor, at=NOON)
    contest = actions.contest(seat, reason="x", actor=who.head, at=NOON)
    with pytest.raises(TransitionNotAllowed):
        actions.contest(seat, reason="x", actor=who.manager, at=NOON)
    with pytest.raises(Refused, match="Only Amara Lindqvist"):
        actions.end_contest(contest, reason="x", actor=who.manager, at=NOON)
    assert actions.end_contest(contest, reason="It was found", actor=who.head, at=NOON).state == "withdrawn"


@pytest.mark.django_db
def test_nothing_of_a_contest_is_edited():
    who = executed()
    contest = actions.contest(slot(who), reason="x", actor=who.head, at=NOON)
    rows = Contest.objects.filter(pk=contest.pk)
    for act in (lambda: rows.update(reason="y"), lambda: rows.update(raised_by=who.manager), rows.delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


@pytest.mark.django_db
def test_a_clerical_error_is_corrected_by_an_amendment():
    who = executed()
    version = actions.amend(
        who.agreement, reason="correction", reason_text="A name was misspelt", actor=who.manager, at=NOON
    )
    assert (version.state, version.reason, version.base) == ("draft", "correction", who.version)


@pytest.mark.django_db
def test_without_mail_the_task_is_there():
    """No mail is sent here at all: the outbox is another sweep."""
    who = prepared()
    keys = [need.key for need in needs.for_user(who.director, load(who.director, NOON), NOON)]
    assert f"slot:{slot(who).pk}" in keys


@pytest.mark.django_db
def test_effective_before_it_was_concluded_is_said_everywhere(client):
    who = make_ready()
    client.force_login(who.manager)
    where = [who.agreement.reference, "v1.0"]
    assert "It holds from 1 May 2026, which has passed" in client.get(
        reverse("agreements:send", args=where)
    ).content.decode()
    who = executed(prepared(open_round(who)))
    said = "Effective on 1 May 2026, concluded on 6 May 2026."
    assert said in verifying.known(who.version.signed.sha256, now=NOON).text
    assert said in client.get(reverse("agreements:document", args=where[:1])).content.decode()
    days = [signing_notices.moment(day, who.version) for day in (who.version.effective_from, who.version.concluded_at)]
    assert "effective on {}, concluded on {}".format(*days) in certificate_of(who)


def certificate_of(who):
    slots = list(Slot.objects.filter(round__version=who.version, state="signed").select_related("person"))
    round_ = slots[0].round
    return paper.certificate_html(who.version, round_, slots, content=b"", stamp=None)


@pytest.mark.django_db
def test_a_renamed_party_keeps_its_name_in_the_signed_text():
    who = executed()
    Organisation.objects.filter(pk=who.client.pk).update(name="Fennmarket Group")
    version = Version.objects.get()
    assert version.read_terms().parties.client.organisation == "Fennmarket"
    assert proof.terms(now=NOON)[1] == proof.signatures(now=NOON)[1] == []


@pytest.mark.django_db
def test_who_sends_does_not_sign_alone():
    who = make_ready(cast())
    with pytest.raises(Refused, match="would be the only one to sign") as error:
        open_round(who, people={"provider-1": who.manager, "client-1": who.head})
    assert error.value.place == "provider-1"
    assert open_round(who).round.state == "open"


@pytest.mark.django_db
def test_two_of_a_side_sign_the_sender_among_them():
    terms = make_terms()
    terms.signatories.append(type(terms.signatories[0])("provider-2", "provider", 1, "Head of operations"))
    who = make_ready(cast(), terms=terms)
    people_ = {"provider-1": who.manager, "provider-2": who.director, "client-1": who.head}
    assert open_round(who, people=people_).round.state == "open"


@pytest.mark.django_db
def test_a_small_firm_may_allow_it_and_the_evidence_says_so():
    who = cast()
    people.allow_sole_signatory(who.provider, allowed=True, actor=who.manager, at=NOON)
    assert AuditEntry.objects.filter(verb="organisation.sole_signatory_set", data__allowed=True).exists()
    who.provider.refresh_from_db()
    who = prepared(open_round(make_ready(who), people={"provider-1": who.manager, "client-1": who.head}))
    opened(who), sign(who), opened(who, "client-1"), sign(who, "client-1")
    assert slot(who).evidence["sole_signatory"] is True
    assert slot(who, "client-1").evidence["sole_signatory"] is False
    who.version = Version.objects.get()
    assert certificate_of(who).count("the same person, who alone signs for") == 1


@pytest.mark.django_db
def test_a_seat_does_not_pass_to_the_sender_alone():
    who = prepared(open_round(make_ready(cast())))
    with pytest.raises(Refused, match="would be the only one") as error:
        actions.reassign(slot(who), person=who.manager, actor=who.manager, at=NOON)
    assert error.value.place == "person"
    other = make_member(who.provider, "provider")
    make_authority(other, who.provider)
    assert actions.reassign(slot(who), person=other, actor=who.manager, at=NOON).person == other
