"""The renewal of a term: decided, agreed, recorded when it happened, reminded of before."""

from datetime import date, datetime
from operator import attrgetter
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts import nudge
from accounts.models import User
from agreements import ending_notices, ends, lifecycle, lives, reminding, terms
from agreements.actions.life import amend
from agreements.lifecycle import DAY, Life
from agreements.locking import lock
from agreements.models import Agreement, Reminder, Renewal, Version
from agreements.signing import Refused
from records import audit


@transaction.atomic
def keep(agreement: Agreement, *, actor: User, at: datetime) -> Renewal:
    """The provider decides to let the running term renew: its side is reminded no more. Notice stays possible.

    Raises Refused for an agreement that does not renew by itself, TransitionNotAllowed when it was decided.
    """
    agreement, at = lock(Agreement.objects.all(), agreement.pk, at)
    last = ends.last_life(agreement)
    end = lifecycle.end_of(last.term, last.timezone, at)
    if agreement.ends_at or not lifecycle.renews(last.term) or end is None:
        raise Refused(_("This agreement does not renew by itself."))
    renewal, created = Renewal.objects.get_or_create(
        agreement=agreement, term_ends_at=end, defaults={"kept_by": actor, "kept_at": at}
    )
    if not created:
        raise TransitionNotAllowed("it was decided already")
    audit.record(
        "agreement.kept", agreement, actor=actor, at=at, scope=agreement.reference, term_ends_at=end.isoformat()
    )
    return renewal


@transaction.atomic
def renew(agreement: Agreement, *, ends_on: date, actor: User, at: datetime) -> Version:
    """Start a renewal by agreement: a change that begins when the term ends and runs to `ends_on`.

    Both parties sign it like any change. Raises Refused ("ends_on"), TransitionNotAllowed as `amend` does.
    """
    last = ends.last_life(agreement)
    end = lifecycle.first_end(last.term, last.timezone)
    if end is None:
        raise Refused(_("This agreement has no end that a renewal could move."))
    first = end.astimezone(ZoneInfo(last.timezone)).date()
    if ends_on < first:
        raise Refused(_("The new term must end after %s.") % (first - DAY), "ends_on")
    version = amend(
        agreement, reason=Version.Reason.BUSINESS, reason_text=_("Renewal to %s") % ends_on.isoformat(), actor=actor,
        at=at,
    )
    document = version.read_terms()
    document.term.effective_from, document.term.ends_on = first.isoformat(), ends_on.isoformat()
    version.terms = terms.dump(document)
    version.save(update_fields=["terms"])
    return version


def record_renewals(*, now: datetime) -> int:
    """Write every rollover of a term into the history, once; returns how many. Reads never wait for it."""
    return sum(_record(agreement, now) for agreement in lives.with_lives(_running()))


def remind_due(*, now: datetime) -> int:
    """Remind both sides of notice days and ends; returns how many agreements were reminded of one.

    After a stop of any length each day is reminded of once, by its nearest stage; the stages passed are noted.
    """
    agreements = lives.with_lives(_running()).prefetch_related("reminders", "renewals")
    return sum(_remind(agreement, now) for agreement in agreements)


def _running():
    return Agreement.objects.filter(state=Agreement.State.ACTIVE).select_related("owner", "provider", "client")


def _last(agreement: Agreement) -> Version | None:
    executed = [each for each in agreement.versions.all() if each.state == Version.State.EXECUTED]
    return max(executed, key=attrgetter("effective_from"), default=None)


def _record(agreement: Agreement, now: datetime) -> int:
    last = _last(agreement)
    if last is None or agreement.ends_at is not None:
        return 0
    life = lives.life(last)
    # What rolled over before the portal knew of the contract is no event of its history here.
    since = max(each for each in (last.effective_from, last.executed_at) if each is not None)
    return sum(_roll(agreement, life, end, now) for end in lifecycle.rollovers(life.term, life.timezone, since, now))


@transaction.atomic
def _roll(agreement: Agreement, life: Life, end: datetime, now: datetime) -> bool:
    renewal, _created = Renewal.objects.get_or_create(agreement=agreement, term_ends_at=end)
    if not Renewal.objects.filter(pk=renewal.pk, renewed_at=None).update(renewed_at=now):
        return False
    following = lifecycle.end_of(life.term, life.timezone, end).astimezone(ZoneInfo(life.timezone)).date() - DAY
    audit.record(
        "agreement.renewed", agreement, actor=None, at=now, scope=agreement.reference, version=life.label,
        from_=end.isoformat(), last_day=following.isoformat(),
    )
    ending_notices.renewed(agreement, following, at=now)
    return True


def _remind(agreement: Agreement, now: datetime) -> bool:
    last, told = _last(agreement), False
    if last is None:
        return told
    today = now.astimezone(ZoneInfo(lives.life(last).timezone)).date()
    for milestone in lives.milestones(agreement, now):
        if milestone.kind in ("notice_by", "end"):
            told |= _remind_of(agreement, milestone, today, now)
    return told


def _remind_of(agreement: Agreement, milestone: lifecycle.Milestone, today: date, now: datetime) -> bool:
    done = {each.days for each in agreement.reminders.all() if (each.kind, each.on) == (milestone.kind, milestone.on)}
    due = reminding.due(milestone.on, today, done)
    for stage in due.passed:
        _note(agreement, milestone, stage, Reminder.State.COALESCED, now)
    if due.send is None:
        return False
    with transaction.atomic():
        if not _note(agreement, milestone, due.send, Reminder.State.SENT, now):
            return False
        kept = any(each.kept_at and each.term_ends_at > now for each in agreement.renewals.all())
        ending_notices.reminded(
            agreement, milestone.kind, milestone.on, (milestone.on - today).days, kept=kept, stage=due.send, at=now
        )
        audit.record(
            "term.reminded", agreement, actor=None, at=now, scope=agreement.reference, kind=milestone.kind,
            on=milestone.on.isoformat(), days=due.send,
        )
        nudge.engine("accounts.deliver")
    return True


def _note(agreement: Agreement, milestone: lifecycle.Milestone, stage: int, state: str, now: datetime) -> bool:
    """Claim one stage; False when another engine was faster."""
    try:
        with transaction.atomic():
            Reminder.objects.create(
                agreement=agreement, kind=milestone.kind, on=milestone.on, days=stage, state=state, at=now
            )
    except IntegrityError:
        return False
    return True
