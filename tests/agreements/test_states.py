"""The standing in SQL is the standing of lifecycle.py, for every combination of dates."""

from datetime import timedelta
from itertools import product

import pytest

from agreements import lives, states, terms
from agreements.lifecycle import first_end, renews
from agreements.models import Agreement, Version
from agreements.notice import intervals
from agreements.terms import Term
from slaportal.words import STATUS
from tests.factories import MAY, NOON, make_agreement, make_terms

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
NOW = MAY + 400 * DAY
TERMS = [
    Term("2026-05-01", None),
    Term("2026-05-01", "2027-04-30"),
    Term("2026-05-01", "2027-06-04"),  # ends at NOW, to the second
    Term("2026-05-01", "2027-09-02"),
    Term("2026-05-01", "2027-09-03"),  # 90 days from NOW, and a day more
    Term("2026-05-01", "2027-04-30", "automatic", 12),
    Term("2026-05-01", "2027-04-30", "automatic", 0),
    Term("2026-05-01", "2027-06-10", "by_agreement", 12),
]
# Intervals of the executed versions around NOW; None is open.
SPANS = [
    [],
    [(-400, None)],
    [(0, None)],
    [(10, None)],
    [(-400, 0), (0, None)],
    [(-400, 30), (30, None)],
    [(-400, -200), (-200, -10), (-10, None)],
    [(-400, -10), (10, 20), (20, None)],
]


DECLARED = [None, (0, "terminated"), (0, "rescinded"), (15, "replaced")]


def make_all():
    """An agreement for each combination, made past the acts: four inserts, whatever their number."""
    first = make_agreement()
    shared = {"provider": first.provider, "client": first.client, "owner": first.owner}
    combined = product(Agreement.State.values, SPANS, TERMS, ["", "in_review"], DECLARED)
    # No act leads to an active agreement without a signed version.
    cases = [case for case in combined if (case[0] != "active" or case[1]) and (not case[4] or is_possible(*case))]
    agreements = Agreement.objects.bulk_create(
        Agreement(
            reference=f"X-{n}", title="X", state=case[0], created_at=NOON, changed_at=NOON,
            **shared, **declared(case[4]),
        )
        for n, case in enumerate(cases)
    )
    documents = [terms.dump(make_terms(term=term)) for term in TERMS]
    Version.objects.bulk_create(
        version
        for agreement, (_state, spans, term, under_way, _end) in zip(agreements, cases, strict=True)
        for version in versions(agreement, cut(spans, agreement.ends_at), term, documents[TERMS.index(term)], under_way)
    )


def is_possible(state, spans, term, under_way, end):
    """An end is declared for what is signed, and before its own term ends it."""
    own = first_end(term, "UTC")
    return state in ("active", "ended") and spans and not under_way and (own is None or own > NOW + end[0] * DAY)


def declared(end):
    return {"ends_at": NOW + end[0] * DAY, "ends_as": end[1]} if end else {}


def cut(spans, ends_at):
    if ends_at is None:
        return spans
    until = intervals([NOW + start * DAY for start, _end in spans], ends_at)
    return [(start, (end - NOW) / DAY) for (start, _end), end in zip(spans, until, strict=True)]


def versions(agreement, spans, term, document, under_way):
    made = {"agreement": agreement, "terms": document, "created_by": agreement.owner, "created_at": NOON}
    for minor, (start, end) in enumerate(spans):
        yield Version(
            state="executed", minor=minor, terms_sha256="0" * 64, effective_from=NOW + start * DAY,
            effective_to=None if end is None else NOW + end * DAY, ends_at=first_end(term, "UTC"), **made,
        )  # fmt: skip
    if under_way:
        yield Version(state=under_way, minor=9, **made)


def test_both_derivations_agree():
    make_all()
    for at in (NOW - SECOND, NOW, NOW + SECOND):
        for agreement in states.with_state(lives.with_lives(Agreement.objects.all()), at):
            found = lives.standing(agreement, at)
            asked = (agreement.state, [(v.effective_from, v.effective_to, v.ends_on) for v in agreement.versions.all()])
            assert states.ORDER[agreement.place] == found.state, asked
            if found.ends_at and agreement.state not in ("ended", "abandoned"):
                renewing = renews(found.version.term) and agreement.ends_at is None
                assert agreement.fixed_end == (None if renewing else found.ends_at)


def test_every_word_has_a_place_in_the_order():
    assert set(states.ORDER) <= set(STATUS["agreement"])
    assert len(set(states.ORDER)) == len(states.ORDER)
