"""Two at once: one begins a definition, and every KPI that is added has its own key."""

import pytest

from agreements.models import Version
from agreements.signing import Refused
from kpis import actions, definitions
from kpis.models import Definition
from tests.agreements.drafts import drafted, make_house
from tests.factories import NOON
from tests.kpis.definitions import begun, standard
from tests.race import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_one_of_many_begins_a_definition_of_a_name():
    who = make_house()
    outcomes = race(lambda: begun(who.provider, who.manager), runners=4)
    assert sum(isinstance(each, Definition) for each in outcomes) == 1
    assert all(isinstance(each, Definition | Refused) for each in outcomes)


def test_what_several_add_at_once_all_stands_under_keys_of_its_own():
    who = drafted(make_house())
    before = len(who.version.read_terms().kpis)
    kpi = definitions.chosen(standard(), service="canvas", calendar="")
    add = {"kpis": [kpi], "origin": "library", "actor": who.manager, "at": NOON}
    outcomes = race(lambda: actions.add_kpis(Version.objects.get(pk=who.version.pk), **add), runners=4)
    assert all(isinstance(each, Version) for each in outcomes), outcomes
    keys = [each.key for each in Version.objects.get(pk=who.version.pk).read_terms().kpis]
    assert len(keys) == len(set(keys)) == before + 4
