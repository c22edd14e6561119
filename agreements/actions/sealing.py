"""The worker's part of signing: make the document before anybody is asked, check and seal it after the last.

Slow work (rendering, certifying, checking) happens before the lock is taken; what two workers made at once
is dropped by the one who comes second.
"""

from datetime import datetime

import structlog
from django.db import transaction

from accounts import nudge
from agreements import paper, rounds, signing_notices
from agreements.locking import locked
from agreements.models import Agreement, Round, Slot, Version
from records import audit, vault
from records.models import Document

log = structlog.get_logger(__name__)


def seal_due(*, now: datetime) -> int:
    """Make every document that is missing and seal every version that all have signed; returns how many.

    An error is shown on the version and tried again at the next run; it stops no other version. Safe to run
    twice, or twice at once.
    """
    to_make = Round.objects.filter(state=Round.State.OPEN, document=None).values_list("pk", "version")
    to_seal = Version.objects.filter(state=Version.State.SEALING).values_list("pk", flat=True)
    done = [_attempt(_prepare, version, now, round_pk) for round_pk, version in list(to_make)]
    done += [_attempt(_seal, version, now, version) for version in list(to_seal)]
    return sum(done)


def _attempt(work, version_pk: int, now: datetime, pk: int) -> bool:
    try:
        return work(pk, now)
    except Exception as error:  # whatever it is, it must be seen on the version and not stop the others
        log.exception("seal_failed", version=version_pk)
        _note_error(version_pk, f"{type(error).__name__}: {error}"[:2000], now)
        return False


@transaction.atomic
def _note_error(pk: int, words: str, now: datetime) -> None:
    version = locked(Version.objects.select_related("agreement"), pk)
    if version.seal_error == words:
        return
    version.seal_error = words
    version.save(update_fields=["seal_error"])
    audit.record(
        "version.seal_failed", version, actor=None, at=now, scope=version.agreement.reference, error=words
    )


def _prepare(pk: int, now: datetime) -> bool:
    """Print and certify the document of a round, put it into the vault, ask the first to sign."""
    round_ = Round.objects.select_related("version__agreement").get(pk=pk)
    content, text = paper.prepared(round_), paper.words(round_.version, round_)
    with transaction.atomic():
        round_ = locked(Round.objects.select_related("version__agreement", "opened_by"), pk)
        if round_.state != Round.State.OPEN or round_.document_id is not None:
            return False
        version = Version.objects.select_for_update().get(pk=round_.version_id)
        document = paper.keep(
            content, version, kind=Document.Kind.PREPARED, actor=round_.opened_by, at=now, text=text
        )
        version.prepared, version.seal_error = document, ""
        version.save(update_fields=["prepared", "seal_error"])
        round_.document = document
        round_.save(update_fields=["document"])
        audit.record(
            "round.prepared", round_, actor=None, at=now, scope=round_.version.agreement.reference,
            document=document.sha256, terms_sha256=version.terms_sha256,
        )
        rounds.invite_next(round_, at=now)
    return True


def _seal(pk: int, now: datetime) -> bool:
    """Check the signed file as a stranger would; only when all is well the version is EXECUTED."""
    version = Version.objects.select_related("agreement__provider", "agreement__client").get(pk=pk)
    round_ = version.rounds.select_related("document").get(state=Round.State.COMPLETE)
    slots = list(round_.slots.filter(state=Slot.State.SIGNED).select_related("person"))
    paper.check(vault.read(round_.document.sha256), version, slots, now)
    certificate = paper.certificate(version, round_, slots, now)
    with transaction.atomic():
        version = locked(Version.objects.select_related("agreement"), pk)
        if version.state != Version.State.SEALING:
            return False
        evidence = paper.keep_certificate(certificate, version, at=now)
        _take_over(version, now)
        version.execute(at=now, document=round_.document)
        version.save(update_fields=["state", "executed_at", "signed", "seal_error"])
        _activate(version.agreement, now)
        audit.record(
            "version.executed", version, actor=None, at=now, scope=version.agreement.reference,
            version=version.label, document=round_.document.sha256, certificate=evidence.sha256,
            terms_sha256=version.terms_sha256, effective_from=version.effective_from.isoformat(),
        )
        signing_notices.executed(version, round_, at=now)
        nudge.engine("kpis.bind")
        nudge.engine("accounts.deliver")
    return True


def _take_over(version: Version, now: datetime) -> None:
    """The version before holds until this one begins, to the last second. Must come before EXECUTED."""
    before = Version.objects.select_for_update().filter(
        agreement=version.agreement, state=Version.State.EXECUTED, effective_to=None
    ).first()
    if before is None:
        return
    before.effective_to = version.effective_from
    before.save(update_fields=["effective_to"])
    audit.record(
        "version.superseded", before, actor=None, at=now, scope=version.agreement.reference, version=before.label,
        by=version.label, until=version.effective_from.isoformat(),
    )


def _activate(agreement: Agreement, now: datetime) -> None:
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if agreement.state == Agreement.State.PREPARING:
        agreement.activate()
        agreement.save(update_fields=["state"])
        audit.record("agreement.activated", agreement, actor=None, at=now, scope=agreement.reference)
    rounds.touch(agreement, now)
