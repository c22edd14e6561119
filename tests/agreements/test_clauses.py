import pytest

from agreements import clauses
from agreements.terms import Clause
from tests.factories import make_terms


def written(body, terms=None):
    return clauses.html(Clause("c", "Clause", body), terms or make_terms())


def test_values_of_the_terms_are_filled_in():
    assert written("For *{{ agreement.title }}*, {{parties.client.organisation}}.") == (
        "<p>For <em>Learning platform</em>, Fennmarket.</p>\n"
    )
    assert "Learning platform" in written("{{ services }}")
    assert "1 May 2026 to 30 April 2027" in written("{{ starts }} to {{ ends }}")
    assert "6 months" in written("{{ review.interval_months }} months")


@pytest.mark.parametrize(
    "name", ["agreement", "kpis", "agreement.__class__", "x", "", "agreement.title.upper", "term.renewal|upper"]
)
def test_what_no_terms_have_is_no_placeholder(name):
    assert clauses.unknown("{{ " + name + " }}") == [name]
    assert "{{" in written("{{ " + name + " }}")


def test_a_value_changes_no_structure_and_runs_no_template():
    terms = make_terms()
    terms.agreement.title = "# <b>*x*</b> {% include 'x' %} {{ agreement.reference }}"

    assert written("{{ agreement.title }}", terms) == (
        "<p># &lt;b&gt;*x*&lt;/b&gt; {% include 'x' %} {{ agreement.reference }}</p>\n"
    )


@pytest.mark.parametrize(
    "body",
    ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "![x](http://e/x)"],
)
def test_no_markup_of_its_own(body):
    text = written(body)
    assert "<script" not in text and "<img" not in text and 'href="javascript' not in text


def test_each_block_can_have_a_number():
    body = "First.\n\nSecond,\nstill.\n\n* one\n* two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    found = clauses.blocks(Clause("c", "Clause", body), make_terms())

    assert [block.split(">")[0] for block in found] == ["<p", "<p", "<ul", "<table"]
    assert "".join(found) == written(body)
