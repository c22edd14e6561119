"""Late data and the ladder: which of them still need a run, and which runs are over because the data came."""

from datetime import datetime

from incidents.models import Run
from incidents.subjects import Subject
from kpis import late
from kpis.late import Unanswered
from kpis.models import LateData, Target

PREFIX = f"{LateData._meta.label_lower}:"


def key(owed: Unanswered) -> str:
    """The subject's key: one stream may feed several agreements, and each has its own ladder."""
    return f"{PREFIX}{owed.late.pk}:{owed.agreement.pk}"


def without_run(now: datetime) -> list[Unanswered]:
    """What a reminder did not bring within its time and no run was ever begun for."""
    owed = {key(each): each for each in late.to_escalate(now)}
    begun = set(Run.objects.filter(subject__in=owed).values_list("subject", flat=True))
    return [each for name, each in owed.items() if name not in begun]


def subject(owed: Unanswered, target: Target) -> Subject:
    """Its page is that of a KPI that waits for the data: both parties may read it."""
    return Subject(key(owed), owed.title, target.get_absolute_url())


def waiting_target(owed: Unanswered) -> Target | None:
    """A target whose period waits for the data; its version is the one that binds. None: all are closed."""
    fed = Target.objects.filter(agreement=owed.agreement, indicator=owed.late.indicator)
    return fed.filter(periods__hi=owed.late.ended_at).select_related("version__agreement").order_by("pk").first()


def settled() -> list[str]:
    """The keys of open runs whose data came, or whose periods were closed without them."""
    open_runs = Run.objects.filter(breach=None, subject__startswith=PREFIX).exclude(state=Run.State.RESOLVED)
    keys = {name: int(name.split(":")[1]) for name in open_runs.values_list("subject", flat=True)}
    came = set(LateData.objects.filter(pk__in=keys.values(), came_at__isnull=False).values_list("pk", flat=True))
    return [name for name, pk in keys.items() if pk in came]
