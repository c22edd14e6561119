"""What a change of terms does, one line for each kind of term."""

import copy
import dataclasses

import pytest

from agreements import effects
from agreements import terms as t
from agreements.lines import lines
from tests.agreements.test_redline import FULL

FULL_DAY = [["00:00", "24:00"]]
ANOTHER = dataclasses.replace(FULL.kpis[0], key="K9")


def kpi(number=0, **values):
    return lambda terms: [setattr(terms.kpis[number], name, value) for name, value in values.items()]


def put(place, **values):
    """Set fields of what a path leads to, as in "escalation.levels.1"."""

    def change(terms):
        here = terms
        for step in place.split("."):
            here = here[int(step)] if step.isdigit() else getattr(here, step)
        for name, value in values.items():
            setattr(here, name, value)

    return change


def tiers(*rows):
    return put("credits.0", tiers=[t.Tier(*row) for row in rows])


CASES = [
    # KPIs
    ("kpis:K1:target", kpi(target="99.55"), "21 min 55 s less downtime a month", "better"),
    ("kpis:K1:target", kpi(target="99.45"), "21 min 55 s more downtime a month", "worse"),
    ("kpis:K1:target", kpi(period="quarter"),
     "Judged each quarter instead of each month: a good month makes up for a bad one", "worse"),
    ("kpis:K1:target", kpi(period="quarter", target="99.9"),
     "Judged each quarter instead of each month: a good month makes up for a bad one; "
     "8 h 45 min 58 s less downtime a quarter", "mixed"),
    ("kpis:K1:target", kpi(calendar="desk", target="99.6"), "9 min 8 s less downtime a month", "better"),
    ("kpis:K1:target", kpi(calendar="gone", target="99.6"), "0.1 % more is promised", "better"),
    ("kpis:K1:target", kpi(target="soon"), "", ""),
    ("kpis:K1:target", kpi(kind="score", unit="points"),
     "Counts something else: the two targets can't be compared", "neutral"),
    ("kpis:K2:target", kpi(1, target="97.5"), "Of 100 cases 2.5 fewer may be late", "better"),
    ("kpis:K2:target", kpi(1, target="90"), "Of 100 cases 5 more may be late", "worse"),
    ("kpis:K3:target", kpi(2, target="150"), "50 h less is allowed", "better"),
    ("kpis:K3:target", kpi(2, target="200.5"), "0.5 h more is allowed", "worse"),
    ("kpis:K4:target", kpi(3, target="4.2"), "0.2 points more is promised", "better"),
    ("kpis:K4:target", lambda terms: terms.kpis.pop(), "Not promised any more", "worse"),
    ("kpis:K9:target", lambda terms: terms.kpis.append(ANOTHER), "One more promise", "better"),
    ("kpis:K9:hours", lambda terms: terms.kpis.append(ANOTHER), "", ""),
    ("kpis:K1:hours", kpi(calendar="desk"), "133 h less service a week", "worse"),
    ("kpis:K3:hours", kpi(2, calendar="desk"), "133 h less service a week", "worse"),
    ("kpis:K3:hours", kpi(2, calendar="always"), "As many hours a week, at other times", "neutral"),
    ("kpis:K1:kind", kpi(params={"x": 1}),
     "Other cases or another figure: the same service can be judged differently", "neutral"),
    ("kpis:K1:warn", kpi(warn="99.8"), "Only the early warning changes, never the verdict", "neutral"),
    ("kpis:K1:due", kpi(data_due_days=3), "Data come up to 1 day later", "worse"),
    ("kpis:K1:due", kpi(data_due_days=0), "Data come 2 days sooner", "better"),
    ("kpis:K1:missing", kpi(missing="bad"), "Missing data cost the provider more", "better"),
    ("kpis:K1:missing", kpi(missing="good"), "Missing data cost the provider less", "worse"),
    ("kpis:K1:coverage", kpi(coverage="0.95"),
     "More must be measured before a period counts as met or missed", "neutral"),
    ("kpis:K1:decimals", kpi(decimals=3), "Only what is shown, never the verdict", "neutral"),
    ("kpis:K1:critical", kpi(critical=False), "A miss alone no longer makes the report red", "worse"),
    ("kpis:K2:critical", kpi(1, critical=True), "A miss alone makes the report red", "better"),
    ("kpis:K1:exclusions", kpi(exclusions=[]), "Counts again: Planned maintenance", "better"),
    ("kpis:K2:exclusions", kpi(1, exclusions=["maintenance"]), "Does not count any more: Planned maintenance", "worse"),
    ("kpis:K1:name", kpi(name="Up"), "", ""),
    # priorities and workload
    ("priorities:3:resolution", put("priorities.0", resolution_seconds=47 * 3600), "2 h sooner", "better"),
    ("priorities:3:resolution", put("priorities.0", resolution_seconds=50 * 3600 + 1), "1 h 1 s later", "worse"),
    ("priorities:3:resolution", lambda terms: terms.priorities.clear(),
     "Cases of this priority have no limit any more", "worse"),
    ("priorities:4:resolution", lambda terms: terms.priorities.append(t.Priority(4, "Low", 3600, "desk")),
     "Cases of one more priority have a limit", "better"),
    ("priorities:3:response", put("priorities.0", response_seconds=1800), "30 min sooner", "better"),
    ("priorities:3:response", put("priorities.0", response_seconds=None), "No response is promised any more", "worse"),
    ("priorities:3:hours", put("priorities.0", calendar="always"), "133 h more service a week", "better"),
    ("workload:w", put("workload.0", most=250), "50 requests more a month", "better"),
    ("workload:w", put("workload.0", most=150), "50 requests fewer a month", "worse"),
    ("workload:w", put("workload.0", period="quarter"),
     "Counts something else: the two limits can't be compared", "neutral"),
    ("workload:w", lambda terms: terms.workload.clear(), "The targets hold for any workload", "better"),
    # credits
    ("credits:K1:tiers", tiers(("99", "99.5", "6"), ("0", "99", "10")),
     "from 99 to below 99.5: 1 % of the fee more", "better"),
    ("credits:K1:tiers", tiers(("98", "99.5", "5"), ("0", "98", "10")),
     "from 98 to below 99: 5 % of the fee less", "worse"),
    ("credits:K1:tiers", tiers(("99", "99.5", "4"), ("0", "99", "12.5")),
     "from 0 to below 99: 2.5 % of the fee more; from 99 to below 99.5: 1 % of the fee less", "mixed"),
    ("credits:K1:tiers", tiers(*[(str(n), str(n + 1), str(20 - n)) for n in (95, 96, 97, 98)]),
     "from 97 to below 98: 87 % of the fee less; from 98 to below 99: 88 % of the fee less; "
     "from 99 to below 99.5: 5 % of the fee less; and more", "worse"),
    ("credits:K1:tiers", lambda terms: terms.credits.clear(), "A miss gives no credit any more", "worse"),
    ("credits:K1:fee", put("credits.0", fee="3000"),
     "Credits are shares of EUR\N{NO-BREAK SPACE}500.00 more", "better"),
    ("credits:K1:cap", put("credits.0", cap_percent="10"), "Up to 5 % of the fee less", "worse"),
    ("credits:K1:claim", put("credits.0", claim_days=31), "1 day more to claim it", "better"),
    ("agreement:currency", put("agreement", currency="GBP"), "Every amount is meant in another currency", "neutral"),
    # hours and what does not count
    ("calendars:desk:week", put("calendars.1", schedule={"mon": [["15:00", "22:30"]]}),
     "27 h 30 min less service a week", "worse"),
    ("calendars:desk:week", put("calendars.1", schedule={"sat": FULL_DAY, "sun": [["00:00", "11:00"]]}),
     "As many hours a week, at other times", "neutral"),
    ("calendars:desk:timezone", put("calendars.1", timezone="Europe/Oslo"),
     "The same hours by another clock", "neutral"),
    ("calendars:desk:holidays", put("calendars.1", holidays=["2026-12-25"]), "7 h more service on 1 day", "better"),
    ("calendars:desk:holidays", put("calendars.1", holidays=["2026-12-25", "2026-12-26", "2027-01-01"]),
     "No service falls on these days", "neutral"),
    ("calendars:desk:special", put("calendars.1", special_hours={}), "4 h more service on 1 day", "better"),
    ("calendars:desk:breaks", put("calendars.1", breaks=[]), "1 h more service on 1 day", "better"),
    ("exclusions:maintenance", put("exclusions.0", notice_hours=72), "Told 24 h earlier", "better"),
    ("exclusions:maintenance", put("exclusions.0", yearly_cap_minutes=660), "Up to 1 h a year more", "worse"),
    ("exclusions:maintenance", put("exclusions.0", yearly_cap_minutes=None), "Without a limit a year", "worse"),
    ("exclusions:maintenance", put("exclusions.0", effect="suppress_only", notice_hours=0),
     "Less is forgiven; Told 2 d later", "mixed"),
    ("exclusions:maintenance", put("exclusions.0", text="Work"), "", ""),
    ("exclusions:maintenance", lambda terms: terms.exclusions.clear(), "It counts again", "better"),
    ("exclusions:storm", lambda terms: terms.exclusions.append(t.ExclusionTerm("storm", "Storm")),
     "One more thing does not count", "worse"),
    ("pauses:client", lambda terms: terms.pauses.clear(), "This no longer stops the clock of a case", "better"),
    ("pauses:parts", lambda terms: terms.pauses.append(t.Pause("parts", "Parts")),
     "One more reason stops the clock of a case", "worse"),
    # escalation and reports
    ("escalation:level:1", put("escalation.levels.1", after_seconds=2 * 3600), "Told 2 h sooner", "better"),
    ("escalation:level:1", put("escalation.levels.1", clock=""), "Counted day and night: sooner", "better"),
    ("escalation:level:0", put("escalation.levels.0", clock="desk", critical=False),
     "Counted in service hours: later; Waits until the morning in quiet hours", "worse"),
    ("escalation:level:1", put("escalation.levels.1", positions=["p-head", "p-desk"]),
     "Also told: Service desk lead; Not told any more: Head of IT", "neutral"),
    ("escalation:level:0", put("escalation.levels.0", ack_seconds=None),
     "Waits when somebody took it up, for ever", "worse"),
    ("escalation:level:0", put("escalation.levels.0", ack_seconds=300), "5 min less to take it up", "better"),
    ("escalation:level:1", lambda terms: terms.escalation.levels.pop(), "One level less hears of it", "worse"),
    ("escalation:level:2", lambda terms: terms.escalation.levels.append(t.Level(2, "Board", 9, [])),
     "One more level hears of it", "better"),
    ("escalation:position:p-desk", put("escalation.positions.0", title="Desk"), "", ""),
    ("escalation:repetition:ladder", put("escalation", repeats=2), "", ""),
    ("reporting:intervals", put("reporting", intervals=["quarter"]), "12 reports a year less", "worse"),
    ("reporting:recipients", put("reporting", recipients=["c-head", "p-head"]),
     "Also told: Head of operations", "neutral"),
    ("reporting:grace", put("reporting", grace_days=5), "The figures are final 3 days later", "worse"),
    ("reporting:accepted", put("reporting", accepted_after_days=10), "10 days less to object to a report", "worse"),
    # the agreement and its term
    ("services:canvas", lambda terms: terms.services.clear(), "This service is not covered any more", "worse"),
    ("services:mail", lambda terms: terms.services.append(t.Service("mail", "Mail")),
     "One more service is covered", "better"),
    ("agreement:timezone", put("agreement", timezone="Europe/Oslo"),
     "Days, months and quarters begin at another hour", "neutral"),
    ("agreement:title", put("agreement", title="Mail"), "", ""),
    ("term:start", put("term", effective_from="2026-06-01"), "Begins 31 days later", "neutral"),
    ("term:end", put("term", ends_on="2027-04-29"), "Ends 1 day sooner", "neutral"),
    ("term:end", put("term", ends_on=None), "", ""),
    ("term:renewal", put("term", renewal="none"), "Goes on only if somebody sees to it", "neutral"),
    ("term:notice", put("term", notice_days=30), "Either side may say so 60 days later", "neutral"),
    ("review:interval", put("review", interval_months=12), "Reviewed 6 months later each time", "worse"),
    ("review:text", put("review", text="All"), "", ""),
    ("duties:1", lambda terms: terms.duties.clear(), "One duty of the client less", "better"),
    ("duties:2", lambda terms: terms.duties.append("Pays"), "One more duty of the client", "worse"),
    ("duties:1", lambda terms: terms.duties.__setitem__(0, "Calls"), "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("key", "change", "text", "side"), CASES, ids=[f"{key} {text}" for key, _, text, _ in CASES])
def test_the_effect_of_a_change(key, change, text, side):
    new = copy.deepcopy(FULL)
    change(new)

    assert effects.effect(FULL, new, key) == effects.Effect(text, side)


def test_every_line_that_changes_is_answered_for():
    """Whatever a line is about, another document has some answer and never an error."""
    other = t.Terms()
    for line in (*lines(FULL), *lines(other)):
        for old, new in ((FULL, other), (other, FULL)):
            assert isinstance(effects.effect(old, new, line.key), effects.Effect)


@pytest.mark.parametrize("key", [line.key for line in lines(FULL)])
def test_the_same_terms_have_no_effect_of_the_figures(key):
    """Only words about "something else changed" may stand, and no side is taken."""
    assert effects.effect(FULL, FULL, key).side in ("", "neutral")
