"""What came after documents had been signed leaves their hashes alone."""

import dataclasses
import typing
from dataclasses import replace

from agreements import terms as t
from tests.factories import make_terms


def later(kind=t.Terms):
    """Every class of the terms with its later fields."""
    for each in dataclasses.fields(kind):
        hint = typing.get_type_hints(kind)[each.name]
        for inner in (hint, *typing.get_args(hint)):
            if dataclasses.is_dataclass(inner):
                yield from later(inner)
        if each.metadata.get("later"):
            yield kind, each


def test_a_later_value_stands_in_the_document_only_when_it_says_something():
    terms = make_terms()

    document = t.dump(terms)

    names = {(kind.__name__, each.name) for kind, each in later()}
    assert {("Kpi", "trailing_days"), ("Term", "fiscal_month"), ("Terms", "crediting")} <= names
    assert "trailing_days" not in document["kpis"][0] and "crediting" not in document
    assert t.load(document) == terms


def test_every_later_field_has_a_default():
    for kind, each in later():
        assert each.default is not dataclasses.MISSING or each.default_factory is not dataclasses.MISSING, kind


def test_what_is_said_changes_the_hash_and_comes_back():
    terms = make_terms()
    changed = replace(terms, term=replace(terms.term, fiscal_month=4), crediting=t.Crediting("largest"))

    assert t.digest(changed) != t.digest(terms)
    assert t.load(t.dump(changed)) == changed
    assert t.parts(changed).keys() - t.parts(terms).keys() == {"crediting"}


def test_the_hash_of_a_document_signed_before_is_what_it_was():
    """A literal: it was worked out before there was any later field."""
    assert t.digest(make_terms()) == "6990847ee3fda695d04249159b5f215266f3a113dcf43c3f80cfb9e30b6597f0"
