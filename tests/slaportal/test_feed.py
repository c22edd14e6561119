"""The .ics feed, as another program reads it; the cells of upper apps in the list of agreements."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from icalendar import Calendar

from accounts import actions
from accounts.models import CalendarFeed
from agreements.models import Agreement
from records.models import AuditEntry
from slaportal import feed
from tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world_once")]


def subscribed(person):
    _feed, token = actions.renew_calendar_feed(person, actor=person, at=NOON)
    return reverse("calendar", args=[token])


def read(person, at=NOON):
    calendar = Calendar.from_ical(feed.render(feed.entries(person, at), name="Days"))
    return {str(event["uid"]).split("@")[0]: event for event in calendar.walk("VEVENT")}


def test_a_calendar_program_reads_the_days_of_an_agreement(world):
    events = read(world.client)
    ref = world.agreement.reference
    begin = events[f"{ref}-start-v1.0"]
    assert begin.decoded("dtstart") == date(2026, 5, 1)
    assert begin.decoded("dtend") == date(2026, 5, 2)
    renewal = events[f"{ref}-renewal-2027"]
    assert renewal.decoded("dtstart") == date(2027, 5, 1)
    assert ref in str(renewal["description"]) and str(renewal["url"]).endswith(world.agreement.get_absolute_url())
    assert any(key.startswith(f"{ref}-notice_by") for key in events)


def test_a_meeting_is_timed_in_utc(world):
    meeting = next(iter(feed._meetings(Agreement.objects.all(), NOON)), None)
    assert meeting is not None
    event = read(world.client)[meeting.key]
    assert event.decoded("dtstart").tzinfo is not None
    assert event.decoded("dtstart") == meeting.start.replace(microsecond=0)
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(hours=1)


def test_a_stranger_has_no_days(world):
    assert read(world.stranger) == {}


def test_the_same_days_give_the_same_file(world):
    later = NOON + timedelta(hours=5)
    one, two = (feed.render(feed.entries(world.client, at), name="x") for at in (NOON, later))
    assert one == two


def test_what_is_long_past_has_left(world):
    assert f"{world.agreement.reference}-start-v1.0" not in read(world.client, datetime(2028, 1, 1, tzinfo=UTC))


def test_the_address_needs_no_session_and_knows_what_was_read(client, world):
    url = subscribed(world.client)
    answer = client.get(url)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert world.agreement.reference.encode() in answer.content
    assert client.get(url, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert client.head(url).status_code == 200
    assert client.post(url).status_code == 405


def test_only_the_hash_is_kept(world):
    token = subscribed(world.client).split("/")[-1].removesuffix(".ics")
    assert token not in str(CalendarFeed.objects.values().get())
    assert token not in str(list(AuditEntry.objects.values()))


def test_a_new_address_ends_the_old_one(client, world):
    old, new = subscribed(world.client), subscribed(world.client)
    assert (client.get(old).status_code, client.get(new).status_code) == (404, 200)


def test_a_revoked_address_is_not_found(client, world):
    url = subscribed(world.client)
    client.force_login(world.client)
    client.post(reverse("accounts:revoke_calendar"))
    assert client.get(url).status_code == 404


def test_who_may_not_sign_in_has_no_calendar(client, world):
    url = subscribed(world.client)
    world.client.is_active = False
    world.client.save(update_fields=["is_active"])
    assert client.get(url).status_code == 404


def test_each_reading_shows_what_one_sees_then(client, world):
    url = subscribed(world.client)
    world.client.involvements.all().delete()
    world.client.memberships.update(until=NOON)
    assert world.agreement.reference.encode() not in client.get(url).content


def test_the_page_shows_the_address_once(client, world):
    client.force_login(world.client)
    page = client.post(reverse("accounts:calendar")).content.decode()
    assert "/calendar/" in page and ".ics" in page
    assert ".ics" not in client.get(reverse("accounts:calendar")).content.decode()


def test_cells_of_the_list_are_those_of_visible_agreements(client, world):
    cell = f'id="sp-kpis-{world.agreement.pk}"'
    url = reverse("list_figures") + f"?id={world.agreement.pk}"
    client.force_login(world.client)
    assert cell in client.get(url).content.decode()
    client.force_login(world.stranger)
    assert cell not in client.get(url).content.decode()
