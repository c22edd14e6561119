"""Everything that writes breaches: the sweep that logs them, and what people do with them."""

from collections.abc import Iterable
from datetime import datetime

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import nudge
from accounts.models import Role, User
from accounts.notifications import notify
from agreements.people import members
from incidents import breaches, escalation, telling
from incidents.models import Breach, Run
from kpis import periods
from kpis.models import Period
from kpis.text import period_name
from records import audit, numbers

log = structlog.get_logger(__name__)


class Refused(ValueError):
    """An input that an act does not take; `place` is the form field."""

    def __init__(self, place: str, message: str):
        super().__init__(message)
        self.place = place


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


def _open(period: Period, figures: dict, *, confirmed: bool, at: datetime) -> Breach:
    agreement = period.target.agreement
    breach = Breach.objects.create(
        number=f"BR-{numbers.following('BR'):04}",
        agreement=agreement,
        period=period,
        cause=breaches.cause(period),
        title=breaches.title(period)[:200],
        figures=figures,
        confirmed=confirmed,
        opened_at=at,
    )
    run = escalation.start(breach, period.target.version, at=at)
    audit.record("breach.logged", breach, actor=None, at=at, scope=agreement.reference, number=breach.number,
                 cause=breach.cause, run=run.pk, confirmed=confirmed,
                 **{key: figures[key] for key in ("version", "terms_sha256", "result_sha256")})
    nudge.engine("incidents.escalate")
    return breach


@transaction.atomic
def _settle(pk: int, now: datetime) -> bool:
    run, breach = _lock(Breach(pk=pk))
    result = breaches.newest_result(breach.period)
    if result.verdict != breaches.MISSED:
        if breach.state not in (Breach.State.OPEN, Breach.State.ACKNOWLEDGED):
            return False
        reason = _("%(period)s closed without a miss (edition %(edition)d)%(reason)s") % {
            "period": period_name(breach.period.label),
            "edition": result.edition,
            "reason": f": {result.reason}" if result.reason else "",
        }
        _rescue(run, breach, reason, actor=None, at=now)
        return True
    if breach.confirmed:
        return False
    breach.confirmed = True
    breach.figures = breaches.figures(breach.period, result.outcome, result=result)
    breach.save(update_fields=["confirmed", "figures"])
    _record("breach.confirmed", breach, actor=None, at=now, result_sha256=result.sha256)
    return True


@transaction.atomic
def acknowledge(breach: Breach, *, actor: User, at: datetime) -> Breach:
    """Stop the escalation and own the breach. Raises TransitionNotAllowed when somebody was faster.

    After a lapsed acknowledgement the breach may be acknowledged again; its owner is then the new person.
    """
    run, breach = _lock(breach)
    escalation.acknowledge(run, at=at)
    if breach.state == Breach.State.OPEN:
        breach.acknowledge(by=actor, at=at)
    breach.owner = actor
    breach.save(update_fields=["state", "acknowledged_by", "acknowledged_at", "owner"])
    _record("breach.acknowledged", breach, actor=actor, at=at, level=run.level)
    told = User.objects.filter(pk__in=telling.told_so_far(run)).exclude(pk=actor.pk)
    _tell(told, breach, "acknowledged", at=at, mail=False,
          title=_("%(number)s was acknowledged by %(name)s") % {"number": breach.number, "name": actor.name},
          text=breach.title)
    return breach


@transaction.atomic
def document_outcome(
    breach: Breach, *, root_cause: str, corrective: str, preventive: str, actor: User, at: datetime
) -> Breach:
    """Write what was behind it and what was done; the client is asked to confirm. Stops the escalation.

    Raises Refused without a cause or a corrective action.
    """
    for place, text in (("root_cause", root_cause), ("corrective", corrective)):
        if not text.strip():
            raise Refused(place, _("Say this in a sentence: the client reads it and the report prints it."))
    run, breach = _lock(breach)
    words = {"root_cause": root_cause, "corrective": corrective, "preventive": preventive}
    breach.document_outcome(**words, by=actor, at=at)
    breach.save(update_fields=["state", *words, "outcome_by", "outcome_at"])
    escalation.rest(run, at=at)
    _record("breach.outcome_documented", breach, actor=actor, at=at, **words)
    _tell(members(breach.agreement.client, Role.CLIENT, at=at), breach, "outcome", at=at,
          title=_("%(number)s: please confirm the outcome") % {"number": breach.number},
          text=_("%(title)s.\n\nCause: %(cause)s\n\nWhat was done: %(done)s")
          % {"title": breach.title, "cause": root_cause, "done": corrective})
    return breach


@transaction.atomic
def close(breach: Breach, *, actor: User, at: datetime) -> Breach:
    """Confirm the outcome and end the run. Raises Refused when the writer of the outcome confirms it."""
    run, breach = _lock(breach)
    if breach.state == Breach.State.OUTCOME and breach.outcome_by_id == actor.pk:
        raise Refused("", _("Somebody else must confirm an outcome that you wrote."))
    breach.close(by=actor, at=at)
    breach.save(update_fields=["state", "closed_by", "closed_at"])
    escalation.resolve(run, at=at)
    _record("breach.closed", breach, actor=actor, at=at)
    _tell(_owner(breach, actor), breach, "closed", at=at, mail=False,
          title=_("%(number)s was closed by %(name)s") % {"number": breach.number, "name": actor.name},
          text=breach.title)
    return breach


@transaction.atomic
def reopen(breach: Breach, *, reason: str, actor: User, at: datetime) -> Breach:
    """Take a breach up again: its outcome was refused, or it came back. Raises Refused without a reason."""
    if not reason.strip():
        raise Refused("reason", _("Say why, so that the owner knows what is missing."))
    run, breach = _lock(breach)
    breach.reopen(reason=reason)
    breach.save(update_fields=["state", "reason", "closed_at", "closed_by"])
    escalation.resume(run, at=at)
    _record("breach.reopened", breach, actor=actor, at=at, reason=reason)
    _tell(_owner(breach, actor), breach, "reopened", at=at,
          title=_("%(number)s was taken up again") % {"number": breach.number},
          text=_("%(name)s: %(reason)s") % {"name": actor.name, "reason": reason})
    return breach


@transaction.atomic
def rescue(breach: Breach, *, reason: str, actor: User | None, at: datetime) -> Breach:
    """Declare it not a breach, by the exclusion or correction that says so. Raises Refused without it."""
    if not reason.strip():
        raise Refused("reason", _("Name the exclusion or correction."))
    run, breach = _lock(breach)
    return _rescue(run, breach, reason, actor=actor, at=at)


def _rescue(run: Run, breach: Breach, reason: str, *, actor: User | None, at: datetime) -> Breach:
    breach.rescue(reason=reason, at=at)
    breach.save(update_fields=["state", "reason", "closed_at"])
    escalation.resolve(run, at=at)
    _record("breach.rescued", breach, actor=actor, at=at, reason=reason)
    told = User.objects.filter(pk__in=telling.told_so_far(run))
    _tell(told, breach, "rescued", at=at, mail=False,
          title=_("%(number)s is not a breach") % {"number": breach.number}, text=reason)
    return breach


def _lock(breach: Breach) -> tuple[Run, Breach]:
    """Lock the run, as the engine does: it guards its breach too. Both are read as they are now."""
    run = Run.objects.select_for_update(of=("self",)).select_related("agreement").get(breach=breach.pk)
    return run, Breach.objects.select_related("agreement", "period", "owner").get(pk=breach.pk)


def _record(verb: str, breach: Breach, *, actor: User | None, at: datetime, **data) -> None:
    audit.record(verb, breach, actor=actor, at=at, scope=breach.agreement.reference, **data)


def _owner(breach: Breach, actor: User) -> list[User]:
    return [breach.owner] if breach.owner and breach.owner != actor else []


def _tell(
    people: Iterable[User],
    breach: Breach,
    what: str,
    *,
    title: str,
    text: str,
    at: datetime,
    mail: bool = True,
) -> None:
    # The moment is part of the key: what is taken up again may be acknowledged or documented again.
    notify(people, key=f"breach:{breach.pk}:{what}:{at.isoformat()}", title=title[:200], text=text,
           url=breach.get_absolute_url(), at=at, scope=breach.agreement.reference,
           group=telling.breach_group(breach), mail=mail)
    nudge.engine("accounts.deliver")
