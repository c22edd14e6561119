import pytest

from agreements import approval
from agreements.approval import Seat
from agreements.terms import parts
from tests.factories import make_terms

PARTS = {"kpis": "aa", "term": "bb"}
CLIENT = Seat(2, "client", True, (PARTS,))
PROVIDER = Seat(1, "provider", True, (PARTS,))


def agreed(*seats, authors=(9,), blocking=0, of=PARTS):
    return approval.agreed(of, seats, authors=set(authors), blocking=blocking)


def test_everybody_required_covers_everything():
    assert agreed(PROVIDER, CLIENT)
    assert agreed(PROVIDER, CLIENT, Seat(3, "client", False))
    assert not agreed(PROVIDER, Seat(2, "client", True))
    assert not agreed(PROVIDER, Seat(2, "client", True, ({"kpis": "aa"},)))
    assert not agreed(PROVIDER, Seat(2, "client", True, (PARTS | {"term": "old"},)))
    assert not agreed()


def test_several_approvals_add_up():
    assert agreed(PROVIDER, Seat(2, "client", True, ({"kpis": "aa"}, {"kpis": "older", "term": "bb"})))


def test_an_open_blocking_comment_holds_it():
    assert not agreed(PROVIDER, CLIENT, blocking=1)


def test_an_author_is_never_the_only_approver():
    assert not agreed(PROVIDER, authors=(1,))
    assert not agreed(PROVIDER, CLIENT, authors=(1, 2))
    assert agreed(PROVIDER, CLIENT, authors=(1,))


def test_an_edit_uncovers_what_it_touched_and_nothing_else():
    before, after = make_terms(), make_terms()
    after.kpis[0].target = "99.6"
    after.clauses[1].body = "Another text."

    assert approval.uncovered(parts(after), Seat(1, "client", True, (parts(before),))) == ["kpis", "clause:support"]


def test_another_order_of_the_clauses_uncovers_their_order_alone():
    before, after = make_terms(), make_terms()
    after.clauses.reverse()

    assert approval.uncovered(parts(after), Seat(1, "client", True, (parts(before),))) == ["clauses"]


@pytest.mark.parametrize(
    ("seats", "wrong"),
    [
        ([PROVIDER, CLIENT], ""),
        ([PROVIDER], "both"),
        ([CLIENT, Seat(1, "provider", False)], "both"),
        ([], "both"),
        ([Seat(9, "provider", True), Seat(9, "client", True)], "author"),
    ],
)
def test_who_can_judge(seats, wrong):
    assert approval.wrong_seats(seats, authors={9}) == wrong
