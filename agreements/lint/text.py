"""Rules about escalation, reporting and wording."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from agreements import clauses
from agreements.lint.finding import Facts, Finding, error, numbered, twice, warning
from agreements.terms import Level, Terms


def levels(terms: Terms, facts: Facts) -> Iterator[Finding]:
    found = sorted(level.level for level in terms.escalation.levels)
    if not found:
        yield error("no-level", "escalation.levels", _("Nobody is told when a target is missed: there is no level."))
    elif found != list(range(len(found))):
        yield error("level-gap", "escalation.levels", _("Levels are numbered 0, 1, 2 without a gap."))
    for place, level in numbered(terms.escalation.levels, "escalation.levels"):
        yield from _level(terms, place, level)
    repeats = terms.escalation.repeats
    if not 0 <= repeats <= 9 or (repeats and terms.escalation.repeat_seconds <= 0):
        yield error("bad-repetition", "escalation.levels", _("The ladder is repeated up to 9 times, after some time."))


def _level(terms: Terms, place: str, level: Level) -> Iterator[Finding]:
    positions = {position.key for position in terms.escalation.positions}
    if not positions & set(level.positions):
        yield error("level-empty", f"{place}.positions", _("Level %s tells nobody.") % level.level)
    for key in sorted(set(level.positions) - positions):
        words = {"level": level.level, "key": key}
        yield error(
            "unknown-position",
            f"{place}.positions",
            _("Level %(level)s names %(key)s, which is no position.") % words,
        )
    if level.after_seconds < 0 or (level.ack_seconds is not None and level.ack_seconds <= 0):
        yield error("bad-delay", place, _("Level %s: its times must be positive.") % level.level)
    if level.clock and level.clock not in {calendar.key for calendar in terms.calendars}:
        yield error(
            "unknown-calendar",
            f"{place}.clock",
            _("Level %s names a calendar that is not there.") % level.level,
        )


def positions(terms: Terms, facts: Facts) -> Iterator[Finding]:
    for key in twice(position.key for position in terms.escalation.positions):
        yield error("position-twice", "escalation.positions", _("The position %s is there twice.") % key)
    for place, position in numbered(terms.escalation.positions, "escalation.positions"):
        if position.party not in ("provider", "client"):
            yield error("unknown-party", f"{place}.party", _("“%s” belongs to no party.") % position.title)


def held(terms: Terms, facts: Facts) -> Iterator[Finding]:
    """A level whose positions nobody holds today would be passed over."""
    for place, level in numbered(terms.escalation.levels, "escalation.levels"):
        if level.positions and not facts.held & set(level.positions):
            yield warning(
                "level-unheld",
                f"{place}.positions",
                _("Nobody holds a position of level %s yet; name the people on the agreement’s page.") % level.level,
            )


def reporting(terms: Terms, facts: Facts) -> Iterator[Finding]:
    known = {position.key for position in terms.escalation.positions}
    if not terms.reporting.recipients:
        yield warning("no-recipient", "reporting.recipients", _("Nobody gets the reports."))
    for key in sorted(set(terms.reporting.recipients) - known):
        yield error("unknown-recipient", "reporting.recipients", _("Reports go to %s, which is no position.") % key)
    if not terms.reporting.intervals or set(terms.reporting.intervals) - {"month", "quarter"}:
        yield error("bad-interval", "reporting.intervals", _("Reports are monthly, quarterly, or both."))
    if terms.reporting.grace_days < 0 or terms.reporting.accepted_after_days < 1:
        yield error("bad-reporting", "reporting", _("The days around a report must be positive."))


def wording(terms: Terms, facts: Facts) -> Iterator[Finding]:
    if not terms.clauses:
        yield error("no-clause", "clauses", _("The agreement has no clause."))
    for identity in twice(clause.id for clause in terms.clauses):
        yield error("clause-twice", "clauses", _("The clause %s is there twice.") % identity)
    for place, clause in numbered(terms.clauses, "clauses"):
        if not clause.title.strip() or not clause.body.strip():
            yield error("clause-empty", f"{place}.body", _("The clause “%s” is empty.") % (clause.title or clause.id))
        for name in clauses.unknown(clause.body):
            words = {"title": clause.title, "name": name}
            yield error(
                "unknown-placeholder",
                f"{place}.body",
                _("The clause “%(title)s” asks for “%(name)s”, which the terms do not have.") % words,
            )


RULES = [levels, positions, held, reporting, wording]
