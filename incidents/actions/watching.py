"""The sweep that sees a limit being used up: warned of at 75, 90 and 100 percent, once each, and logged when missed."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import nudge
from accounts.models import User
from accounts.notifications import notify
from incidents import deadlines, desk, herds, late
from incidents.acting import open_breach
from incidents.models import Breach, Incident, IncidentLink, Mark
from kpis.models import Period, Standing
from kpis.text import period_name
from records import audit

log = structlog.get_logger(__name__)


def watch_limits(*, now: datetime) -> int:
    """Warn of incidents and periods whose limit is being used up, and log each deadline missed; returns how many.

    Safe to run twice, or twice at once. A row that fails stops no other; the first error is raised last.
    """
    work: list[tuple[Callable[[Any, datetime], int], Iterable[Any]]] = [
        (_watch_incident, Incident.objects.open().values_list("pk", flat=True)),
        (_warn_of_period, late.using_up()),
        (_log_late_cases, late.with_late_cases()),
    ]
    done, errors = 0, []
    for act, rows in work:
        for row in list(rows):
            try:
                done += act(row, now)
            except Exception as error:
                log.exception("watching_failed", act=act.__name__, row=str(row))
                errors.append(error)
    if errors:
        raise errors[0]
    return done


@transaction.atomic
def _watch_incident(pk: int, now: datetime) -> int:
    incident = desk.lock_incident(Incident(pk=pk))
    if incident.state not in late.RUNNING:
        return 0
    clocks = deadlines.clocks(
        incident.version.read_terms(), incident.priority, logged_at=incident.logged_at,
        acknowledged_at=incident.acknowledged_at, resolved_at=incident.resolved_at, now=now,
    )
    done = 0
    for clock in clocks:
        cause = f"incident:{incident.pk}:{clock.kind}"
        people = [incident.assignee] if incident.assignee else desk.staff(incident.agreement, now)
        percent = max(deadlines.passed(clock.reading, now), default=0)
        words = {"number": incident.number, "what": late.WHAT[clock.kind], "percent": percent}
        done += _mark(cause, percent, people, incident, now, url=incident.get_absolute_url(),
                      title=_("%(number)s: %(percent)d %% of the time to %(what)s is used") % words,
                      text=incident.title)
        if clock.is_missed and not Breach.objects.filter(cause=cause).exists():
            _log_late_incident(incident, clock, cause, now)
            done += 1
    return done


def _log_late_incident(incident: Incident, clock: deadlines.Clock, cause: str, now: datetime) -> None:
    title = _("%(number)s: late to %(what)s") % {"number": incident.number, "what": late.WHAT[clock.kind]}
    case = late.case_of(incident, clock)
    breach = open_breach(
        incident.version, cause=cause, title=title, figures=late.figures(incident.version, case), actor=None, at=now,
        confirmed=True,
    )
    IncidentLink.objects.create(incident=incident, breach=breach, by=incident.logged_by, at=now)


@transaction.atomic
def _warn_of_period(standing: Standing, now: datetime) -> int:
    period, used = standing.period, late.share(standing.outcome["room"])
    percent = max((each for each in late.PERCENTS if used >= each), default=0)
    target = period.target
    words = {"kpi": target.name, "period": period_name(period.label), "percent": percent}
    people = {target.agreement.owner, target.indicator.owner} - {None}
    return _mark(
        f"period:{period.pk}", percent, people, period, now, url=target.get_absolute_url(),
        title=_("%(kpi)s: %(percent)d %% of the room of %(period)s is used") % words,
        text=_("What is left is on the page of the KPI."),
    )


@transaction.atomic
def _log_late_cases(standing: Standing, now: datetime) -> int:
    Period.objects.select_for_update(of=("self",)).get(pk=standing.period_id)  # two sweeps take turns
    target, version = standing.period.target, standing.period.target.version
    missed = [
        herds.Missed(cause, _("Case %(case)s is late: %(kpi)s") % {"case": case, "kpi": target.name},
                     late.figures(version, {"id": case}))
        for cause, case in late.unlogged(target, standing.outcome["figures"]["open_past_due"]).items()
    ]
    if len(missed) > herds.FEW:
        title = _("%(count)d cases are late: %(kpi)s") % {"count": len(missed), "kpi": target.name}
        herds.open_herd(version, missed, kpi=target.key, title=title, at=now)
    else:
        for each in missed:
            open_breach(version, cause=each.cause, title=each.title, figures=each.figures, actor=None, at=now,
                        kpi=target.key, confirmed=True)
    return len(missed)


def _mark(
    cause: str,
    percent: int,
    people: Iterable[User | None],
    subject: Incident | Period,
    now: datetime,
    *,
    url: str,
    title: str,
    text: str,
) -> int:
    """Warn once of a share of the limit; the shares below it are passed with it, so that a stop makes no burst."""
    if not percent or Mark.objects.filter(cause=cause, percent__gte=percent).exists():
        return 0
    _row, created = Mark.objects.get_or_create(cause=cause, percent=percent, defaults={"at": now})
    if not created:
        return 0
    agreement = subject.agreement if isinstance(subject, Incident) else subject.target.agreement
    notify([person for person in people if person is not None], key=f"mark:{cause}:{percent}", title=title[:200],
           text=text, url=url, at=now, scope=agreement.reference)
    audit.record("limit.warned", subject, actor=None, at=now, scope=agreement.reference, cause=cause, percent=percent)
    nudge.engine("accounts.deliver")
    return 1
