"""Exclusions: proposed by the provider, approved by somebody else there, then shown to the client."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from agreements.locking import locked
from agreements.models import Agreement
from kpis import exclusions, proposing
from kpis.claiming import (
    Declined,
    Evidence,
    keep_evidence,
    lock_agreement,
    lock_streams,
    record,
    tell_client,
    tell_provider,
    touch,
)
from kpis.models import Correction, Dispute, Exclusion, ExclusionSpan
from records import numbers


@transaction.atomic
def propose_exclusion(
    agreement: Agreement,
    *,
    category: str,
    kpis: Collection[str],
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    actor: User,
    at: datetime,
    rule: str = "",
    notice_at: datetime | None = None,
    clause: str = "",
    evidence: Evidence | None = None,
) -> Exclusion:
    """Ask that time is taken out of some KPIs, by a category of the version that is in force at its start.

    `rule` repeats it (RFC 5545, in the agreement's zone). Raises Declined when the signed terms know no such
    category for these KPIs, or when nothing of it could count. Nothing changes before it is approved.
    """
    agreement = lock_agreement(agreement.pk)
    _needs_reason(reason)
    exclusion, targets, _found = proposing.drafted(
        agreement, category=category, kpis=kpis, at=at, starts_at=starts_at, ends_at=ends_at, rule=rule.strip(),
        notice_at=notice_at, clause=clause.strip(), reason=reason.strip(), proposed_by=actor, proposed_at=at,
    )
    exclusion.number = f"EXC-{numbers.following('EXC'):04}"
    exclusion.evidence = keep_evidence(evidence, agreement, actor, at)
    exclusion.save(force_insert=True)
    exclusion.targets.set(targets)
    record(
        "exclusion.proposed", exclusion, agreement, actor, at, category=category, kpis=sorted(kpis), reason=reason,
        starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat(), rule=exclusion.rule,
        version=exclusion.version.label, notice_at=notice_at.isoformat() if notice_at else "",
    )
    said = _("%(number)s: %(name)s asks to exclude time") % {"number": exclusion, "name": actor.name}
    tell_provider(exclusion, "proposed", said, exclusion.reason, actor=actor, at=at)
    return exclusion


@transaction.atomic
def approve_exclusion(exclusion: Exclusion, *, actor: User, at: datetime) -> Exclusion:
    """Let an exclusion count, as far as notice and cap of its signed term allow; fixed from now on.

    Periods closed already keep their result: only a correction changes it. Raises Declined for whoever asked,
    and when nothing of it counts; TransitionNotAllowed when somebody was faster.
    """
    exclusion, streams = _locked(exclusion)
    _other_eyes(exclusion, actor)
    exclusion.approve(by=actor, at=at)
    found = proposing.counted(exclusion)
    exclusion.arithmetic = found.to_dict()
    exclusion.save(update_fields=["state", "decided_by", "decided_at", "arithmetic"])
    ExclusionSpan.objects.bulk_create(
        ExclusionSpan(
            exclusion=exclusion, lo=piece.start, hi=piece.end, counted_until=piece.counted_until, why=piece.why
        )
        for piece in found.pieces
    )
    touch(streams, [(piece.start, piece.counted_until) for piece in found.pieces], at)
    closed = exclusions.closed_periods(exclusion)
    record(
        "exclusion.approved", exclusion, exclusion.agreement, actor, at, arithmetic=exclusion.arithmetic,
        closed_already=[str(period) for period in closed],
    )
    said = _("%(number)s: time is excluded, please acknowledge or dispute it") % {"number": exclusion}
    tell_client(exclusion, "approved", said, exclusion.reason, actor=actor, at=at)
    return exclusion


@transaction.atomic
def refuse_exclusion(exclusion: Exclusion, *, reason: str, actor: User, at: datetime) -> Exclusion:
    """Refuse what somebody else proposed. Raises Declined without a reason or for whoever asked."""
    _needs_reason(reason)
    exclusion, _streams = _locked(exclusion)
    _other_eyes(exclusion, actor)
    exclusion.refuse(by=actor, at=at, reason=reason.strip())
    exclusion.save(update_fields=["state", "decided_by", "decided_at", "remark"])
    record("exclusion.refused", exclusion, exclusion.agreement, actor, at, reason=reason)
    said = _("%(number)s was refused by %(name)s") % {"number": exclusion, "name": actor.name}
    tell_provider(exclusion, "refused", said, reason, actor=actor, at=at)
    return exclusion


@transaction.atomic
def acknowledge_exclusion(exclusion: Exclusion, *, actor: User, at: datetime) -> Exclusion:
    """Agree to an approved exclusion for the client. Raises TransitionNotAllowed when somebody was faster."""
    exclusion, _streams = _locked(exclusion)
    exclusion.acknowledge(by=actor, at=at)
    exclusion.save(update_fields=["state", "answered_by", "answered_at"])
    record("exclusion.acknowledged", exclusion, exclusion.agreement, actor, at)
    return exclusion


@transaction.atomic
def withdraw_exclusion(exclusion: Exclusion, *, reason: str, actor: User, at: datetime) -> Exclusion:
    """Take an exclusion back; what it took out of running figures counts again.

    Raises Declined without a reason, while it is disputed, and while an open correction rests on it.
    """
    _needs_reason(reason)
    exclusion, streams = _locked(exclusion)
    if exclusion.disputes.filter(state__in=Dispute.UNSETTLED).exists():
        raise Declined("", _("It is disputed. Answer that the client is right, and it is withdrawn."))
    counted = exclusion.state in Exclusion.COUNTING
    spans = list(exclusion.spans.values_list("pk", "lo", "counted_until"))
    if resting := _resting_on({pk for pk, _lo, _until in spans}, exclusion.agreement):
        raise Declined("", _("%s rests on it. Settle or refuse that first.") % ", ".join(resting))
    exclusion.withdraw(reason=reason.strip())
    exclusion.save(update_fields=["state", "remark"])
    if counted:
        touch(streams, [(lo, until) for _pk, lo, until in spans], at)
    record("exclusion.withdrawn", exclusion, exclusion.agreement, actor, at, reason=reason, counted=counted)
    said = _("%(number)s was withdrawn by %(name)s") % {"number": exclusion, "name": actor.name}
    tell_client(exclusion, "withdrawn", said, reason, actor=actor, at=at)
    return exclusion


def _resting_on(spans: set[int], agreement: Agreement) -> list[str]:
    """Open corrections that were worked out with one of these spans."""
    open_ones = Correction.objects.filter(agreement=agreement, state__in=Correction.OPEN).order_by("pk")
    cited = open_ones.values_list("number", "inputs")
    return [number for number, inputs in cited if spans & set(inputs.get("exclusions", []))]


def _locked(exclusion: Exclusion):
    agreement = lock_agreement(exclusion.agreement_id)
    streams = lock_streams(exclusion.targets.values_list("indicator", flat=True))
    exclusion = locked(Exclusion.objects.select_related("version", "proposed_by"), exclusion.pk)
    exclusion.agreement = agreement
    return exclusion, streams


def _other_eyes(exclusion: Exclusion, actor: User) -> None:
    if exclusion.proposed_by_id == actor.pk:
        raise Declined("", _("Somebody else decides on what you asked for."))


def _needs_reason(reason: str) -> None:
    if not reason.strip():
        raise Declined("reason", _("Say why: the others read it."))
