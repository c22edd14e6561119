"""Two people at one roster."""

from copy import copy

import pytest

from agreements import actions
from agreements.models import Duty
from agreements.signing import Refused
from tests.agreements.test_rosters import DAY, Scene, named, swap
from tests.factories import NOON
from tests.race import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_of_two_swaps_of_one_turn_one_is_made():
    scene = Scene()
    monday = NOON.replace(hour=7) + 5 * DAY
    turns = (monday, scene.ann), (monday + 7 * DAY, scene.ben)
    answers = race(lambda: swap(scene, *turns), runners=4)
    assert sum(isinstance(answer, Refused) for answer in answers) == 3
    assert Duty.objects.count() == 2


def test_who_is_named_by_two_rosters_at_once_stays_named():
    scene = Scene()
    scene.hold("p-desk")
    other = copy(scene)
    other.roster = actions.create_roster(scene.house, name="Nights", timezone="UTC", **scene.who)
    other.hold("p-head")
    work = iter([lambda: scene.take_over(scene.cid, NOON, NOON + DAY), lambda: other.rotate(scene.manager)])
    answers = race(lambda: next(work)(), runners=2)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert named(scene.agreement) == {scene.ann.pk, scene.ben.pk, scene.cid.pk, scene.manager.pk}
