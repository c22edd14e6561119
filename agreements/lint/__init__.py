"""What is wrong with terms before anybody reviews them: a pure function of terms and a few facts (no ORM).

An error stops the review, a warning is shown, a note says what may be meant so. Each rule is a small
function that yields findings; `place` names the value as in "kpis.2.target", `part` the page of the editor where it
is changed.
"""

from agreements.lint import credits, hours, kpis, measuring, parties, support, text
from agreements.lint.finding import PART_OF, Facts, Finding
from agreements.terms import Terms

__all__ = ["PART_OF", "Facts", "Finding", "check", "errors", "notes", "warnings"]

RULES = [*parties.RULES, *kpis.RULES, *measuring.RULES, *credits.RULES, *hours.RULES, *text.RULES, *support.RULES]


def check(terms: Terms, facts: Facts) -> list[Finding]:
    """Every finding, errors first, notes last, each group in the order of the rules."""
    found = [finding for rule in RULES for finding in rule(terms, facts)]
    return errors(found) + warnings(found) + notes(found)


def errors(findings: list[Finding]) -> list[Finding]:
    return [each for each in findings if each.severity == "error"]


def warnings(findings: list[Finding]) -> list[Finding]:
    return [each for each in findings if each.severity == "warning"]


def notes(findings: list[Finding]) -> list[Finding]:
    return [each for each in findings if each.severity == "note"]
