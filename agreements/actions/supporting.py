"""Say which OLAs and UCs stand behind an agreement, and look at them again when they change.

Their audit entries have no scope: by one, the client or the supplier would read them in the history of its agreement.
"""

import hashlib
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import nudge
from accounts.models import User
from accounts.notifications import notify
from agreements import feasibility, lives, supporting
from agreements.locking import lock
from agreements.models import Agreement, Support, Version
from agreements.signing import Refused
from agreements.terms import Terms
from records import audit


@transaction.atomic
def link_support(
    agreement: Agreement,
    *,
    by: Agreement,
    service: str = "",
    kpi: str = "",
    promise: str = "",
    group: str = "",
    actor: User,
    at: datetime,
) -> Support:
    """Say that an OLA or UC stands behind an agreement, or behind one service or KPI of it.

    `promise` names a KPI of the supporting agreement, `group` the alternatives it belongs to. Raises Refused ("by") for
    an agreement that the provider does not receive, that is no OLA or UC, that is linked already, or in a circle, and
    ("service", "kpi", "promise") for what the terms do not have.
    """
    agreement, at = lock(Agreement.objects.all(), agreement.pk, at)
    if by.kind not in (Agreement.Kind.OLA, Agreement.Kind.UC) or by.client_id != agreement.provider_id:
        raise Refused(_("Choose an OLA or UC that the provider receives."), "by")
    if supporting.reaches(by, agreement):
        raise Refused(_("%(by)s hangs on %(agreement)s itself.") % {"by": by, "agreement": agreement}, "by")
    names = {"service": service, "kpi": kpi, "promise": promise}
    _check_names(agreement, by, names, at)
    if agreement.supports.live().filter(by=by, **names).exists():
        raise Refused(_("%s is linked already.") % by.reference, "by")
    support = Support.objects.create(
        agreement=agreement, by=by, group=group, linked_by=actor, linked_at=at, **names
    )  # fmt: skip
    audit.record(
        "support.linked", support, actor=actor, at=at, supported=agreement.reference, by=by.reference,
        group=group, **names,
    )
    return support


def _check_names(agreement: Agreement, by: Agreement, names: dict[str, str], at: datetime) -> None:
    own, its = _terms_of(agreement, at), _terms_of(by, at)
    known = {
        "service": {each.key for each in own.services} if own else set(),
        "kpi": {each.key for each in own.kpis} if own else set(),
        "promise": {each.key for each in its.kpis} if its else set(),
    }
    for place, name in names.items():
        if name and name not in known[place]:
            raise Refused(_("The terms have no “%s”.") % name, place)


def _terms_of(agreement: Agreement, at: datetime) -> Terms | None:
    version = supporting.version_of(agreement, list(agreement.versions.exclude(state=Version.State.ABANDONED)), at)
    return version.read_terms() if version else None


@transaction.atomic
def unlink_support(support: Support, *, actor: User, at: datetime) -> Support:
    """Say that it stands behind the agreement no longer. A second time changes nothing."""
    support, at = lock(Support.objects.select_related("agreement", "by"), support.pk, at)
    if support.unlinked_at is not None:
        return support
    support.unlinked_by, support.unlinked_at = actor, at
    support.save(update_fields=["unlinked_by", "unlinked_at"])
    audit.record(
        "support.unlinked", support, actor=actor, at=at,
        supported=support.agreement.reference, by=support.by.reference,
    )
    return support


def recheck_supports(*, now: datetime) -> int:
    """Look again at what stands behind signed agreements, where it changed; the owner hears of what is short.

    Returns how many agreements were looked at. One that can't be read stops no other; its error is raised at the end.
    """
    active = Agreement.objects.filter(state=Agreement.State.ACTIVE, supports__unlinked_at=None)
    errors, looked = [], 0
    for pk in active.filter(supports__isnull=False).distinct().values_list("pk", flat=True):
        try:
            looked += _recheck(pk, now)
        except ValueError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return looked


@transaction.atomic
def _recheck(pk: int, now: datetime) -> int:
    agreement, now = lock(Agreement.objects.select_related("owner"), pk, now)
    version = lives.current(agreement.versions.executed().select_related("agreement"), now)
    rows = list(supporting.links(agreement))
    if version is None or not rows:
        return 0
    terms, found = version.read_terms(), supporting.behind(rows, now)
    mark = _mark(version.terms_sha256, rows, found)
    if all(row.checked == mark for row in rows):
        return 0
    short = [
        line for line in feasibility.check(terms, found, supporting.today(terms, now))
        if line.verdict == feasibility.SHORT
    ]  # fmt: skip
    problem = "\n".join(f"{line.about}: {line.text}" for line in short)
    known = {row.problem for row in rows}
    for row in rows:
        row.checked, row.problem = mark, problem
        row.save(update_fields=["checked", "problem"])
    if problem and known != {problem}:
        _tell(agreement, rows, problem, mark, now)
    return 1


def _mark(sha256: str, rows: list[Support], found: tuple[feasibility.Support, ...]) -> str:
    """What was looked at: the signed terms on both sides, the links, and whether a supporter has ended."""
    versions = sorted((each.pk, each.revision, each.state) for row in rows for each in row.by.versions.all())
    seen = [sha256, [row.pk for row in rows], versions, [each.ended for each in found]]
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def _tell(agreement: Agreement, rows: list[Support], problem: str, mark: str, now: datetime) -> None:
    audit.record(
        "support.found_short", rows[0], actor=None, at=now, supported=agreement.reference, problem=problem,
    )
    notify(
        [agreement.owner],
        key=f"support:{agreement.pk}:{mark}",
        title=_("What stands behind %s does not carry it any more") % agreement.reference,
        text=problem,
        url=reverse("agreements:support", args=[agreement.reference]),
        at=now,
    )
    nudge.engine("accounts.deliver")
