"""A closed result worked out again on somebody's wish."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from kpis import results
from kpis.models import PeriodResult
from records import audit


@transaction.atomic
def recompute_result(result: PeriodResult, *, actor: User, at: datetime) -> bool:
    """Whether the raw rows and the signed terms give the same bytes again; who asked is recorded."""
    found, period = results.problems(result), result.period
    audit.record(
        "result.recomputed", result, actor=actor, at=at, scope=period.target.agreement.reference,
        kpi=period.target.key, period=period.label, edition=result.edition, sha256=result.sha256,
        problems=found,
    )
    return not found
