import copy

import pytest

from agreements import redline
from agreements import terms as t
from tests.factories import make_terms

# Identity and form of the document, not what was agreed; and the clock of a level that is told at once.
SILENT = {
    "escalation.levels.0.clock",
    "schema",
    "agreement.reference",
    "agreement.kind",
    "agreement.version",
    "agreement.language",
}


def changed(**changes):
    terms = make_terms()
    for name, value in changes.items():
        setattr(terms, name, value)
    return terms


def leaves(document, place=""):
    """Every single value of a document with its path."""
    pairs = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in pairs:
        here = f"{place}.{key}" if place else str(key)
        if isinstance(value, dict | list):
            yield from leaves(value, here)
        elif here not in SILENT:
            yield here, value


def another(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 7
    if value is None:
        return "60"
    return "2026-06-30" if value and value[:4] in ("2026", "2027") else f"7{value or ''}"


def put(document, place, value):
    *steps, last = place.split(".")
    for step in steps:
        document = document[int(step) if isinstance(document, list) else step]
    document[int(last) if isinstance(document, list) else last] = value


FULL = make_terms(
    workload=[t.WorkloadLimit("w", "Requests", 200, "requests")],
    maintenance=[t.MaintenanceWindow("Sunday", "02:00 to 04:00")],
)
FULL.kpis[0].warn = "99.7"
FULL.kpis[0].exclusions = ["maintenance"]
FULL.priorities[0].response_seconds = 3600
FULL.escalation.levels[0].ack_seconds = 600
FULL.escalation.levels[1].clock = "desk"
FULL.calendars[1].special_hours = {"2026-12-24": [["15:00", "18:00"]]}
FULL.calendars[1].breaks = [t.CalendarBreak("2026-12-23", "15:00", "16:00")]


@pytest.mark.parametrize(("place", "value"), list(leaves(t.dump(FULL))))
def test_no_changed_value_stays_unseen(place, value):
    document = copy.deepcopy(t.dump(FULL))
    put(document, place, another(value))

    assert redline.differs(FULL, t.load(document))


def test_the_same_terms_differ_in_nothing():
    assert not redline.differs(make_terms(), make_terms())


def test_a_target_says_what_the_change_does():
    new = make_terms()
    new.kpis[0].target = "99.9"
    (change,) = [each for each in redline.table(make_terms(), new) if each.key == "kpis:K1:target"]

    assert (change.old, change.new) == (
        "≥\N{NO-BREAK SPACE}99.5\N{NO-BREAK SPACE}% (monthly)",
        "≥\N{NO-BREAK SPACE}99.9\N{NO-BREAK SPACE}% (monthly)",
    )
    assert (change.effect, change.side) == ("2 h 55 min 19 s less downtime a month", "better")
    assert change.part == "kpis"


def test_what_came_and_what_went():
    new = make_terms(services=[t.Service("mail", "Mail")])
    assert [(each.key, each.old, each.new) for each in redline.table(make_terms(), new)][:1] == [
        ("services:mail", "", "Mail (medium)")
    ]
    assert redline.table(make_terms(), new)[-1].key == "services:canvas"


def test_words():
    assert redline.words("is at most 800 ms.", "is at most 750 ms.") == ("is at most <del>800</del><ins>750</ins> ms.")
    assert redline.words("", "a") == "<ins>a</ins>"
    assert redline.words("99.9 %", "99.95 %") == "<del>99.9</del><ins>99.95</ins> %"


def test_what_people_typed_is_escaped():
    assert redline.words("<b>", "<i>") == "&lt;<del>b</del><ins>i</ins>&gt;"
    assert "<script>" not in redline.words("<script>alert(1)</script>", "<img onerror=x>")


def test_clauses_are_matched_by_id():
    old = [
        t.Clause("a", "A", "One."),
        t.Clause("b", "B", "Two."),
        t.Clause("c", "C", "Three."),
        t.Clause("d", "D", "4"),
    ]
    new = [
        t.Clause("c", "C", "Three."),
        t.Clause("a", "A", "One two."),
        t.Clause("e", "E", "New."),
        t.Clause("d", "D", "4"),
    ]
    found = redline.clauses(changed(clauses=old), changed(clauses=new))

    assert [(each.id, each.kind) for each in found] == [
        ("c", "moved"),
        ("a", "changed"),
        ("b", "removed"),
        ("e", "added"),
        ("d", "same"),
    ]
    assert found[1].text == "One<ins> two</ins>."


def test_a_clause_shows_the_values_it_cites():
    old = make_terms()
    new = make_terms()
    new.agreement.title = "Teaching platform"
    (purpose, support) = redline.clauses(old, new)

    assert purpose.kind == "changed" and "<ins>Teaching</ins>" in purpose.text
    assert support.kind == "same"


@pytest.mark.parametrize(
    ("change", "keys"),
    [
        (lambda terms: setattr(terms.kpis[0], "target", "99.9"), ["K1"]),
        (lambda terms: setattr(terms.kpis[0], "name", "Up"), []),
        (lambda terms: setattr(terms.calendars[0], "name", "Always"), []),
        (lambda terms: terms.calendars[0].holidays.append("2026-12-25"), ["K1"]),
        (lambda terms: terms.calendars[1].holidays.append("2026-12-26"), ["K2"]),
        (lambda terms: setattr(terms.priorities[0], "resolution_seconds", 3600), ["K2"]),
        (lambda terms: terms.kpis.append(t.Kpi("K9", "", "", "score", "s", ">=", "4", "points")), ["K9"]),
        (lambda terms: terms.kpis.pop(), []),
    ],
)
def test_which_kpis_would_judge_the_past_in_another_way(change, keys):
    new = make_terms()
    change(new)
    assert [kpi.key for kpi in redline.judged_anew(make_terms(), new)] == keys


def test_a_first_draft_judges_all_of_its_kpis_anew():
    assert redline.judged_anew(None, make_terms()) == make_terms().kpis


def test_the_order_is_told_by_titles_only_where_a_clause_was_moved():
    old, new = make_terms(), make_terms()
    assert redline.order(old, new) == []
    new.clauses.append(t.Clause("own-1", "More", "Text"))
    (grown,) = redline.order(old, new)
    assert (grown.old, grown.new) == ("2 clauses", "3 clauses, none was moved")
    new.clauses.reverse()
    (moved,) = redline.order(old, new)
    assert (moved.old, moved.new) == ("Purpose, Support", "More, Support, Purpose")
