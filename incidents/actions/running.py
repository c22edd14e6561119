"""What people do with a run whatever its subject: acknowledge, also by the link in a mail, and go up by hand."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.notifications import notify
from agreements import grants
from incidents import escalation, rules, subjects, telling
from incidents.acting import Refused
from incidents.actions import handling, incident_working
from incidents.models import AckLink, Incident, Run
from records import audit


@transaction.atomic
def acknowledge_run(run: Run, *, actor: User, at: datetime) -> Run:
    """Stop a run's ladder and take its subject up. Raises TransitionNotAllowed when somebody was faster."""
    run = _lock(run)
    if run.breach is not None:
        handling.acknowledge(run.breach, actor=actor, at=at)
        return run
    about = subjects.target(run)
    if isinstance(about, Incident):
        incident_working.acknowledge_incident(about, actor=actor, at=at)
        return run
    escalation.acknowledge(run, actor=actor, at=at)
    audit.record("escalation.acknowledged", about, actor=actor, at=at,
                 scope=run.agreement.reference, level=run.level, subject=run.subject)
    _tell_the_others(run, actor, at)
    return run


@transaction.atomic
def raise_run(run: Run, *, seen_level: int, actor: User, at: datetime) -> Run:
    """Tell the next level now, because the one told cannot solve it. `seen_level` is what the page showed.

    Raises Refused at the top, TransitionNotAllowed when the run is over, escalation.Faster when another press or
    the engine had told a level since.
    """
    run = _lock(run)
    try:
        escalation.go_up(run, seen_level=seen_level, actor=actor, at=at)
    except LookupError as error:
        raise Refused("", str(error)) from error
    return run


@transaction.atomic
def acknowledge_by_link(token: str, *, at: datetime) -> Run:
    """Acknowledge as the person whom the mail went to. The link works once.

    Raises Refused when it is unknown, used or lapsed, or its person may not acknowledge any more, and
    TransitionNotAllowed when somebody was faster; neither uses it up.
    """
    link = AckLink.objects.select_for_update(of=("self",)).usable(token, at=at)
    if link is None:
        raise Refused("", _("This link does not work any more."))
    if not rules.can_acknowledge(grants.load(link.user, at), link.run):
        raise Refused("", _("%s may not acknowledge this any more.") % link.user.name)
    acknowledge_run(link.run, actor=link.user, at=at)
    link.used_at = at
    link.save(update_fields=["used_at"])
    return link.run


def _lock(run: Run) -> Run:
    rows = Run.objects.select_for_update(of=("self",)).select_related("agreement", "breach")
    return rows.get(pk=run.pk)


def _tell_the_others(run: Run, actor: User, at: datetime) -> None:
    told = User.objects.filter(pk__in=telling.told_so_far(run)).exclude(pk=actor.pk)
    said = {"subject": run.number or run.agreement.reference, "name": actor.name}
    notify(told, key=f"run:{run.pk}:acknowledged:{at.isoformat()}", text=run.title, url=telling.page(run), at=at,
           title=(_("%(subject)s was acknowledged by %(name)s") % said)[:200], scope=run.agreement.reference,
           mail=False)
