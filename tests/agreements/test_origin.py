"""How a clause stands to its template: as in it, another text, its own, or left behind by a newer version. Pure."""

import pytest

from agreements.origin import Wording, origin
from agreements.terms import Clause
from tests.factories import make_terms

OURS = Clause("purpose", "Purpose", "For {{ agreement.title }}.")


def wording(number, *clauses):
    return Wording("Standard SLA", number, {each.id: each for each in clauses})


def said(clause, first, newest=None):
    return origin(clause, make_terms(), first, newest)


@pytest.mark.parametrize(("clause", "differs"), [
    (OURS, ""),
    # As they read: a value typed out is the same text.
    (Clause("purpose", "Purpose", "For Learning platform."), ""),
    (Clause("purpose", "Purpose", "For us."), "Purpose\nFor <del>Learning platform</del><ins>us</ins>."),
    (Clause("purpose", "Aim", OURS.body), "<del>Purpose</del><ins>Aim</ins>\nFor Learning platform."),
])  # fmt: skip
def test_a_clause_beside_its_template(clause, differs):
    assert said(clause, wording(1, OURS)).differs == differs


def test_a_clause_that_the_template_never_had():
    assert said(Clause("own-1", "Ours", "Text"), wording(1, OURS)).own


NEW = Clause("purpose", "Purpose", "For {{ agreement.title }}, day and night.")


def test_a_newer_version_is_told_where_it_changed_the_clause():
    newer = said(OURS, wording(1, OURS), wording(2, NEW)).newer
    assert newer == "Purpose\nFor Learning platform<ins>, day and night</ins>."


@pytest.mark.parametrize(("clause", "newest"), [
    (OURS, None),  # there is none
    (OURS, wording(2, OURS)),  # it left the clause alone
    (NEW, wording(2, NEW)),  # the draft says the same already
    (Clause("purpose", "Purpose", "For us."), wording(2, OURS)),
    (OURS, wording(2)),  # it dropped the clause
])  # fmt: skip
def test_a_newer_version_that_says_nothing_new_is_not_told(clause, newest):
    assert said(clause, wording(1, OURS), newest).newer == ""


def test_what_is_shown_is_escaped():
    found = said(Clause("purpose", "Purpose", "<b>x</b>"), wording(1, OURS))
    assert "<b>" not in found.differs
