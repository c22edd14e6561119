"""The client's answer to a credit that the terms propose."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from kpis.models import Credit
from records import audit


@transaction.atomic
def agree_credit(credit: Credit, *, actor: User, at: datetime) -> Credit:
    """Agree to a proposed credit. Raises TransitionNotAllowed when it was decided already."""
    credit = _locked(credit)
    credit.agree(by=actor, at=at)
    return _decided(credit, "credit.agreed", actor, at)


@transaction.atomic
def refuse_credit(credit: Credit, *, reason: str, actor: User, at: datetime) -> Credit:
    """Refuse a proposed credit with a reason. Raises TransitionNotAllowed when it was decided already."""
    credit = _locked(credit)
    credit.refuse(by=actor, at=at, reason=reason)
    return _decided(credit, "credit.refused", actor, at)


def _locked(credit: Credit) -> Credit:
    return Credit.objects.select_for_update().get(pk=credit.pk)


def _decided(credit: Credit, verb: str, actor: User, at: datetime) -> Credit:
    credit.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    period = credit.period
    audit.record(
        verb, credit, actor=actor, at=at, scope=period.target.agreement.reference, kpi=period.target.key,
        period=period.label, amount=str(credit.amount), currency=credit.currency, reason=credit.reason,
    )
    return credit
