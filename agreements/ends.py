"""What the acts that end an agreement share. Their callers hold the locks that `lock_all` takes."""

from datetime import datetime

from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from agreements import ending_notices, lives, notice, rounds, signing_notices
from agreements.lifecycle import Life
from agreements.locking import lock, locked
from agreements.models import Agreement, Ending, Round, Version
from agreements.signing import Refused
from records import audit


def lock_all(agreement: Agreement, at: datetime) -> tuple[Agreement, datetime]:
    """Lock the round and the version under way, then the agreement: in the order in which signing locks them."""
    round_ = Round.objects.filter(version__agreement=agreement, state=Round.State.OPEN).values_list("pk").first()
    if round_:
        locked(Round.objects.all(), round_[0])
    version = agreement.versions.open().values_list("pk").first()
    if version:
        locked(Version.objects.all(), version[0])
    return lock(Agreement.objects.select_related("provider", "client", "owner"), agreement.pk, at)


def newest(agreement: Agreement) -> Version:
    """The executed version that begins last. Raises Refused for an agreement that is not signed or has ended."""
    found = agreement.versions.executed().order_by("-effective_from").first()
    if agreement.state != Agreement.State.ACTIVE or found is None:
        raise Refused(_("Only an agreement that is signed and has not ended can be ended."))
    return found


def last_life(agreement: Agreement) -> Life:
    return lives.life_of(newest(agreement))


def check_running(agreement: Agreement, at: datetime) -> None:
    """Raises TransitionNotAllowed once the end has come, whether or not the sweep has recorded it."""
    if newest(agreement).is_over(at):
        raise TransitionNotAllowed("the agreement has ended")


def settle(agreement: Agreement) -> None:
    """Give every executed version the interval that follows from the next one and the declared end."""
    executed = list(agreement.versions.executed().order_by("effective_from"))
    begins = [each.effective_from for each in executed]
    for version, until in zip(executed, notice.intervals(begins, agreement.ends_at), strict=True):
        if version.effective_to != until:
            version.effective_to = until
            version.save(update_fields=["effective_to"])


def stop_signing(agreement: Agreement, *, reason: str, at: datetime) -> None:
    """End the round that is open: what it changes is coming to its end. Everybody asked is told.

    Raises Refused when the last signature was given and the document is being sealed: that contract stands.
    """
    if agreement.versions.filter(state=Version.State.SEALING).exists():
        raise Refused(_("A change was just signed by all and is being sealed. Try again in a minute."))
    open_round = Round.objects.select_related("version__agreement__owner").filter(
        version__agreement=agreement, state=Round.State.OPEN
    )
    for round_ in open_round:
        round_.invalidate(at=at, reason=reason)
        rounds.fail(round_, at=at)
        audit.record("round.invalidated", round_, actor=None, at=at, scope=agreement.reference, reason=reason)
        title = _("%s can no longer be signed") % round_.version
        signing_notices.ended(round_, title=title, reason=reason, at=at)


def declare(agreement: Agreement, *, ends_at: datetime, ends_as: str, at: datetime) -> None:
    """Write the end down and cut the versions; monitoring and reports follow these dates."""
    agreement.ends_at, agreement.ends_as, agreement.changed_at = ends_at, ends_as, at
    agreement.save(update_fields=["ends_at", "ends_as", "changed_at"])
    settle(agreement)


def revoke(agreement: Agreement, *, at: datetime) -> None:
    agreement.ends_at, agreement.ends_as, agreement.changed_at = None, "", at
    agreement.save(update_fields=["ends_at", "ends_as", "changed_at"])
    settle(agreement)


def give_way(version: Version, *, at: datetime) -> None:
    """The predecessor of an agreement whose first version was executed ends where this one begins.

    To the instant; but never before it was concluded, because what was measured until then was judged already.
    An end that comes sooner stays. Call it in the transaction of the sealing.
    """
    if version.agreement.predecessor_id is None or version.base_id is not None:
        return
    old, at = lock_all(Agreement(pk=version.agreement.predecessor_id), at)
    moment = max(version.effective_from, version.concluded_at)
    if old.state != Agreement.State.ACTIVE or newest(old).is_over(moment):
        return
    stop_signing(old, reason=_("%s takes its place.") % version.agreement, at=at)
    for ending in old.endings.filter(state=Ending.State.STANDING):
        ending.overtake()
        ending.save(update_fields=["state"])
    declare(old, ends_at=moment, ends_as=Agreement.EndsAs.REPLACED, at=at)
    audit.record(
        "agreement.replaced", old, actor=None, at=at, scope=old.reference, by=version.agreement.reference,
        ends_at=moment.isoformat(),
    )
    ending_notices.replaced(old, version, at=at)
