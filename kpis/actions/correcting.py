"""Corrections of closed results: four eyes at the provider, then the client's word, or its silence."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import nudge
from accounts.models import User
from agreements.locking import locked
from kpis import facts, results
from kpis.actions.crediting import propose_credit
from kpis.claiming import (
    Declined,
    Evidence,
    keep_evidence,
    lock_agreement,
    lock_streams,
    record,
    tell_client,
    tell_provider,
)
from kpis.models import Correction, Exclusion, ExclusionSpan, Period, PeriodResult
from records import audit, numbers


@transaction.atomic
def propose_correction(
    period: Period, *, reason: str, actor: User, at: datetime, evidence: Evidence | None = None
) -> Correction:
    """Ask that a closed result is judged again from the data and exclusions that are known now.

    What it would be is worked out and kept: that is what the others decide on. Raises Declined without a
    reason, for a period that is not closed, while another correction is open, and when nothing would change.
    """
    if not reason.strip():
        raise Declined("reason", _("Say what was wrong: both parties read it, and the report prints it."))
    period = _locked_period(period)
    base = _newest(period)
    if base is None:
        raise Declined("", _("This period is not closed: deliver the data again with a reason."))
    if period.corrections.filter(state__in=Correction.OPEN).exists():
        raise Declined("", _("Another correction of this period is not decided yet."))
    found = results.judge(period, known_until=facts.latest_delivery(period.target.indicator))
    if found.outcome == base.outcome:
        raise Declined("", _("Nothing would change: first deliver the right data, or have the exclusion approved."))
    agreement = period.target.agreement
    correction = Correction.objects.create(
        number=f"COR-{numbers.following('COR'):04}", agreement=agreement, period=period, base=base,
        reason=reason.strip(), evidence=keep_evidence(evidence, agreement, actor, at), inputs=found.inputs,
        outcome=found.outcome, sha256=found.sha256, proposed_by=actor, proposed_at=at,
    )
    record(
        "correction.proposed", correction, agreement, actor, at, kpi=period.target.key, period=period.label,
        supersedes=base.sha256, sha256=found.sha256, verdict=found.verdict, reason=reason,
    )
    said = _("%(number)s: %(name)s asks to correct a result") % {"number": correction, "name": actor.name}
    tell_provider(correction, "proposed", said, correction.reason, actor=actor, at=at)
    return correction


@transaction.atomic
def approve_correction(correction: Correction, *, actor: User, at: datetime) -> Correction:
    """Put a correction before the client, whose silence accepts it after the days that the terms name.

    Raises Declined for whoever asked, and when what it rests on has changed; TransitionNotAllowed when somebody
    was faster.
    """
    correction = _locked(correction)
    if correction.proposed_by_id == actor.pk:
        raise Declined("", _("Somebody else decides on what you asked for."))
    _still_holds(correction)
    days = correction.period.target.version.read_terms().reporting.accepted_after_days
    correction.approve(by=actor, at=at, accept_by=at + timedelta(days=days))
    correction.save(update_fields=["state", "decided_by", "decided_at", "accept_by"])
    record("correction.approved", correction, correction.agreement, actor, at, days=days)
    said = _("%(number)s: a result is to be corrected, please accept or dispute it") % {"number": correction}
    tell_client(correction, "approved", said, correction.reason, actor=actor, at=at)
    return correction


@transaction.atomic
def refuse_correction(correction: Correction, *, reason: str, actor: User, at: datetime) -> Correction:
    """Refuse a proposed correction, or take back one's own. Raises Declined without a reason."""
    if not reason.strip():
        raise Declined("reason", _("Say why: the others read it."))
    correction = _locked(correction)
    correction.refuse(by=actor, at=at, reason=reason.strip())
    correction.save(update_fields=["state", "decided_by", "decided_at", "remark"])
    record("correction.refused", correction, correction.agreement, actor, at, reason=reason)
    said = _("%(number)s was refused by %(name)s") % {"number": correction, "name": actor.name}
    tell_provider(correction, "refused", said, reason, actor=actor, at=at)
    return correction


@transaction.atomic
def accept_correction(correction: Correction, *, actor: User, at: datetime) -> Correction:
    """Accept a correction for the client: the next edition of the result is made.

    Raises TransitionNotAllowed when somebody was faster, Declined when what it rests on has changed.
    """
    return _accept(correction, actor, at)


def accept_silent_corrections(*, now: datetime) -> int:
    """Accept by silence what nobody answered in the agreed days; returns how many.

    One that can't be accepted stops no other; the first Declined is raised at the end.
    """
    accepted, errors = 0, []
    for pk in list(Correction.objects.silent(now).values_list("pk", flat=True)):
        try:
            accepted += _deem(pk, now)
        except Declined as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return accepted


@transaction.atomic
def _deem(pk: int, now: datetime) -> bool:
    waiting = Correction.objects.silent(now).filter(pk=pk)
    # Asked again under the lock: an answer may have come while the sweep waited for it.
    lock_agreement(Correction.objects.values_list("agreement", flat=True).get(pk=pk))
    if not waiting.exists():
        return False
    _accept(waiting.get(), None, now)
    return True


def _accept(correction: Correction, actor: User | None, at: datetime) -> Correction:
    correction = _locked(correction)
    correction.accept(by=actor, at=at)
    correct_result(correction, actor=actor, at=at)
    correction.save(update_fields=["state", "answered_by", "answered_at", "result"])
    verb = "correction.accepted" if actor else "correction.deemed"
    record(verb, correction, correction.agreement, actor, at, edition=correction.result.edition)
    said = _("%(number)s: accepted, edition %(edition)d is made") % {
        "number": correction, "edition": correction.result.edition
    }
    tell_provider(correction, "accepted", said, correction.reason, actor=actor, at=at)
    return correction


@transaction.atomic
def correct_result(correction: Correction, *, actor: User | None, at: datetime) -> PeriodResult:
    """Make the next edition of a result from what both sides looked at; the editions before stay as they are.

    For acts that accept or settle a correction, under its lock. A credit changes by the difference. Raises
    Declined when what it rests on has changed since it was proposed.
    """
    _still_holds(correction)
    period, base = correction.period, correction.base
    found = results.judge_from(period, correction.inputs)
    if found.sha256 != correction.sha256:
        raise Declined("", _("Worked out again it gives another result than the one proposed. Tell an auditor."))
    result = PeriodResult.objects.create(
        period=period, edition=base.edition + 1, verdict=found.verdict, outcome=found.outcome, inputs=found.inputs,
        sha256=found.sha256, reason=f"{correction}: {correction.reason}", created_at=at,
    )
    correction.result = result
    audit.record(
        "result.corrected", result, actor=actor, at=at, scope=correction.agreement.reference,
        kpi=period.target.key, period=period.label, edition=result.edition, verdict=result.verdict,
        value=[base.outcome["value"], found.outcome["value"]], sha256=result.sha256, supersedes=base.sha256,
        correction=correction.number,
    )
    propose_credit(result, at=at)
    nudge.engine("incidents.log_breaches")
    nudge.engine("reports.compile_due")
    return result


def _still_holds(correction: Correction) -> None:
    """The result it supersedes is still the newest, and the exclusions it rests on still count."""
    newest = _newest(correction.period)
    if newest is None or newest.pk != correction.base_id:
        raise Declined("", _("The result has a newer edition. Propose the correction again."))
    cited = ExclusionSpan.objects.filter(pk__in=correction.inputs.get("exclusions", []))
    if cited.exclude(exclusion__state__in=Exclusion.COUNTING).exists():
        raise Declined("", _("An exclusion that it rests on was withdrawn. Propose the correction again."))


def _newest(period: Period) -> PeriodResult | None:
    return period.results.order_by("-edition").first()


def _locked_period(period: Period) -> Period:
    """In the order of every claim: agreement, stream, period."""
    agreement, stream = Period.objects.values_list("target__agreement", "target__indicator").get(pk=period.pk)
    lock_agreement(agreement)
    lock_streams([stream])
    related = Period.objects.select_related("target__indicator", "target__version", "target__agreement__provider")
    return locked(related, period.pk)


def _locked(correction: Correction) -> Correction:
    period = _locked_period(correction.period)
    correction = locked(Correction.objects.select_related("base", "proposed_by"), correction.pk)
    correction.period, correction.agreement = period, period.target.agreement
    return correction
