"""Two texts in one: disjoint changes join, the same place changed twice is a clash."""

import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agreements import terms as t
from agreements.merging import Choice, fresh_key, merge
from tests.factories import make_terms

DOCUMENT = t.dump(make_terms())


def document():
    return copy.deepcopy(DOCUMENT)


def changed(*changes):
    found = document()
    for change in changes:
        change(found)
    return found


def put(*path):
    """A change of one value: the last of `path` is what is put there."""
    *way, name, value = path

    def change(found):
        for step in way:
            found = found[step]
        found[name] = value

    return change


# Changes of different places; each stands alone.
EDITS = [
    put("agreement", "title", "Platform"),
    put("agreement", "timezone", "Europe/London"),
    put("parties", "provider", "address", "2 Dock Road"),
    put("kpis", 0, "target", "99.9"),
    put("kpis", 0, "warn", "99.95"),
    put("kpis", 1, "params", "cohort", "opened_in"),
    put("kpis", 2, "name", "Slow"),
    put("calendars", 1, "schedule", "mon", [["08:00", "18:00"]]),
    put("calendars", 1, "schedule", "sat", [["08:00", "12:00"]]),
    put("escalation", "levels", 1, "after_seconds", 7200),
    put("clauses", 0, "body", "Other words."),
    put("clauses", 1, "title", "Help"),
    put("credits", 0, "cap_percent", "20"),
    lambda found: found["kpis"].pop(3),
    lambda found: found["exclusions"].clear(),
    lambda found: found["calendars"][1]["holidays"].append("2027-12-25"),
    lambda found: found["duties"].append("Pays in time"),
    lambda found: found["priorities"].append(
        {"priority": 4, "name": "Low", "resolution_seconds": 9, "calendar": "desk", "response_seconds": None}
    ),
]


# For each of EDITS who makes it: nobody, I, they.
SIDES = st.lists(st.sampled_from("nmt"), min_size=len(EDITS), max_size=len(EDITS))


def by(sides, *who):
    """The changes that these make, later places first, so that a removal moves no place of another."""
    return [edit for edit, side in reversed(list(zip(EDITS, sides, strict=True))) if side in who]


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(SIDES)
def test_disjoint_changes_are_both_there_whoever_was_first(sides):
    mine, theirs = by(sides, "m"), by(sides, "t")
    both = changed(*by(sides, "m", "t"))
    one = merge(document(), changed(*mine), changed(*theirs))
    other = merge(document(), changed(*theirs), changed(*mine))
    assert one.clashes == other.clashes == []
    assert one.document == other.document == both
    t.load(one.document)


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(SIDES)
def test_who_changed_nothing_takes_the_other_text(sides):
    text = changed(*by(sides, "m"))
    for found in (merge(document(), text, document()), merge(document(), document(), text), merge({}, text, text)):
        assert (found.document, found.clashes) == (text, [])


def test_the_same_field_changed_twice_is_a_clash_of_that_field_alone():
    found = merge(
        document(),
        changed(put("kpis", 0, "target", "99.9"), put("kpis", 0, "name", "Up")),
        changed(put("kpis", 0, "target", "99.0"), put("kpis", 0, "warn", "99.8")),
    )
    (clash,) = found.clashes
    assert (clash.place, clash.old, clash.mine, clash.theirs) == ("kpis.K1.target", "99.5", "99.9", "99.0")
    kpi = found.document["kpis"][0]
    assert (kpi["target"], kpi["name"], kpi["warn"]) == ("99.0", "Up", "99.8")


@pytest.mark.parametrize(
    ("choice", "body"),
    [(Choice("mine"), "Mine."), (Choice("theirs"), "Theirs."), (Choice("join", "Theirs. Mine."), "Theirs. Mine.")],
)
def test_a_choice_settles_a_clash(choice, body):
    mine, theirs = changed(put("clauses", 0, "body", "Mine.")), changed(put("clauses", 0, "body", "Theirs."))
    found = merge(document(), mine, theirs, {"clauses.purpose.body": choice})
    assert (found.document["clauses"][0]["body"], found.clashes) == (body, [])


def test_removed_here_and_changed_there():
    removed, kept = changed(lambda found: found["kpis"].pop(0)), changed(put("kpis", 0, "target", "99.9"))
    (clash,) = merge(document(), removed, kept).clashes
    assert (clash.place, clash.mine, clash.theirs["target"]) == ("kpis.K1", None, "99.9")
    settled = merge(document(), removed, kept, {"kpis.K1": Choice("mine")})
    assert [kpi["key"] for kpi in settled.document["kpis"]] == ["K2", "K3", "K4"]


def test_two_new_items_of_one_key_are_two_items():
    def added(name):
        return lambda found: found["kpis"].append(found["kpis"][0] | {"key": "K5", "name": name})

    found = merge(document(), changed(added("Mine")), changed(added("Theirs")))
    assert [(kpi["key"], kpi["name"]) for kpi in found.document["kpis"][4:]] == [("K5", "Theirs"), ("K6", "Mine")]
    assert (found.clashes, found.renamed) == ([], {"kpis.K5": "K6"})


def test_one_moves_clauses_and_the_other_adds_one():
    def turned(found):
        found["clauses"].reverse()

    def added(found):
        found["clauses"].insert(1, {"id": "own-1", "title": "New", "body": "New."})

    for mine, theirs in ((turned, added), (added, turned)):
        found = merge(document(), changed(mine), changed(theirs))
        assert [clause["id"] for clause in found.document["clauses"]] == ["support", "purpose", "own-1"]
        assert found.clashes == []


def test_two_different_orders_are_a_clash():
    start = document()
    start["clauses"].append({"id": "own-1", "title": "C", "body": "C."})
    mine, theirs = copy.deepcopy(start), copy.deepcopy(start)
    mine["clauses"].reverse()
    theirs["clauses"].insert(0, theirs["clauses"].pop(1))
    found = merge(start, mine, theirs)
    assert [clash.place for clash in found.clashes] == ["clauses.order"]
    settled = merge(start, mine, theirs, {"clauses.order": Choice("mine")})
    assert [clause["id"] for clause in settled.document["clauses"]] == ["own-1", "support", "purpose"]


def test_a_date_removed_here_and_one_added_there():
    mine = changed(put("calendars", 1, "holidays", ["2027-01-01"]))
    theirs = changed(put("calendars", 1, "holidays", ["2026-12-25", "2026-12-26", "2027-01-01"]))
    found = merge(document(), mine, theirs)
    assert (found.document["calendars"][1]["holidays"], found.clashes) == (["2026-12-26", "2027-01-01"], [])


def test_without_the_text_that_was_changed_every_difference_is_asked():
    found = merge({}, changed(put("agreement", "title", "Mine")), document())
    assert [clash.place for clash in found.clashes] == ["agreement.title"]


def test_a_value_without_identity_is_one_place():
    hours = ("calendars", 1, "schedule", "mon")
    mine, theirs = (changed(put(*hours, [[start, "17:00"]])) for start in ("08:00", "09:00"))
    assert [clash.place for clash in merge(document(), mine, theirs).clashes] == ["calendars.desk.schedule.mon"]


def test_levels_are_numbered_by_their_place():
    mine = changed(lambda found: found["escalation"]["levels"].pop(1))
    theirs = changed(
        lambda found: found["escalation"]["levels"].append(found["escalation"]["levels"][0] | {"level": 2})
    )
    assert [level["level"] for level in merge(document(), mine, theirs).document["escalation"]["levels"]] == [0, 1]


def test_the_next_free_key():
    taken = {"K1", "K4", "own-1"}
    assert [fresh_key(taken, start) for start in ("K", "K", "own-", "c")] == ["K5", "K6", "own-2", "c1"]
