"""The worker's part: the document before anybody is asked, the check and the seal after the last signature."""

import os
import subprocess
from datetime import timedelta

import pytest

from accounts.models import Notice
from agreements import actions, paper, printing, terms
from agreements.facts import of_round
from agreements.models import Agreement, Round, Version
from records import actions as records
from records import pdf, pki, vault, verification
from records.models import AuditEntry, Document
from tests import tsa
from tests.agreements.rounds import (
    executed,
    make_parties,
    make_ready,
    open_round,
    opened,
    prepared,
    sign,
    signed_by_all,
)
from tests.factories import NOON, make_terms
from tests.race import race

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
TWO_YEARS = timedelta(days=731)
MINUTE = timedelta(minutes=1)


def judge(content, at=NOON, **kwargs):
    return verification.check(content, roots=[pki.root_certificate()], at=at, **kwargs)


@pytest.mark.typesets
def test_the_document_is_printed_from_the_frozen_terms_alone():
    """Twice the same bytes, whenever it is printed; people who change positions later change nothing."""
    who = open_round()
    round_ = Round.objects.select_related("version__agreement").get()

    def printed():
        html = printing.html(round_.version.read_terms(), of_round(round_))
        return pdf.render(html, title="x", language="en", at=round_.opened_at)

    first = printed()
    who.agreement.holders.create(position="p-desk", user=who.manager, since=NOON + timedelta(seconds=1))
    assert printed() == first


def test_terms_that_are_not_those_frozen_are_never_printed():
    round_ = Round.objects.select_related("version__agreement").get(pk=open_round().round.pk)
    round_.version.terms["agreement"]["title"] = "Something else"
    with pytest.raises(paper.NotSound):
        paper.prepared(round_)


def test_sealing_executes_the_version_and_activates_the_agreement():
    who = executed()
    assert (who.version.state, who.version.executed_at, who.version.seal_error) == ("executed", NOON, "")
    assert who.version.signed == Round.objects.get().document
    assert who.version.signed.kind == "signed"
    assert who.agreement.state == "active"
    evidence = Document.objects.get(kind="evidence")
    assert evidence.scope == who.agreement.reference
    assert judge(vault.read(evidence.sha256), required=[]).ok
    told = Notice.objects.filter(key=f"version:{who.version.pk}:executed")
    assert sorted(told.values_list("recipient__name", flat=True)) == ["Amara Lindqvist", "Helen Marsh", "Ines Sommer"]
    entry = AuditEntry.objects.get(verb="version.executed")
    assert entry.data["document"] == who.version.signed.sha256
    assert AuditEntry.objects.filter(verb="agreement.activated").count() == 1


def test_a_file_changed_in_the_vault_stays_in_sealing_and_says_so():
    who = signed_by_all()
    document = Round.objects.get().document
    place = vault.path(document.sha256)
    good = place.read_bytes()
    os.chmod(place, 0o644)
    place.write_bytes(good[:-1] + b"X")

    assert actions.seal_due(now=NOON) == 0
    assert actions.seal_due(now=NOON + MINUTE) == 0

    version = Version.objects.get()
    assert version.state == "sealing"
    assert "was changed" in version.seal_error
    assert AuditEntry.objects.filter(verb="version.seal_failed").count() == 1
    place.write_bytes(good)
    assert actions.seal_due(now=NOON + 2 * MINUTE) == 1
    version = Version.objects.get(pk=who.version.pk)
    assert (version.state, version.seal_error) == ("executed", "")


def test_what_fails_is_tried_again_later_and_later():
    signed_by_all()
    vault.path(Round.objects.get().document.sha256).unlink()
    tried = []
    for second in range(0, 3600, 10):
        now = NOON + timedelta(seconds=second)
        before = Version.objects.get().seal_retry_at
        actions.seal_due(now=now)
        if Version.objects.get().seal_retry_at != before:
            tried.append(second)
    assert tried == [0, 30, 60, 120, 240, 480, 960, 1860, 2760]


def test_a_round_that_ends_takes_its_failure_along():
    who = open_round()
    Version.objects.update(seal_error="No fonts", seal_retry_at=NOON + timedelta(days=1))
    actions.withdraw(who.round, reason="x", actor=who.manager, at=NOON)
    version = Version.objects.get()
    assert (version.seal_error, version.seal_retry_at) == ("", None)


@pytest.fixture
def stamping(settings, time_authority):
    settings.TSA_URL, settings.TSA_CA = time_authority.url, time_authority.ca
    return time_authority


def test_the_last_signature_is_followed_by_a_time_stamp(stamping):
    who = executed()
    unstamped = Document.objects.get(pk=who.round.slots.get(key="client-1").document_id)
    content = vault.read(who.version.signed.sha256)
    assert content.startswith(vault.read(unstamped.sha256))
    assert (unstamped.kind, who.version.signed.kind, Round.objects.get().document) == (
        "prepared", "signed", who.version.signed,
    )
    verdict = judge(content, time_roots=pki.time_roots())
    assert verdict.problems == []
    assert [(each.at, each.trusted) for each in verdict.timestamps] == [(NOON + timedelta(hours=2), True)]
    entry = AuditEntry.objects.get(verb="version.executed")
    assert (entry.data["time_stamp"], entry.data["time_authority"]) == (
        (NOON + timedelta(hours=2)).isoformat(), "Common Name: Time authority",
    )
    # Public authorities count: one trial for the room, one stamp.
    assert stamping.asked == 2


@pytest.mark.parametrize("mood", ["down", "slack", "wrong"])
def test_without_its_time_stamp_nothing_is_executed(stamping, mood):
    stamping.mood = mood
    signed_by_all()
    assert actions.seal_due(now=NOON) == 0
    version = Version.objects.get()
    assert (version.state, version.signed, version.seal_retry_at) == ("sealing", None, NOON + MINUTE / 2)
    assert version.seal_error and version.concluded_at == NOON
    assert Agreement.objects.get().state == "preparing"

    stamping.mood = "well"
    assert actions.seal_due(now=NOON + MINUTE / 3) == 0
    assert actions.seal_due(now=NOON + MINUTE) == 1
    version = Version.objects.get()
    assert (version.state, version.seal_error, version.seal_retry_at) == ("executed", "", None)


def test_a_time_stamp_that_was_promised_is_never_dropped_in_silence(stamping, settings):
    signed_by_all()
    settings.TSA_URL = ""
    assert actions.seal_due(now=NOON) == 0
    assert "TSA_URL names no authority" in Version.objects.get().seal_error


def test_an_authority_set_up_after_the_last_signature_changes_nothing(settings, time_authority):
    signed_by_all()
    settings.TSA_URL, settings.TSA_CA = time_authority.url, time_authority.ca
    assert actions.seal_due(now=NOON) == 1
    assert time_authority.asked == 0


def words_of_certificate():
    return pdf_words(vault.read(Document.objects.get(kind="evidence").sha256))


def test_the_certificate_names_the_time_stamp(stamping):
    who = executed()
    said = words_of_certificate()
    assert "6 May 2026, 14:00:00 UTC" in said and "Time authority" in said and tsa.POLICY in said
    assert who.version.signed.sha256 in said.replace(" ", "")


def pdf_words(content):
    """The text of a PDF, by poppler."""
    command = ["pdftotext", "-raw", "-", "-"]
    said = subprocess.run(command, input=content, capture_output=True, check=True).stdout
    return " ".join(said.decode().split())


def test_a_file_without_all_signatures_is_never_executed():
    """As if somebody had put an earlier revision in the place of the last."""
    signed_by_all()
    Round.objects.update(document=Document.objects.filter(kind="prepared").order_by("size").first())
    assert actions.seal_due(now=NOON) == 0
    version = Version.objects.get()
    assert version.state == "sealing"
    assert "missing" in version.seal_error


def test_one_failure_does_not_stop_the_others():
    bad = signed_by_all()
    vault.path(Round.objects.get().document.sha256).unlink()
    good = signed_by_all()
    assert actions.seal_due(now=NOON) == 1
    assert Version.objects.get(pk=good.version.pk).state == "executed"
    assert Version.objects.get(pk=bad.version.pk).state == "sealing"


def test_a_change_takes_over_at_its_first_moment():
    who = executed()
    version = actions.amend(who.agreement, reason="business", reason_text="More", actor=who.manager, at=NOON)
    Version.objects.filter(pk=version.pk).update(**{"state": "ready"})
    base = who.version
    who.version = Version.objects.get(pk=version.pk)
    changed = executed(open_and_prepare(who))

    base = Version.objects.get(pk=base.pk)
    assert base.effective_to == changed.version.effective_from
    start = changed.version.effective_from
    for at, label in ((start - timedelta(seconds=1), "v1.0"), (start, "v1.1")):
        assert [each.label for each in Version.objects.in_force(at)] == [label]
    assert AuditEntry.objects.get(verb="version.superseded").data["by"] == "v1.1"
    assert Agreement.objects.get().state == "active"


def open_and_prepare(who):
    return prepared(open_round(who))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_sweeps_make_one_document_and_ask_once():
    who = open_round()
    results = race(lambda: actions.seal_due(now=NOON))
    assert sum(results) == 1
    assert Document.objects.count() == 1
    assert Notice.objects.filter(recipient=who.director).count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_sweeps_seal_once():
    who = signed_by_all()
    results = race(lambda: actions.seal_due(now=NOON))
    assert sum(results) == 1
    assert Document.objects.filter(kind="evidence").count() == 1
    assert AuditEntry.objects.filter(verb="version.executed").count() == 1
    assert Version.objects.get(pk=who.version.pk).state == "executed"


def test_many_signatories_have_a_field_each():
    document = make_terms()
    seats = [terms.Signatory(f"client-{n}", "client", 2, f"Member {n} of the board") for n in range(1, 6)]
    document.signatories = document.signatories[:1] + seats
    who = make_ready(make_parties(), terms=document)
    round_ = Round(version=who.version, opened_at=NOON)
    who.version.terms_sha256 = terms.digest(who.version.read_terms())
    prepared_pdf, _words = paper.prepared(round_)
    assert [problem.code for problem in judge(prepared_pdf).problems] == ["missing"] * 6


def test_a_new_authority_leaves_old_signatures_valid_and_a_round_goes_on_under_it(settings, tmp_path):
    settings.PKI_DIR = tmp_path / "pki"
    before = executed()
    under_way = prepared()
    opened(under_way), sign(under_way)
    records.rotate_authority(reason="By plan", compromised_on=None, actor=None, at=NOON)
    opened(under_way, "client-1"), sign(under_way, "client-1")
    actions.seal_due(now=NOON)
    for who in (before, under_way):
        version = Version.objects.get(pk=who.version.pk)
        assert version.state == "executed", version.seal_error
        content = vault.read(version.signed.sha256)
        assert verification.check(content, roots=pki.roots(), at=NOON).ok
        assert not judge(content).ok  # the new root alone does not vouch for what was signed before it
