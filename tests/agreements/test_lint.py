"""Each rule has a case that shows it: complete terms, one thing spoiled, one finding more."""

from dataclasses import fields
from datetime import date

import pytest

from agreements import lint
from agreements import terms as t
from tests.factories import make_terms

FACTS = {
    "today": date(2026, 4, 1),
    "accepted": frozenset({"R1"}),
    "held": frozenset({"p-desk", "p-head", "c-head"}),
    "able": frozenset({"provider", "client"}),
}


def codes(terms, **facts):
    """Errors and warnings; notes are told of in test_tracing.py."""
    found = lint.check(terms, lint.Facts(**FACTS | facts))
    return [(each.severity, each.code, each.place) for each in lint.errors(found) + lint.warnings(found)]


def spoiled(path, value):
    """Complete terms with the value at a path replaced: "kpis.0.target"."""
    terms = make_terms()
    *steps, last = path.split(".")
    here = terms
    for step in steps:
        here = here[int(step)] if step.isdigit() else getattr(here, step)
    if isinstance(here, list | dict):
        here[int(last) if last.isdigit() else last] = value
    else:
        setattr(here, last, value)
    return terms


def test_complete_terms_have_no_finding():
    assert codes(make_terms()) == []


NOBODY = t.Party("Northgate", "", [])
TWICE = [t.Signatory("a", "provider", 1, "Director"), t.Signatory("a", "client", 1, "Head")]
OPEN = {"mon": [["00:00", "24:00"]]}


@pytest.mark.parametrize(
    ("path", "value", "code", "place"),
    [
        ("agreement.title", " ", "no-title", "agreement.title"),
        ("agreement.timezone", "Europe/Atlantis", "unknown-timezone", "agreement.timezone"),
        ("parties.client.organisation", "", "no-party", "parties.client.organisation"),
        ("services", [], "no-service", "services"),
        ("term.effective_from", "", "no-start", "term.effective_from"),
        ("term.effective_from", "2026-02-30", "no-start", "term.effective_from"),
        ("term.ends_on", "2026-13-01", "bad-end", "term.ends_on"),
        ("term.ends_on", "2026-04-30", "end-before-start", "term.ends_on"),
        ("term.ends_on", None, "renewal-without-end", "term.ends_on"),
        ("term.renewal", "perhaps", "unknown-renewal", "term.renewal"),
        ("term.renewal_months", 0, "renewal-without-months", "term.renewal_months"),
        ("term.notice_days", -1, "bad-notice", "term.notice_days"),
        ("review.interval_months", 13, "review-interval", "review.interval_months"),
        ("review.interval_months", 0, "review-interval", "review.interval_months"),
        ("signatories", [t.Signatory("a", "provider", 1, "Director")], "nobody-signs", "signatories"),
        ("signatories", TWICE, "slot-twice", "signatories"),
        ("signatories.0.capacity", "", "no-capacity", "signatories.0.capacity"),
        ("signatories.0.step", 0, "bad-step", "signatories.0.step"),
        ("kpis", [], "no-kpi", "kpis"),
        ("kpis.1.key", "K1", "kpi-twice", "kpis"),
        ("kpis.0.kind", "magic", "unknown-kind", "kpis.0.kind"),
        ("kpis.0.service", "other", "unknown-service", "kpis.0.service"),
        ("kpis.0.calendar", "other", "unknown-calendar", "kpis.0.calendar"),
        ("kpis.0.calendar", "", "no-calendar", "kpis.0.calendar"),
        ("kpis.0.op", ">", "bad-kpi", "kpis.0"),
        ("kpis.0.period", "week", "bad-kpi", "kpis.0"),
        ("kpis.0.source", "", "no-source", "kpis.0.source"),
        ("kpis.0.indicator", "", "no-source", "kpis.0.source"),
        ("kpis.1.missing", "good", "bad-missing", "kpis.1.missing"),
        ("kpis.0.coverage", "1.1", "bad-coverage", "kpis.0.coverage"),
        ("kpis.0.data_due_days", -1, "bad-due", "kpis.0.data_due_days"),
        ("kpis.3.target", "a lot", "no-target", "kpis.3.target"),
        ("kpis.1.target", "101", "impossible-target", "kpis.1.target"),
        ("kpis.0.warn", "99.4", "bad-warning", "kpis.0.warn"),
        ("kpis.2.warn", "201", "bad-warning", "kpis.2.warn"),
        ("kpis.0.requirements", ["R1", "R9"], "unknown-requirement", "kpis.0"),
        ("kpis.0.exclusions", ["storm"], "unknown-exclusion", "kpis.0"),
        ("kpis.1.params", {"cohort": "some"}, "unknown-cohort", "kpis.1.params.cohort"),
        ("kpis.1.params", {"measure": "feeling"}, "unknown-measure", "kpis.1.params.measure"),
        ("kpis.1.params", {"priorities": [2]}, "no-priority", "kpis.1.params.priorities"),
        ("kpis.2.params", {"aggregate": "mode"}, "unknown-aggregate", "kpis.2.params.aggregate"),
        ("kpis.2.params", {"aggregate": "percentile"}, "bad-percentile", "kpis.2.params.percentile"),
        ("kpis.2.params", {"aggregate": "avg", "percentile": "95"}, "bad-percentile", "kpis.2.params.percentile"),
        ("kpis.2.unit", "%", "bad-measure", "kpis.2.unit"),
        ("kpis.3.params", {"minimum_answers": 0}, "bad-answers", "kpis.3.params.minimum_answers"),
        ("priorities.0.calendar", "other", "unknown-calendar", "priorities.0.calendar"),
        ("priorities.0.resolution_seconds", 0, "no-resolution", "priorities.0.resolution_seconds"),
        ("priorities.0.response_seconds", 49 * 3600 + 1, "response-late", "priorities.0.response_seconds"),
        ("credits.0.kpi", "K9", "credit-of-nothing", "credits.0.kpi"),
        ("credits.0.fee", "free", "bad-fee", "credits.0.fee"),
        ("credits.0.cap_percent", "101", "bad-cap", "credits.0.cap_percent"),
        ("workload", [t.WorkloadLimit("w", "Tickets", -1, "tickets")], "bad-workload", "workload.0"),
        ("calendars.1.schedule", {}, "bad-hours", "calendars.1.schedule"),
        ("calendars.1.holidays", ["Christmas"], "bad-hours", "calendars.1.schedule"),
        ("calendars.1.key", "always", "calendar-twice", "calendars"),
        ("exclusions.0.effect", "forget", "unknown-effect", "exclusions.0.effect"),
        ("exclusions.0.notice_hours", -1, "bad-exclusion", "exclusions.0"),
        ("pauses.0.definition", "", "pause-undefined", "pauses.0.definition"),
        ("escalation.levels", [], "no-level", "escalation.levels"),
        ("escalation.levels.1.level", 2, "level-gap", "escalation.levels"),
        ("escalation.levels.1.positions", [], "level-empty", "escalation.levels.1.positions"),
        ("escalation.levels.1.positions", ["p-head", "x"], "unknown-position", "escalation.levels.1.positions"),
        ("escalation.levels.1.ack_seconds", 0, "bad-delay", "escalation.levels.1"),
        ("escalation.levels.1.clock", "moon", "unknown-calendar", "escalation.levels.1.clock"),
        ("escalation.repeats", 10, "bad-repetition", "escalation.levels"),
        ("escalation.positions.0.party", "moon", "unknown-party", "escalation.positions.0.party"),
        ("reporting.recipients", ["x"], "unknown-recipient", "reporting.recipients"),
        ("reporting.intervals", [], "bad-interval", "reporting.intervals"),
        ("reporting.accepted_after_days", 0, "bad-reporting", "reporting"),
        ("clauses", [], "no-clause", "clauses"),
        ("clauses.1.id", "purpose", "clause-twice", "clauses"),
        ("clauses.1.body", "\n", "clause-empty", "clauses.1.body"),
        ("clauses.1.body", "See {{ agreement.colour }}.", "unknown-placeholder", "clauses.1.body"),
        ("clauses.1.body", "See {{ agreement.__class__ }}.", "unknown-placeholder", "clauses.1.body"),
        ("clauses.1.body", "See {{ kpis }}.", "unknown-placeholder", "clauses.1.body"),
    ],
)
def test_errors(path, value, code, place):
    found = [finding for finding in codes(spoiled(path, value)) if finding[1] == code]

    assert ("error", code, place) in found


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("parties.provider", NOBODY, "no-representative"),
        ("term.effective_from", "2026-03-31", "start-past"),
        ("kpis.0.target", "100", "unreachable-target"),
        ("kpis.0.requirements", [], "requirement-open"),
        ("requirements", [], "requirement-left-out"),
        ("calendars.1.holidays", ["2026-12-25"], "no-holidays"),
        ("reporting.recipients", [], "no-recipient"),
    ],
)
def test_warnings(path, value, code):
    assert code in [found for severity, found, _place in codes(spoiled(path, value)) if severity == "warning"]


def test_a_promise_of_all_with_an_exclusion_can_be_kept():
    terms = spoiled("kpis.0.target", "100")
    terms.kpis[0].exclusions = ["maintenance"]
    assert "unreachable-target" not in [code for _severity, code, _place in codes(terms)]


def test_nobody_with_authority_and_nobody_at_a_level_are_warnings():
    found = codes(make_terms(), able=frozenset({"client"}), held=frozenset({"p-desk"}))
    assert found == [
        ("warning", "no-authority", "signatories"),
        ("warning", "level-unheld", "escalation.levels.1.positions"),
    ]


def test_a_change_begins_after_what_it_changes():
    assert codes(make_terms(), not_before=date(2026, 5, 1)) == [("error", "start-before-base", "term.effective_from")]
    assert codes(make_terms(), not_before=date(2026, 4, 30)) == []


@pytest.mark.parametrize(
    ("op", "target", "tiers", "said"),
    [
        (">=", "99.5", [("99", "99.5", "5"), ("0", "99", "10")], ""),
        (">=", "99.5", [("", "99.5", "5")], ""),
        (">=", "99.5", [("99", "99.4", "5"), ("0", "99", "10")], "must end at the target"),
        (">=", "99.5", [("99", "99.6", "5"), ("0", "99", "10")], "must end at the target"),
        (">=", "99.5", [("99", "99.5", "5"), ("0", "98.9", "10")], "between 98.9 and 99 nothing is said"),
        (">=", "99.5", [("98", "99.5", "5"), ("0", "99", "10")], "between 98 and 99 two tiers hold"),
        (">=", "99.5", [("99", "99.5", "5")], "below 99 nothing is said"),
        (">=", "99.5", [("99.5", "99", "5")], "holds no value"),
        (">=", "99.5", [("99", "99.5", "101"), ("0", "99", "10")], "between 0 and 100"),
        (">=", "99.5", [], "two numbers"),
        (">=", "99.5", [("x", "99.5", "5")], "two numbers"),
        ("<=", "200", [("200", "250", "5"), ("250", "", "10")], ""),
        ("<=", "200", [("200", "250", "5")], "above 250 nothing is said"),
        ("<=", "200", [("201", "", "5")], "must begin at the target"),
    ],
)
def test_tiers_cover_every_missed_value_once(op, target, tiers, said):
    terms = make_terms(credits=[t.CreditTerm("K1", "100", [t.Tier(*tier) for tier in tiers])])
    terms.kpis[0].op, terms.kpis[0].target = op, target

    messages = [each.message for each in lint.check(terms, lint.Facts(**FACTS)) if each.code == "bad-tiers"]

    assert bool(messages) == bool(said)
    assert said in " ".join(messages)


@pytest.mark.parametrize(
    ("section", "code"),
    [
        ("credits", "credit-twice"),
        ("priorities", "priority-twice"),
        ("exclusions", "exclusion-twice"),
        ("pauses", "pause-twice"),
    ],
)
def test_what_must_be_there_once(section, code):
    terms = make_terms()
    getattr(terms, section).append(getattr(terms, section)[0])
    assert code in [found for _severity, found, _place in codes(terms)]


def test_every_section_has_a_page_where_it_is_changed():
    assert set(lint.PART_OF) == {each.name for each in fields(t.Terms)} - {"schema"}
    assert {each.part for each in lint.check(t.Terms(), lint.Facts(**FACTS))} <= set(lint.PART_OF.values())
