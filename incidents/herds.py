"""Many breaches at once: written in a few statements, each with its run, and told in one message a level.

A file may bring thousands of late cases. Each is a breach, with its number and its history; but one mail for each
would bury whoever should act, so that the ladder of all of them is climbed as one: steps of a herd fall due together
and say the same thing under one key (`telling.key`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts import nudge
from agreements.models import Version
from incidents import ladder, subjects
from incidents.models import Breach, Herd, Run, Step
from records import audit, numbers

FEW = 5  # so many are told one by one


@dataclass(frozen=True)
class Missed:
    """A breach to log: its cause, its title, and the figures that it keeps."""

    cause: str
    title: str
    figures: dict[str, Any]


def open_herd(
    version: Version, missed: Sequence[Missed], *, kpi: str, title: str, at: datetime
) -> Herd:
    """Log all of these breaches of a KPI by the version that judged them, and begin their ladders as one.

    In the caller's transaction, which holds what keeps two sweeps apart. Raises IntegrityError for a cause that has
    a breach.
    """
    herd = Herd.objects.create(agreement=version.agreement, title=title[:200], size=len(missed), created_at=at)
    count = numbers.run_of("BR", len(missed))
    breaches = Breach.objects.bulk_create([
        Breach(number=f"BR-{number:04}", agreement=version.agreement, cause=each.cause, title=each.title[:200],
               figures=each.figures, opened_at=at, kpi=kpi, confirmed=True)
        for number, each in zip(count, missed, strict=True)
    ], batch_size=500)
    runs = _start(herd, breaches, version, at)
    audit.record_all(
        audit.entry("breach.logged", breach, actor=None, at=at, scope=version.agreement.reference,
                    number=breach.number, cause=breach.cause, run=run.pk, confirmed=True, herd=herd.pk,
                    version=version.label, terms_sha256=version.terms_sha256, result_sha256="")
        for breach, run in zip(breaches, runs, strict=True)
    )
    nudge.engine("incidents.escalate")
    return herd


def _start(herd: Herd, breaches: Sequence[Breach], version: Version, at: datetime) -> list[Run]:
    """As escalation.start does for one."""
    terms = version.read_terms()
    document = ladder.freeze(terms) | {"version": version.label, "timezone": terms.agreement.timezone}
    matrix = ladder.read(document)
    runs = Run.objects.bulk_create([_run(herd, breach, version, document, matrix, at) for breach in breaches],
                                   batch_size=500)
    rungs = ladder.plan(matrix, at)
    level, due_at = (rungs[0].number, rungs[0].due_at) if rungs else (0, at)
    Step.objects.bulk_create([Step(run=run, level=level, due_at=due_at) for run in runs], batch_size=500)
    return runs


def _run(
    herd: Herd, breach: Breach, version: Version, document: dict[str, Any], matrix: ladder.Matrix, at: datetime
) -> Run:
    subject = subjects.of_breach(breach)
    return Run(
        agreement=version.agreement, subject=subject.key, number=subject.number, title=subject.title,
        url=subject.url, breach=breach, herd=herd, terms_sha256=version.terms_sha256, matrix=document,
        top=matrix.top, started_at=at, awake_from=at,
    )
