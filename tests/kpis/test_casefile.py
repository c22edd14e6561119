"""One case and its clocks: the page, the steps in words, and that they agree with the closed result."""

import pytest
from django.urls import reverse

from agreements import terms as t
from kpis import casefile, clockstrip
from kpis.intake.rows import Waited
from kpis.models import Target
from tests.factories import make_member
from tests.kpis.build import case, deliver, stream, utc
from tests.kpis.test_kinds import JUNE_9, MAY, closed, kpi, signed

pytestmark = pytest.mark.django_db
ROWS = [
    t.Priority(1, "Outage", 4 * 3600, "always", response_seconds=900),
    t.Priority(3, "Normal", 14 * 3600, "desk", response_seconds=3600),
]
PAUSES = (
    Waited(utc("2026-05-04T17:00"), utc("2026-05-05T16:00"), "client"),
    Waited(utc("2026-05-05T17:00"), utc("2026-05-05T18:00"), "supplier"),
)
# Opened Monday 16:00 with 14 h of a desk that is open 15:00 to 22:00; two opening days are spared.
LATE = case(
    "INC 7/a", "2026-05-04T16:00", "2026-05-07T16:00", 3, pauses=PAUSES, responded_at=utc("2026-05-04T16:30")
)


@pytest.fixture
def world():
    agreement, person = signed(
        kpi("deadline", "K2", indicator="desk-cases", params={"cohort": "closed_in"}), priorities=ROWS,
        zone="Europe/Brussels",
    )
    agreement.person = person
    deliver(stream(agreement, "desk-cases"), [LATE], person, at=JUNE_9, source="desk")
    return agreement


def found(agreement, number="INC 7/a", now=JUNE_9):
    return casefile.find(Target.objects.get(agreement=agreement, key="K2"), number, now)


def test_the_clocks_are_those_of_the_closed_result(world):
    (missed,) = closed(world, "K2").outcome["figures"]["missed"]
    response, resolution = found(world).clocks

    assert (response.kind, response.reading.met, response.judged) == ("response", True, False)
    assert (resolution.reading.elapsed_seconds, resolution.reading.limit_seconds) == (
        missed["elapsed"], missed["limit"],
    )  # fmt: skip
    # 1 h on Monday, 6 h on Tuesday, 7 h on Wednesday, 1 h on Thursday.
    assert resolution.reading.elapsed_seconds == 15 * 3600
    assert resolution.judged and resolution.reading.met is False


def test_each_step_is_said_with_reason_and_teller(world):
    said = [
        (f"{step.at:%d %H:%M}", step.text, step.note.replace("\N{NO-BREAK SPACE}", " "))
        for step in casefile.story(found(world))
    ]
    by = f"{world.person.name} (Upload, delivery "

    assert said[0] == ("04 16:00", "Opened", "priority 3, Normal")
    assert said[1] == ("04 16:00", "The clock runs", "1 h; 1 h of 14 h used by then")
    assert ("04 16:30", "Answered", "") in said
    waited = next(each for each in said if each[1] == "It waits: Waiting for the client")
    assert waited[0] == "04 17:00" and waited[2].startswith("6 h of service time do not count; told by " + by)
    ignored = next(each for each in said if each[1] == "Waiting reported: supplier")
    assert ignored[2].startswith("v1.0 names no such reason to pause: the clock goes on. told by " + by)
    assert ("06 22:00", "Due (Resolution): the whole time is used", "") in said
    assert ("07 15:00", "Late from here on (Resolution)", "") in said
    assert said[-1][:2] == ("07 16:00", "Closed")


def test_what_a_revision_changed_and_who_brought_it(client, world):
    longer = case("INC 7/a", "2026-05-04T16:00", "2026-05-06T16:00", 3, pauses=PAUSES, responded_at=LATE.responded_at)
    deliver(stream(world, "desk-cases"), [longer], world.person, at=JUNE_9, source="desk", reason="Closed a day before")
    client.force_login(make_member(world.provider, "manager"))

    answer = client.get(page_of(world))

    assert [row["row"].revision for row in answer.context["revisions"]] == [1, 0]
    assert found(world).clocks[1].reading.met is True
    assert "In time" in answer.content.decode() and "Europe/Brussels" in answer.content.decode()


def page_of(world, number="INC%207%2Fa", key="K2"):
    return f"{reverse('kpis:case', args=[world.reference, key])}?case={number}"


def test_the_client_reads_it_without_the_way_to_the_provider_s_files(client, world):
    client.force_login(make_member(world.client, "client"))
    text = client.get(page_of(world)).content.decode()
    assert "The clocks" in text and "/data/deliveries/" not in text

    client.force_login(world.person)
    assert "/data/deliveries/" in client.get(page_of(world)).content.decode()


@pytest.mark.parametrize("number", ["nobody", "%00", "%F0%9F%92%A9", "x" * 300, "1;DROP", "%0A"])
def test_a_number_that_nobody_delivered_is_said_so(client, world, number):
    client.force_login(world.person)
    answer = client.get(page_of(world, number))
    assert answer.status_code in (200, 404) and answer.context["file"] is None  # a blank number asks for nothing


def test_a_kpi_without_cases_has_no_case(client, world):
    client.force_login(world.person)
    assert client.get(page_of(world, key="K9")).status_code == 404


def test_a_case_of_another_time_is_none_of_this_agreement(world):
    before = case("OLD", "2026-04-01T16:00", "2026-04-02T16:00", 3)
    alive = case("OLDER", "2026-04-01T16:00", "2026-05-02T16:00", 3)
    deliver(stream(world, "desk-cases"), [before, alive], world.person, at=JUNE_9, source="desk")

    assert found(world, "OLD") is None
    assert found(world, "OLDER").clocks[1].reading.opened_at < MAY


def test_a_priority_without_times_runs_no_clock(client, world):
    file = found(world)
    file.terms.priorities.clear()

    assert casefile.clocks_of(file.case, file.terms, {}, JUNE_9) == []
    assert clockstrip.strips([]) == ""


def test_a_case_that_waits_has_no_date_and_is_drawn(world):
    waits = case("W", "2026-06-08T16:00", None, 3, pauses=(Waited(utc("2026-06-08T17:00"), None, "client"),))
    deliver(stream(world, "desk-cases"), [waits], world.person, at=JUNE_9, source="desk")

    response, resolution = found(world, "W").clocks

    assert (resolution.reading.state, resolution.reading.due_at) == ("paused", None)
    drawn = clockstrip.strips([response, resolution])
    assert "not known while it waits" in drawn and drawn.count("<svg") == 1
