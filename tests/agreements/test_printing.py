from datetime import UTC, date, datetime

from agreements import printing
from agreements import terms as t
from tests.factories import make_terms

FACTS = printing.Facts(
    as_of=datetime(2026, 4, 20, tzinfo=UTC),
    sha256="2b7091e4" + "0" * 52 + "4fd8",
    contacts=[printing.Contact("p-desk", "Daniel Osei", "daniel@example.org")],
    revisions=[printing.Revision("v1.0", date(2026, 5, 1), "First version", "Ines Sommer")],
    verify_url="http://127.0.0.1:8000/verify/",
)


def titles(terms):
    return [(section.number, section.title) for section in printing.document(terms, FACTS).sections]


def test_sections_are_numbered_in_the_order_of_the_model():
    assert [title for _number, title in titles(make_terms())] == [
        "Parties", "Services", "Purpose", "Support", "Service levels", "Priorities and times",
        "What does not count", "Service credits", "Duties of the client", "Reporting", "Escalation",
        "Review, term and notice", "Signatures",
    ]
    assert [number for number, _title in titles(make_terms())] == [str(n) for n in range(1, 14)]


def test_a_table_stands_in_the_clause_that_speaks_of_it():
    clauses = [
        t.Clause("signatures", "Amendments and signatures", "In writing."),
        t.Clause("levels", "How good", "These levels."),
        t.Clause("other", "Other things", "And more."),
    ]
    found = printing.document(make_terms(clauses=clauses), FACTS).sections
    assert [(each.title, each.topic) for each in found[2:5]] == [
        ("How good", "levels"), ("Other things", ""), ("Priorities and times", "priorities"),
    ]
    assert (found[-1].title, found[-1].topic) == ("Amendments and signatures", "signatures")
    html = printing.html(make_terms(clauses=clauses), FACTS)
    # The parties' own words stand there, not the usual ones beside them.
    assert "These levels." in html and "The Provider meets these levels" not in html
    assert html.count('id="field-provider-1"') == 1


def test_an_empty_section_is_left_out_and_the_numbers_close_up():
    found = titles(make_terms(credits=[], duties=[], priorities=[]))
    assert ("6", "What does not count") in found
    assert "Service credits" not in [title for _number, title in found]


def test_the_same_input_gives_the_same_bytes():
    assert printing.html(make_terms(), FACTS) == printing.html(make_terms(), FACTS)


def test_what_is_printed():
    html = printing.html(make_terms(), FACTS)
    assert "This summary is not part of the agreement." in html
    assert "What the provider promises for <em>Learning platform</em>." in html
    assert "≥\xa099.5\xa0%" in html
    assert "99.5 % allows 3 h 36 min of downtime in a month of 30 days." in html
    assert "Daniel Osei, daniel@example.org" in html
    assert "held them on 20 April 2026" in html
    assert "2b70 91e4 … 4fd8" in html
    assert 'id="field-provider-1"' in html


def test_clause_text_cannot_carry_markup():
    clause = t.Clause("x", "<b>Title</b>", "Text <script>alert(1)</script> <img src=x onerror=alert(1)>")
    html = printing.html(make_terms(clauses=[clause]), FACTS)
    assert "<script" not in html and "<img" not in html
    assert "&lt;b&gt;Title&lt;/b&gt;" in html
