"""The worker's part of signing: make the document before anybody is asked, check and seal it after the last.

Slow work (rendering, certifying, checking) happens before the lock is taken; what two workers made at once
is dropped by the one who comes second.
"""

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Q
from django_fsm import TransitionNotAllowed

from accounts import nudge
from accounts.models import User
from agreements import ends, paper, rounds, signing, signing_notices
from agreements.locking import locked
from agreements.models import Agreement, Round, Slot, Version
from records import audit
from records.models import Document

log = structlog.get_logger(__name__)


def seal_due(*, now: datetime) -> int:
    """Make every document that is missing and seal every version that all have signed; returns how many.

    An error is shown on the version and tried again, sooner at first than later; it stops no other version.
    Safe to run twice, or twice at once.
    """
    due = Version.objects.filter(Q(seal_retry_at=None) | Q(seal_retry_at__lte=now))
    to_make = Round.objects.filter(state=Round.State.OPEN, document=None, version__in=due)
    to_seal = due.filter(state=Version.State.SEALING)
    done = [
        _attempt(_prepare, pk, now, version=version, since=since)
        for pk, version, since in list(to_make.values_list("pk", "version", "opened_at"))
    ]
    done += [
        _attempt(_seal, pk, now, version=pk, since=since)
        for pk, since in list(to_seal.values_list("pk", "concluded_at"))
    ]
    return sum(done)


@transaction.atomic
def retry_seal(version: Version, *, actor: User, at: datetime) -> Version:
    """Let the next sweep try again at once, without waiting for its hour. Raises TransitionNotAllowed when nothing
    failed, or it went well meanwhile."""
    version = locked(Version.objects.select_related("agreement"), version.pk)
    if version.state not in (Version.State.SIGNING, Version.State.SEALING) or not version.seal_error:
        raise TransitionNotAllowed("nothing has failed")
    version.seal_retry_at = None
    version.save(update_fields=["seal_retry_at"])
    audit.record(
        "version.seal_retried", version, actor=actor, at=at, scope=version.agreement.reference,
        error=version.seal_error,
    )
    nudge.engine("agreements.seal")
    return version


def _attempt(work, pk: int, now: datetime, *, version: int, since: datetime | None) -> bool:
    try:
        return work(pk, now)
    except Exception as error:  # whatever it is, it must be seen on the version and not stop the others
        log.exception("seal_failed", version=version)
        _note_error(version, f"{type(error).__name__}: {error}"[:2000], since, now)
        return False


@transaction.atomic
def _note_error(pk: int, words: str, since: datetime | None, now: datetime) -> None:
    version = locked(Version.objects.select_related("agreement"), pk)
    if version.state not in (Version.State.SIGNING, Version.State.SEALING):
        return  # somebody else was faster, or the round has ended
    is_new = version.seal_error != words
    version.seal_error, version.seal_retry_at = words, signing.next_attempt(since or now, now)
    version.save(update_fields=["seal_error", "seal_retry_at"])
    if is_new:
        audit.record(
            "version.seal_failed", version, actor=None, at=now, scope=version.agreement.reference, error=words
        )


def _prepare(pk: int, now: datetime) -> bool:
    """Print and certify the document of a round, put it into the vault, ask the first to sign."""
    round_ = Round.objects.select_related("version__agreement").get(pk=pk)
    content, text = paper.prepared(round_)
    with transaction.atomic():
        round_ = locked(Round.objects.select_related("version__agreement", "opened_by"), pk)
        if round_.state != Round.State.OPEN or round_.document_id is not None:
            return False
        version = Version.objects.select_for_update().get(pk=round_.version_id)
        document = paper.keep(
            content, version, kind=Document.Kind.PREPARED, actor=round_.opened_by, at=now, text=text
        )
        version.prepared, version.seal_error, version.seal_retry_at = document, "", None
        version.save(update_fields=["prepared", "seal_error", "seal_retry_at"])
        round_.document = document
        round_.save(update_fields=["document"])
        audit.record(
            "round.prepared", round_, actor=None, at=now, scope=round_.version.agreement.reference,
            document=document.sha256, terms_sha256=version.terms_sha256,
        )
        rounds.invite_next(round_, at=now)
    return True


def _seal(pk: int, now: datetime) -> bool:
    """Check the signed file as a stranger would, time stamp it, check again; only when all is well the version is
    EXECUTED."""
    version = Version.objects.select_related("agreement__provider", "agreement__client").get(pk=pk)
    round_ = version.rounds.select_related("document").get(state=Round.State.COMPLETE)
    slots = list(round_.slots.filter(state=Slot.State.SIGNED).select_related("person"))
    content, stamp = paper.sealed(round_, version, slots, now)
    certificate = paper.certificate(version, round_, slots, now, content=content, stamp=stamp)
    with transaction.atomic():
        version = locked(Version.objects.select_related("agreement"), pk)
        if version.state != Version.State.SEALING:
            return False
        document = paper.keep(
            content, version, kind=Document.Kind.SIGNED, actor=None, at=now, text=round_.document.text
        )
        Round.objects.filter(pk=round_.pk).update(document=document)
        evidence = paper.keep_certificate(certificate, version, at=now)
        _take_over(version, now)
        version.execute(at=now, document=document)
        version.save(update_fields=["state", "executed_at", "signed", "seal_error", "seal_retry_at"])
        _activate(version.agreement, now)
        ends.give_way(version, at=now)
        audit.record(
            "version.executed", version, actor=None, at=now, scope=version.agreement.reference,
            version=version.label, document=document.sha256, certificate=evidence.sha256,
            terms_sha256=version.terms_sha256, effective_from=version.effective_from.isoformat(),
            time_stamp=stamp.at.isoformat() if stamp else "", time_authority=stamp.authority if stamp else "",
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
