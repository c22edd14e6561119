"""Corrections that several people act on at once."""

import pytest
from django_fsm import TransitionNotAllowed

from kpis import actions
from kpis.actions import Declined
from kpis.models import Correction
from tests.kpis.test_corrections import JUNE_5, editions, make_closed, propose, put_before_the_client
from tests.race import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_eight_acceptances_make_one_edition():
    agreement, asker, other, client = make_closed()
    correction = put_before_the_client(agreement, asker, other)

    found = race(lambda: actions.accept_correction(correction, actor=client, at=JUNE_5))

    assert {type(each) for each in found} == {Correction, TransitionNotAllowed}
    assert [each.edition for each in editions(agreement)] == [1, 2]


def test_silence_and_the_clients_word_make_one_edition():
    agreement, asker, other, client = make_closed()
    correction, acts = put_before_the_client(agreement, asker, other), [0, 1] * 4
    late = correction.accept_by

    def act():
        if acts.pop():
            return actions.accept_silent_corrections(now=late)
        return actions.accept_correction(correction, actor=client, at=late)

    found = race(act)

    assert all(isinstance(each, int | Correction | TransitionNotAllowed) for each in found), found
    assert [each.edition for each in editions(agreement)] == [1, 2]


def test_eight_proposals_are_one():
    agreement, asker, _other, _client = make_closed()

    found = race(lambda: propose(agreement, asker))

    assert {type(each) for each in found} == {Correction, Declined}
    assert Correction.objects.count() == 1
