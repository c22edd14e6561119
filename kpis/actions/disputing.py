"""Disputes: the client says what is wrong, the provider answers, and it is open until both agree."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from agreements.locking import locked
from kpis import casefile
from kpis.actions.correcting import correct_result
from kpis.actions.excluding import withdraw_exclusion
from kpis.claiming import Declined, lock_agreement, lock_streams, record, tell_client, tell_provider
from kpis.models import Correction, Dispute, DisputeRemark, Exclusion, Period
from records import numbers

Subject = Period | Exclusion | Correction


@transaction.atomic
def open_dispute(
    subject: Subject, *, reason: str, actor: User, at: datetime, case: str = "", pause: datetime | None = None
) -> Dispute:
    """Say for the client that a figure (its period), an exclusion or a correction is wrong.

    With `case` it is a pause of that case which is disputed: the one that began at `pause`, which may be left out
    where the case waited once. Raises Declined without a reason and for a pause that the clock never had,
    TransitionNotAllowed when it is disputed already or can't be any more.
    """
    _needs_text(reason, "reason")
    agreement_id = subject.target.agreement_id if isinstance(subject, Period) else subject.agreement_id
    agreement = lock_agreement(agreement_id)
    dispute = Dispute(agreement=agreement, opened_by=actor, opened_at=at, **_about(subject, case.strip(), pause, at))
    if _same(dispute):
        raise TransitionNotAllowed("disputed already")
    _mark(dispute)
    dispute.number = f"DIS-{numbers.following('DIS'):04}"
    dispute.save(force_insert=True)
    _say(dispute, "opened", reason, actor, at)
    record(
        "dispute.opened", dispute, agreement, actor, at, kind=dispute.kind, subject=str(dispute.subject),
        case=dispute.case, pause=dispute.pause, reason=reason,
    )
    said = _("%(number)s: %(name)s disputes %(subject)s") % {
        "number": dispute, "name": actor.name, "subject": dispute.subject
    }
    tell_provider(dispute, "opened", said, reason, actor=actor, at=at)
    return dispute


@transaction.atomic
def answer_dispute(dispute: Dispute, *, text: str, stands: bool, actor: User, at: datetime) -> Dispute:
    """Answer for the provider: it `stands`, or the client is right. The client then agrees or insists."""
    _needs_text(text, "text")
    dispute = _locked(dispute)
    dispute.answer(stands=stands)
    dispute.save(update_fields=["state", "stands"])
    _say(dispute, "answered", text, actor, at)
    record("dispute.answered", dispute, dispute.agreement, actor, at, text=text, stands=stands)
    said = _("%(number)s: %(name)s answered your dispute") % {"number": dispute, "name": actor.name}
    tell_client(dispute, "answered", said, text, actor=actor, at=at)
    return dispute


@transaction.atomic
def insist_dispute(dispute: Dispute, *, text: str, actor: User, at: datetime) -> Dispute:
    """Not agree to the answer: the provider is asked again. Raises Declined without words."""
    _needs_text(text, "text")
    dispute = _locked(dispute)
    dispute.insist()
    dispute.save(update_fields=["state", "stands"])
    _say(dispute, "insisted", text, actor, at)
    record("dispute.insisted", dispute, dispute.agreement, actor, at, text=text)
    said = _("%(number)s: %(name)s does not agree to the answer") % {"number": dispute, "name": actor.name}
    tell_provider(dispute, "insisted", said, text, actor=actor, at=at)
    return dispute


@transaction.atomic
def settle_dispute(dispute: Dispute, *, actor: User, at: datetime) -> Dispute:
    """Agree to the provider's answer for the client; what was agreed takes effect at once.

    That the client is right withdraws an exclusion and drops a correction; of a figure or a pause it is the
    ground of a correction. Raises TransitionNotAllowed when somebody was faster.
    """
    dispute = _locked(dispute)
    dispute.settle(by=actor, at=at)
    _close(dispute, "settled", actor, at)
    if dispute.exclusion is not None and not dispute.stands:
        withdraw_exclusion(dispute.exclusion, reason=_("Agreed in %s") % dispute, actor=actor, at=at)
    else:
        _let_stand(dispute, actor, at, stands=bool(dispute.stands))
    return dispute


@transaction.atomic
def withdraw_dispute(dispute: Dispute, *, actor: User, at: datetime) -> Dispute:
    """Take a dispute back for the client: what it was about stands."""
    dispute = _locked(dispute)
    dispute.withdraw(by=actor, at=at)
    _close(dispute, "withdrawn", actor, at)
    _let_stand(dispute, actor, at, stands=True)
    return dispute


def _about(subject: Subject, case: str, pause: datetime | None, at: datetime) -> dict:
    if isinstance(subject, Exclusion):
        return {"kind": Dispute.Kind.EXCLUSION, "exclusion": subject}
    if isinstance(subject, Correction):
        return {"kind": Dispute.Kind.CORRECTION, "correction": subject}
    if not case:
        return {"kind": Dispute.Kind.FIGURE, "period": subject}
    began = _began(subject, case, pause, at)
    return {"kind": Dispute.Kind.PAUSE, "period": subject, "case": case, "pause": began.isoformat()}


def _began(period: Period, case: str, pause: datetime | None, at: datetime) -> datetime:
    """The beginning of a pause that the clock of a case had."""
    file = casefile.find(period.target, case, at)
    if file is None:
        raise Declined("case", _("Nothing of that number was delivered to this KPI."))
    began = [each.start for each in file.counted]
    if pause is None and len(began) == 1:
        return began[0]
    if pause is not None and pause in began:
        return pause.astimezone(UTC)
    if not began:
        raise Declined("case", _("The clock of this case never waited: no pause of it counts."))
    zone = ZoneInfo(file.zone)
    said = ", ".join(f"{each.astimezone(zone):%Y-%m-%d %H:%M:%S}" for each in began)
    raise Declined("pause", _("Name the pause by its beginning. It waited from %s.") % said)


def _same(dispute: Dispute) -> bool:
    about = ("kind", "period", "exclusion", "correction", "case", "pause")
    same = {name: getattr(dispute, name) for name in about}
    return Dispute.objects.filter(**same, state__in=Dispute.UNSETTLED).exists()


def _mark(dispute: Dispute) -> None:
    """What is disputed says so itself, where it has states of its own."""
    if dispute.exclusion_id:
        dispute.exclusion = locked(Exclusion.objects.all(), dispute.exclusion_id)
        dispute.exclusion.dispute()
        dispute.exclusion.save(update_fields=["state"])
    if dispute.correction_id:
        dispute.correction = locked(Correction.objects.all(), dispute.correction_id)
        # Silence has accepted it by then, even if no sweep came by yet.
        if dispute.correction.accept_by is not None and dispute.correction.accept_by <= dispute.opened_at:
            raise TransitionNotAllowed("accepted by silence")
        dispute.correction.dispute()
        dispute.correction.save(update_fields=["state"])


def _let_stand(dispute: Dispute, actor: User, at: datetime, *, stands: bool) -> None:
    if dispute.exclusion_id:
        exclusion = locked(Exclusion.objects.all(), dispute.exclusion_id)
        exclusion.uphold(by=actor, at=at)
        exclusion.save(update_fields=["state", "answered_by", "answered_at"])
    if (correction := dispute.correction) is not None:
        correction.settle(by=actor, at=at)
        if stands:
            correct_result(correction, actor=actor, at=at)
        correction.save(update_fields=["state", "answered_by", "answered_at", "result"])
        record("correction.settled", correction, dispute.agreement, actor, at, stands=stands)


def _close(dispute: Dispute, what: str, actor: User, at: datetime) -> None:
    dispute.save(update_fields=["state", "closed_by", "closed_at"])
    _say(dispute, what, "", actor, at)
    record(f"dispute.{what}", dispute, dispute.agreement, actor, at, stands=dispute.stands)
    words = {"number": dispute, "name": actor.name}
    said = _("%(number)s: %(name)s agrees to your answer") if what == "settled" else _("%(number)s was withdrawn")
    tell_provider(dispute, what, said % words, str(dispute.subject), actor=actor, at=at)


def _say(dispute: Dispute, what: str, text: str, actor: User, at: datetime) -> None:
    DisputeRemark.objects.create(dispute=dispute, by=actor, at=at, what=what, text=text.strip())


def _locked(dispute: Dispute) -> Dispute:
    """In the order of every claim; a settled correction is worked out under its stream's lock."""
    agreement = lock_agreement(dispute.agreement_id)
    if dispute.correction_id:
        lock_streams([dispute.correction.period.target.indicator_id])
    related = Dispute.objects.select_related(
        "period__target", "exclusion", "correction__base", "correction__period__target__agreement",
        "correction__period__target__version", "correction__period__target__indicator", "correction__agreement",
    )
    dispute = locked(related, dispute.pk)
    dispute.agreement = agreement
    return dispute


def _needs_text(text: str, place: str) -> None:
    if not text.strip():
        raise Declined(place, _("Say it in a sentence: the other party reads it."))
