"""What taking rows in would do: compared with what is known, nothing written."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import gettext as _

from kpis import models
from kpis.intake import rows as r
from kpis.intake.rows import Row, RowError
from kpis.models import Fact, Indicator, Period
from kpis.spec import known_priorities
from kpis.windows import days

# SQLite takes 999 values in one statement.
CHUNK = 500


@dataclass
class Plan:
    """The facts to write (without their delivery yet), the days they touch, and all that is wrong."""

    facts: list[Fact] = field(default_factory=list)
    days: set[date] = field(default_factory=set)
    added: int = 0
    revised: int = 0
    unchanged: int = 0
    after_close: int = 0
    unexplained: int = 0  # rows that only lack a reason
    refused: int = 0  # rows with an error; the list of errors may be shorter
    rows: int = 0
    errors: list[RowError] = field(default_factory=list)

    @property
    def good(self) -> int:
        """How many rows have none; 0 when something is wrong with the delivery as a whole (row 0)."""
        return self.added + self.revised + self.unchanged


def plan(
    indicator: Indicator,
    rows: Iterable[Row],
    *,
    source: str,
    at: datetime,
    reason: str = "",
    unread: Sequence[RowError] = (),
) -> Plan:
    """Compare rows with what the indicator knows from this source. Each good row is counted once.

    To be relied on, the caller holds the indicator's lock; without it this is a preview. Samples have a
    plan of their own: kpis.intake.sampling.
    """
    taken = list(r.numbered(rows))
    made = Plan(rows=len(taken) + len({error.number for error in unread}), errors=list(unread))
    made.errors += whole_errors(source, reason)
    made.errors += _wrong(indicator, taken, at)
    bad = {error.number for error in made.errors}
    good = [] if 0 in bad else [(number, row) for number, row in taken if number not in bad]
    known = _known(indicator, [row for _number, row in good], source)
    for number, row in good:
        _judge(made, number, _fact(indicator, row, source), known, reason, at)
    closed = closed_periods(indicator)
    made.after_close = sum(_falls_into(fact, closed) for fact in made.facts)
    made.errors.sort(key=lambda error: (error.number, error.column))
    made.refused = len({error.number for error in made.errors})
    return made


def whole_errors(source: str, reason: str) -> list[RowError]:
    """What is wrong with a delivery as a whole: its row is 0."""
    return [
        RowError(0, name, _("Is longer than %(count)d characters.") % {"count": most})
        for name, text, most in (("source", source, r.LONGEST_ID), ("reason", reason, 200))
        if len(text) > most or "\x00" in text
    ]


def closed_periods(indicator: Indicator) -> list[tuple[datetime, datetime]]:
    """The spans of the closed periods that the stream has fed."""
    closed = Period.objects.filter(target__indicator=indicator, state=Period.State.CLOSED)
    return list(closed.order_by().values_list("lo", "hi").distinct())


def _wrong(indicator, taken, at):
    specs = list(indicator.targets.values_list("spec", flat=True)) if indicator.kind == "cases" else []
    return r.errors(
        [row for _number, row in taken],
        kind=indicator.kind,
        now=at,
        priorities=known_priorities(specs) if any(spec["priorities"] for spec in specs) else (),
    )


def _fact(indicator: Indicator, row: Row, source: str) -> Fact:
    common: dict[str, Any] = {"indicator_id": indicator.pk, "source": source, "at": row.at}
    if isinstance(row, r.Outage):
        return models.Outage(**common, external_id=r.outage_id(row), until=row.until)
    if isinstance(row, r.Observed):
        # Its end is part of its name: a log that watches on adds a span and revises none.
        return models.ObservedSpan(**common, external_id=row.until.isoformat(), until=row.until)
    assert isinstance(row, r.Case)
    return models.Case(
        **common,
        external_id=row.external_id,
        priority=row.priority,
        responded_at=row.responded_at,
        resolved_at=row.resolved_at,
        closed_at=row.closed_at,
        pauses=[[_iso(each.since), _iso(each.until), each.reason] for each in row.pauses],
        facts=row.facts,
    )


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _identity(fact: Fact) -> tuple[Any, ...]:
    return (type(fact), *(getattr(fact, name) for name in fact.identity))


def _known(indicator: Indicator, rows: Sequence[Row], source: str) -> dict[tuple[Any, ...], Fact]:
    """The newest revision of each of these rows, withdrawn ones too."""
    wanted: dict[type[Fact], list[Any]] = {}
    for row in rows:
        fact = _fact(indicator, row, source)
        wanted.setdefault(type(fact), []).append(fact.at if "at" in fact.identity else fact.external_id)
    found: dict[tuple[Any, ...], Fact] = {}
    for model, keys in wanted.items():
        lookup = "at__in" if "at" in model.identity else "external_id__in"
        newest = model.objects.newest(indicator.pk).filter(source=source)
        for start in range(0, len(keys), CHUNK):
            for fact in newest.filter(**{lookup: keys[start : start + CHUNK]}):
                found[_identity(fact)] = fact
    return found


# What a figure may be made of; anything else beside a fact (contact type, ...) changes without a reason.
JUDGED = {
    models.Outage: ("at", "until"),
    models.ObservedSpan: ("until",),
    models.Case: ("at", "priority", "responded_at", "resolved_at", "closed_at", "pauses"),
}
BESIDE = {models.Case: ("facts",)}


def _judge(made: Plan, number: int, fact: Fact, known: dict, reason: str, now: datetime) -> None:
    before = known.get(_identity(fact))
    if before is None:
        made.added += 1
        _keep(made, fact, now)
        return
    changed = [name for name in JUDGED[type(fact)] if getattr(before, name) != getattr(fact, name)]
    if before.voided:
        changed.append("voided")
    beside = any(getattr(before, name) != getattr(fact, name) for name in BESIDE.get(type(fact), ()))
    if not changed and not beside:
        made.unchanged += 1
        return
    # Filling what was open (an end, a closing) is the course of things; anything else corrects a figure.
    if not all(_was_open(before, name) for name in changed) and not reason:
        said = _("Differs from what was delivered before. Give a reason to correct it.")
        made.unexplained += 1
        made.errors.append(RowError(number, changed[0], said, str(getattr(before, changed[0]))))
        return
    made.revised += 1
    fact.revision = before.revision + 1
    made.days.update(_days(before, now))
    _keep(made, fact, now)


def _was_open(before: Fact, name: str) -> bool:
    """Whether nothing was said there yet; the pauses of a case are open for as long as it is."""
    if name == "pauses":
        assert isinstance(before, models.Case)
        return before.closed_at is None
    return getattr(before, name) is None


def _keep(made: Plan, fact: Fact, now: datetime) -> None:
    made.facts.append(fact)
    made.days.update(_days(fact, now))


def _days(fact: Fact, now: datetime) -> Iterator[date]:
    if isinstance(fact, models.Case):
        for at in (fact.at, fact.closed_at):
            if at is not None:
                yield from days(at, at)
    else:
        yield from days(fact.at, max(fact.until or now, fact.at))


def _falls_into(fact: Fact, closed: list[tuple[datetime, datetime]]) -> bool:
    if isinstance(fact, models.ObservedSpan):
        return False
    at = fact.closed_at or fact.at if isinstance(fact, models.Case) else fact.at
    return any(lo <= at < hi for lo, hi in closed)
