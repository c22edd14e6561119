"""What a missed target is worth by the signed tiers, and the client's answer to it."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.db import transaction
from django.db.models import Sum

from accounts.models import User
from kpis.credits import CreditDue, Tier, credit_for, share_of, together
from kpis.models import Credit, PeriodResult
from records import audit


@transaction.atomic
def propose_credit(result: PeriodResult, *, at: datetime) -> Credit | None:
    """Propose what the signed terms pay for a missed target; None where they pay nothing.

    Of a later edition it is the difference to what the earlier ones gave, below zero when they gave too much.
    """
    target = result.period.target
    if target.spec["credit"] is None:
        return None
    due = _due(result)
    amount = _beside_others(result, due.amount) if due is not None else Decimal()
    percent = _percent(due, amount, Decimal(target.spec["credit"]["fee"])) if due is not None else Decimal()
    earlier = Credit.objects.filter(result__period=result.period, result__edition__lt=result.edition)
    for given in earlier.filter(state__in=Credit.GIVEN):
        amount, percent = amount - given.amount, percent - given.percent
    if not amount:
        return None
    credit = Credit.objects.create(result=result, percent=percent, amount=amount, currency=target.spec["currency"])
    audit.record(
        "credit.proposed", credit, actor=None, at=at, scope=target.agreement.reference, kpi=target.key,
        period=result.period.label, percent=str(percent), amount=str(amount),
        currency=credit.currency, tier=due.tier if due else None, edition=result.edition,
    )
    return credit


def _due(result: PeriodResult) -> CreditDue | None:
    """What the signed tiers give for a result by itself; None where they give nothing."""
    term, value = result.period.target.spec["credit"], result.outcome["value"]
    if result.verdict != "breached" or value is None:
        return None
    return credit_for(
        Fraction(value),
        [Tier.from_terms(row) for row in term["tiers"]],
        Decimal(term["fee"]),
        cap_percent=Decimal(term["cap_percent"]),
        minimum=Decimal(term.get("minimum", "0")),
    )


def _percent(due: CreditDue, amount: Decimal, fee: Decimal) -> Decimal:
    return due.percent if amount == due.amount or not fee else share_of(amount, fee)


def _beside_others(result: PeriodResult, amount: Decimal) -> Decimal:
    """What the credit adds to those of the other KPIs in the same period, by their common rule."""
    period = result.period
    term = period.target.spec.get("crediting") or {}
    others = Credit.objects.filter(
        result__period__target__agreement=period.target.agreement_id, result__period__label=period.label,
        state__in=Credit.GIVEN,
    ).exclude(result__period=period)
    # Of each KPI what all its editions give together.
    sums = others.order_by().values("result__period").annotate(given=Sum("amount"))
    most = Decimal(term["most"]) if term.get("most") else None
    return together(amount, list(sums.values_list("given", flat=True)), rule=term.get("rule", "sum"), most=most)


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
