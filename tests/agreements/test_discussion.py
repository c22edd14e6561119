from agreements import discussion, sections
from agreements.standard import read


def test_figures_and_the_clause_that_speaks_of_them_are_discussed_in_one_place():
    levels = next(each for each in sections.numbered(read("standard-sla-1")) if each.anchor == "clause-levels")
    assert discussion.parts_of(levels) == ("kpis", "clause:levels")


def test_an_annex_is_discussed_as_the_part_it_prints():
    assert discussion.parts_of(sections.annexes()[0]) == ("requirements",)
