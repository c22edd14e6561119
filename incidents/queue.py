"""The queue of breaches: which ones a filter asks for, most urgent first, and what a row says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.utils.translation import gettext as _

from accounts.models import User
from agreements.models import Involvement
from incidents.display import share, told_names
from incidents.figures import brief
from incidents.models import Breach, Run, Step

OPEN, ACKNOWLEDGED, OUTCOME = Breach.State.OPEN, Breach.State.ACKNOWLEDGED, Breach.State.OUTCOME
SETTLED = [Breach.State.CLOSED, Breach.State.NOT_A_BREACH]
URGENCY = [OPEN, ACKNOWLEDGED, OUTCOME]


def views(user: User) -> dict[str, tuple[str, Q]]:
    """The tabs above the queue: key in the URL, name, filter. The first is the default."""
    unsettled = ~Q(state__in=SETTLED)
    on_my_ladder = Involvement.objects.filter(agreement=OuterRef("agreement"), user=user, capacity="position")
    return {
        "open": (_("Open"), unsettled),
        "mine": (_("With me"), unsettled & (Q(owner=user) | Q(state=OPEN) & Exists(on_my_ladder))),
        "new": (_("Not acknowledged"), Q(state=OPEN)),
        "outcome": (_("Outcome due"), Q(state=ACKNOWLEDGED)),
        "client": (_("Waits for client"), Q(state=OUTCOME)),
        "resolved": (_("Resolved"), Q(state__in=SETTLED)),
        "all": (_("All"), Q()),
    }


def counts(breaches: QuerySet[Breach], user: User) -> dict[str, int]:
    """How many each tab holds, and the newest of all ("newest"), in one query."""
    tabs = views(user).items()
    each = {key: Count("pk", filter=condition) for key, (_name, condition) in tabs if condition}
    return breaches.order_by().aggregate(**each, all=Count("pk"), newest=Max("pk"))


def search(breaches: QuerySet[Breach], words: str) -> QuerySet[Breach]:
    """Those whose number, title, cause or agreement holds every word."""
    for word in words.split():
        breaches = breaches.filter(
            Q(number__icontains=word)
            | Q(title__icontains=word)
            | Q(root_cause__icontains=word)
            | Q(agreement__reference__icontains=word)
            | Q(agreement__title__icontains=word)
        )
    return breaches


OPENED = {"30": 30, "90": 90, "365": 365}


def spans() -> list[tuple[str, str]]:
    """The choices of the filter by opening: (value in the URL, words)."""
    return [("30", _("last 30 days")), ("90", _("last 90 days")), ("365", _("last 12 months"))]


def narrow(breaches: QuerySet[Breach], chosen: Mapping[str, str], now: datetime) -> QuerySet[Breach]:
    """By client, level of the ladder that was told last, and how long ago they were opened."""
    if chosen["client"]:
        breaches = breaches.filter(agreement__client=int(chosen["client"]))
    if chosen["level"]:
        breaches = breaches.filter(run__level=int(chosen["level"]))
    if chosen["herd"]:
        breaches = breaches.filter(run__herd=int(chosen["herd"]))
    if chosen["opened"]:
        breaches = breaches.filter(opened_at__gte=now - timedelta(days=OPENED[chosen["opened"]]))
    return breaches


def for_list(breaches: QuerySet[Breach]) -> QuerySet[Breach]:
    """Most urgent first, with all that a row says: two queries whatever their number."""
    pending = Step.objects.pending().filter(run__breach=OuterRef("pk")).order_by("due_at")
    urgency = Case(
        *(When(state=state, then=Value(rank)) for rank, state in enumerate(URGENCY)),
        default=Value(len(URGENCY)),
        output_field=IntegerField(),
    )
    related = breaches.select_related("agreement__client", "agreement__provider", "owner", "closed_by", "run")
    return (
        related.prefetch_related("run__steps")
        .annotate(urgency=urgency, next_due=Subquery(pending.values("due_at")[:1]))
        .order_by("urgency", F("next_due").asc(nulls_last=True), "-opened_at", "-pk")
    )


@dataclass(frozen=True)
class Row:
    """What the queue says about one breach: with whom it is, and what happens next."""

    breach: Breach
    people: str
    place: str
    next: str
    due: datetime | None
    share: int  # percent of the time to `due` that is gone
    figure: str
    level: int | None  # an acknowledgement lapsed and the ladder went on to this level

    @property
    def can_tick(self) -> bool:
        return self.breach.run.state in (Run.State.ACTIVE, Run.State.SUSPENDED)


def rows(breaches: Iterable[Breach], user: User, now: datetime) -> list[Row]:
    """Rows of breaches that `for_list` brought."""
    return [_row(breach, user, now) for breach in breaches]


def _row(breach: Breach, user: User, now: datetime) -> Row:
    run, steps = breach.run, list(breach.run.steps.all())
    waiting = [step for step in steps if step.state == Step.State.PENDING]
    # The end of a rest is newer than the level that waits for it.
    pending = max(waiting, key=lambda step: step.round, default=None)
    active = run.state == Run.State.ACTIVE
    people, place = _with(breach, steps, user)
    fired = [step.fired_at for step in steps if step.state == Step.State.FIRED]
    since = (max(fired) if fired else breach.opened_at) if active else run.acknowledged_at or now
    return Row(
        breach=breach,
        people=people,
        place=place,
        next=_next(breach, run, pending),
        due=pending.due_at if pending else None,
        share=share(since, pending.due_at, now) if pending else 0,
        figure=brief(breach),
        level=run.level if active and breach.state == ACKNOWLEDGED else None,
    )


def _with(breach: Breach, steps: list[Step], user: User) -> tuple[str, str]:
    if breach.state in SETTLED:
        return (_name(breach.closed_by, user) if breach.closed_by else "", "")
    if breach.state == OUTCOME:
        return breach.agreement.client.name, _("client")
    if breach.run.state != Run.State.ACTIVE and breach.owner:
        return _name(breach.owner, user), _("owner")
    told = [step for step in steps if step.kind == Step.Kind.NOTIFY and step.state == Step.State.FIRED]
    if not told:
        return _("nobody yet"), ""
    names = told_names(told[-1], user) or _("nobody reachable")
    return names, level_name(breach.run, told[-1].level)


def _name(person: User, user: User) -> str:
    return _("You") if person == user else person.name


def _next(breach: Breach, run: Run, pending: Step | None) -> str:
    if breach.state == OUTCOME:
        return _("Client confirms the outcome")
    if breach.state in SETTLED:
        return ""
    if run.state == Run.State.SUSPENDED:
        return _("Rests during agreed maintenance")
    if run.state != Run.State.ACTIVE:
        return _("Document the outcome")
    if pending is None:
        return _("The last level is told")
    return _("Goes to %(level)s") % {"level": level_name(run, pending.level)}


def level_name(run: Run, number: int) -> str:
    """What the signed matrix calls a level: "Level 1, Management"."""
    names = {level["level"]: level["name"] for level in run.matrix["escalation"]["levels"]}
    if not names.get(number):
        return _("Level %(number)d") % {"number": number}
    return _("Level %(number)d, %(name)s") % {"number": number, "name": names[number]}
