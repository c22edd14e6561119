"""What every act on a breach needs: the opening, the lock, the audit entry, the people to tell."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts import nudge
from accounts.models import User
from accounts.notifications import notify
from agreements.models import Version
from incidents import escalation, reply_to, subjects, telling
from incidents.models import Breach, Run
from records import audit, numbers


class Refused(ValueError):
    """An input that an act does not take; `place` is the form field."""

    def __init__(self, place: str, message: str):
        super().__init__(message)
        self.place = place


class Overtaken(Refused):
    """What the act was about has changed since the page, or the machine, read it."""


def lock(breach: Breach) -> tuple[Run, Breach]:
    """Lock the run, as the engine does: it guards its breach too. Both are read as they are now."""
    run = Run.objects.select_for_update(of=("self",)).select_related("agreement").get(breach=breach.pk)
    return run, Breach.objects.select_related("agreement", "period", "owner").get(pk=breach.pk)


def open_breach(
    version: Version,
    *,
    cause: str,
    title: str,
    figures: dict[str, Any],
    actor: User | None,
    at: datetime,
    **fields: Any,
) -> Breach:
    """Log a breach by the version that judged it and begin its run, in the caller's transaction.

    `fields` are further columns. Raises IntegrityError when the cause has a breach: ask first, under a lock.
    """
    agreement = version.agreement
    breach = Breach.objects.create(
        number=f"BR-{numbers.following('BR'):04}", agreement=agreement, cause=cause, title=title[:200],
        figures=figures, opened_at=at, logged_by=actor, **fields,
    )
    run = escalation.start(subjects.of_breach(breach), version, at=at, breach=breach)
    record("breach.logged", breach, actor=actor, at=at, number=breach.number, cause=cause, run=run.pk,
           confirmed=breach.confirmed,
           **{key: figures[key] for key in ("version", "terms_sha256", "result_sha256")})
    return breach


def record(verb: str, breach: Breach, *, actor: User | None, at: datetime, **data) -> None:
    audit.record(verb, breach, actor=actor, at=at, scope=breach.agreement.reference, **data)


def owner(breach: Breach, actor: User) -> list[User]:
    return [breach.owner] if breach.owner and breach.owner != actor else []


def tell(
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
           group=telling.breach_group(breach), mail=mail, reply_to=reply_to.reply_address(breach.number))
    nudge.engine("accounts.deliver")


def call_off(run: Run, breach: Breach, reason: str, *, actor: User | None, at: datetime) -> Breach:
    breach.rescue(reason=reason, at=at)
    breach.save(update_fields=["state", "reason", "closed_at"])
    escalation.resolve(run, at=at)
    record("breach.rescued", breach, actor=actor, at=at, reason=reason)
    told = User.objects.filter(pk__in=telling.told_so_far(run))
    tell(told, breach, "rescued", at=at, mail=False,
         title=_("%(number)s is not a breach") % {"number": breach.number}, text=reason)
    return breach
