"""The sweep that logs each missed target once, and settles breaches whose period closed since."""

from datetime import datetime

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from incidents import breaches
from incidents.acting import call_off, lock, open_breach, record
from incidents.models import Breach
from kpis import periods
from kpis.models import Period
from kpis.text import period_name

log = structlog.get_logger(__name__)


def log_breaches(*, now: datetime) -> int:
    """Log each missed target once, and settle breaches whose period closed since; returns how many changed.

    Safe to run twice, or twice at once. A row that fails stops no other; the first error is raised last.
    """
    work = [
        (_log, breaches.unlogged()),
        (_log_loss, breaches.lost()),
        (_settle, breaches.unsettled()),
    ]
    changed, errors = 0, []
    for act, rows in work:
        for pk in list(rows.values_list("pk", flat=True)):
            try:
                changed += act(pk, now)
            except Exception as error:
                log.exception("breach_sweep_failed", act=act.__name__, pk=pk)
                errors.append(error)
    if errors:
        raise errors[0]
    return changed


@transaction.atomic
def _log(period_pk: int, now: datetime) -> bool:
    period = _lock_period(period_pk)
    result = breaches.newest_result(period)
    # Another sweep, or a correction, may have been faster while we waited for the lock.
    if result is None or result.verdict != breaches.MISSED or period.breaches.exists():
        return False
    _open(period, breaches.figures(period, result.outcome, result=result), confirmed=True, at=now)
    return True


@transaction.atomic
def _log_loss(period_pk: int, now: datetime) -> bool:
    """A certain loss is a breach at once: no perfect rest of the period can meet the target any more."""
    period = _lock_period(period_pk)
    if period.state == Period.State.CLOSED or period.breaches.exists():
        return False
    outcome = periods.lost(period, now)
    if outcome is None:
        return False
    _open(period, breaches.figures(period, outcome.to_dict(), result=None), confirmed=False, at=now)
    return True


def _lock_period(pk: int) -> Period:
    related = Period.objects.select_related("target__version", "target__agreement", "target__indicator")
    return related.select_for_update(of=("self",)).get(pk=pk)


def _open(period: Period, figures: dict, *, confirmed: bool, at: datetime) -> None:
    open_breach(
        period.target.version, cause=breaches.cause(period), title=breaches.title(period), figures=figures, actor=None,
        at=at, period=period, kpi=period.target.key, confirmed=confirmed,
    )


@transaction.atomic
def _settle(pk: int, now: datetime) -> bool:
    run, breach = lock(Breach(pk=pk))
    period = breach.period
    assert period is not None  # `unsettled` brings breaches of closed periods only
    result = breaches.newest_result(period)
    if result.verdict != breaches.MISSED:
        if breach.state not in (Breach.State.OPEN, Breach.State.ACKNOWLEDGED):
            return False
        reason = _("%(period)s closed without a miss (edition %(edition)d)%(reason)s") % {
            "period": period_name(period.label),
            "edition": result.edition,
            "reason": f": {result.reason}" if result.reason else "",
        }
        call_off(run, breach, reason, actor=None, at=now)
        return True
    if breach.confirmed:
        return False
    breach.confirmed = True
    breach.figures = breaches.figures(period, result.outcome, result=result)
    breach.save(update_fields=["confirmed", "figures"])
    record("breach.confirmed", breach, actor=None, at=now, result_sha256=result.sha256)
    return True
