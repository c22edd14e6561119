"""Duty rosters: what people change in them, whom the matrix names by them, and what their pages say."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse

from accounts.models import Membership, Notice, Role
from agreements import actions, dutylist, needs, people, rosters
from agreements.grants import load
from agreements.models import Absence, Agreement, Duty, Involvement, Rotation
from agreements.signing import Refused
from records.models import AuditEntry
from tests.factories import NOON, make_member, make_organisation, make_signed, make_user

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = date(2026, 5, 4)  # NOON is a Wednesday


class Scene:
    """A signed agreement, three people of the provider, and a weekly roster of two of them from Monday on."""

    def __init__(self):
        self.house = make_organisation(name="Northgate", timezone="Europe/Berlin")
        self.agreement, self.version = make_signed(provider=self.house)
        self.manager = self.agreement.owner
        self.ann, self.ben, self.cid = (
            make_member(self.house, Role.PROVIDER, name=name) for name in ("Ann", "Ben", "Cid")
        )
        self.who = {"actor": self.manager, "at": NOON}
        self.roster = actions.create_roster(self.house, name="Desk", timezone="Europe/Berlin", **self.who)
        self.rotation = self.rotate(self.ann, self.ben)

    def rotate(self, *named, **kwargs):
        given = {
            "days": 7, "starts_on": MONDAY, "handover": time(9), "schedule": {}, "replaces": None,
        } | self.who | kwargs
        return actions.add_rotation(self.roster, people_in_order=named, **given)

    def hold(self, position="p-desk"):
        return actions.hold_position(self.agreement, position=position, roster=self.roster, **self.who)

    def on_duty(self, at):
        return rosters.turns([self.roster], at, at + HOUR)[self.roster.pk][0].user

    def take_over(self, user, start, end, **kwargs):
        return actions.take_over(self.roster, user=user, starts_at=start, ends_at=end, note="", **(self.who | kwargs))


@pytest.fixture
def scene():
    return Scene()


def refused(act, *args, **kwargs):
    with pytest.raises(Refused) as error:
        act(*args, **kwargs)
    return error.value.place


def named(agreement):
    return set(Involvement.objects.filter(agreement=agreement, capacity="position").values_list("user", flat=True))


def swap(scene, *turns):
    first, second = ((end, person.pk) for end, person in turns)
    return actions.swap_turns(scene.roster, first=first, second=second, **scene.who)


def told(user):
    return list(Notice.objects.filter(recipient=user).values_list("title", flat=True))


def test_a_position_is_held_by_whoever_is_on_duty(scene):
    scene.hold()
    for at, person in ((NOON, scene.ann), (NOON + 7 * DAY, scene.ben), (NOON + 14 * DAY, scene.ann)):
        assert people.holders_of(scene.agreement, at) == {"p-desk": person}
        assert people.holders(scene.agreement, ["p-desk"], at) == [person]


def test_everybody_of_the_roster_sees_the_agreement_and_whoever_leaves_no_longer(scene):
    outsider = make_user()
    Membership.objects.create(user=outsider, organisation=scene.house, role=Role.ADMIN, since=NOON - DAY)
    scene.rotate(outsider, scene.cid)
    scene.hold()
    assert named(scene.agreement) == {scene.ann.pk, scene.ben.pk, scene.cid.pk, outsider.pk}
    assert scene.agreement in Agreement.objects.visible_to(outsider, NOON)

    actions.hold_position(scene.agreement, position="p-head", user=scene.ann, **scene.who)
    for rotation in Rotation.objects.filter(until=None):
        actions.end_rotation(rotation, **scene.who)
    assert named(scene.agreement) == {scene.ann.pk}
    assert scene.agreement not in Agreement.objects.visible_to(outsider, NOON)


def test_the_sweep_lets_go_who_left_when_a_planned_change_came(scene):
    scene.hold()
    scene.rotate(scene.cid, starts_on=MONDAY + 7 * DAY, replaces=scene.rotation)
    assert named(scene.agreement) == {scene.ann.pk, scene.ben.pk, scene.cid.pk}
    actions.watch_rosters(now=NOON + 7 * DAY)
    assert named(scene.agreement) == {scene.cid.pk}


@pytest.mark.parametrize("count", [1, 3])
def test_positions_take_few_queries_however_many(scene, count, django_assert_num_queries):
    agreements = [scene.agreement] + [make_signed(provider=scene.house)[0] for _ in range(count - 1)]
    for agreement in agreements:
        roster = actions.create_roster(scene.house, name=f"R{agreement.pk}", timezone="UTC", **scene.who)
        scene.roster = roster
        scene.rotate(scene.ann, scene.ben)
        actions.hold_position(agreement, position="p-desk", roster=roster, **scene.who)
    with django_assert_num_queries(1):
        held = people.holders_in([agreement.pk for agreement in agreements], NOON)
    assert len(held) == count
    with django_assert_num_queries(2):
        people.held_in([agreement.pk for agreement in agreements], NOON)


def test_without_a_roster_it_is_one_query(scene, django_assert_num_queries):
    actions.hold_position(scene.agreement, position="p-desk", user=scene.ann, **scene.who)
    with django_assert_num_queries(1):
        assert people.holders_of(scene.agreement, NOON) == {"p-desk": scene.ann}


def test_a_rotation_begins_now_where_its_first_handover_is_over(scene):
    assert scene.rotation.since == NOON
    later = scene.rotate(scene.cid, starts_on=MONDAY + 7 * DAY, replaces=scene.rotation)
    assert later.since.isoformat() == "2026-05-11T07:00:00+00:00"
    scene.rotation.refresh_from_db()
    assert scene.rotation.until == later.since
    assert (scene.on_duty(later.since - HOUR), scene.on_duty(later.since)) == (scene.ann, scene.cid)


def test_what_no_rotation_is_made_of(scene):
    stranger = make_user()
    assert refused(scene.rotate) == "people"
    assert refused(scene.rotate, stranger) == "people"
    assert refused(scene.rotate, scene.ann, days=0) == "days"
    assert refused(scene.rotate, scene.ann, days=93) == "days"
    assert refused(scene.rotate, scene.ann, schedule={"mon": [["25:00", "26:00"]]}) == "opens"
    actions.end_rotation(scene.rotation, **scene.who)
    assert refused(scene.rotate, scene.ann, replaces=scene.rotation) == "replaces"
    assert refused(actions.end_rotation, scene.rotation, **scene.who) == "replaces"


def test_names_are_given_once_and_freed_by_the_end(scene):
    assert refused(actions.create_roster, scene.house, name=" ", timezone="UTC", **scene.who) == "name"
    assert refused(actions.create_roster, scene.house, name="Desk", timezone="UTC", **scene.who) == "name"
    scene.hold()
    assert refused(actions.end_roster, scene.roster, **scene.who) == ""
    actions.hold_position(scene.agreement, position="p-desk", user=scene.ann, **scene.who)
    actions.end_roster(scene.roster, **scene.who)
    assert refused(scene.rotate, scene.ann) == ""
    assert refused(scene.hold) == ""
    assert actions.create_roster(scene.house, name="Desk", timezone="UTC", **scene.who).pk != scene.roster.pk


def test_a_position_is_held_by_a_roster_of_its_own_party_or_a_person_not_both(scene):
    client = scene.agreement.client
    theirs = actions.create_roster(client, name="Theirs", timezone="UTC", **scene.who)
    hold = {"agreement": scene.agreement, "position": "p-desk"} | scene.who
    assert refused(actions.hold_position, roster=theirs, **hold) == "roster"
    assert refused(actions.hold_position, roster=scene.roster, user=scene.ann, **hold) == "user"
    assert refused(actions.hold_position, **hold) == "user"
    first = scene.hold()
    assert scene.hold() == first


def test_taking_over_tells_both_and_what_is_over_does_not_count(scene):
    duty = scene.take_over(scene.cid, NOON - 5 * DAY, NOON + DAY)
    assert (duty.starts_at, scene.on_duty(NOON), scene.on_duty(NOON + DAY)) == (NOON, scene.cid, scene.ann)
    assert told(scene.cid) == told(scene.ann) == ["The roster Desk changed"]
    assert told(scene.ben) == told(scene.manager) == []


@pytest.mark.parametrize(
    ("user", "start", "end", "place"),
    [
        ("cid", -2 * DAY, -DAY, "ends_at"),
        ("cid", DAY, DAY, "ends_at"),
        ("cid", DAY, 500 * DAY, "ends_at"),
        ("stranger", DAY, 2 * DAY, "user"),
    ],
)
def test_what_cannot_be_taken_over(scene, user, start, end, place):
    scene.stranger = make_user()
    assert refused(scene.take_over, getattr(scene, user), NOON + start, NOON + end) == place
    assert not Duty.objects.exists()


def test_taken_back_the_rotation_counts_again_and_the_past_stays(scene):
    duty = scene.take_over(scene.cid, NOON, NOON + 4 * DAY)
    actions.take_back_duty(duty, actor=scene.manager, at=NOON + DAY)
    assert (scene.on_duty(NOON + HOUR), scene.on_duty(NOON + DAY)) == (scene.cid, scene.ann)
    assert refused(actions.take_back_duty, duty, actor=scene.manager, at=NOON + DAY) == ""


def test_a_swap_gives_each_the_others_turn(scene):
    monday = NOON.replace(hour=7) + 5 * DAY
    swap(scene, (monday, scene.ann), (monday + 7 * DAY, scene.ben))
    assert [scene.on_duty(at) for at in (NOON, monday, monday + 7 * DAY)] == [scene.ben, scene.ann, scene.ann]
    assert len(told(scene.ann)) == len(told(scene.ben)) == 2


def test_what_cannot_be_swapped(scene):
    monday = NOON.replace(hour=7) + 5 * DAY
    mine = (monday, scene.ann)
    for end, person in ((HOUR, scene.ben), (14 * DAY, scene.ann), (7 * DAY, scene.cid), (-9 * DAY, scene.ben)):
        assert refused(swap, scene, mine, (monday + end, person)) == "second"
    swap(scene, mine, (monday + 7 * DAY, scene.ben))
    # The second press does not swap them back.
    assert refused(swap, scene, mine, (monday + 7 * DAY, scene.ben)) == "second"
    assert scene.on_duty(NOON) == scene.ben


def test_who_is_away_has_whole_local_days_off_and_the_next_stands_in(scene):
    scene.ann.timezone = "Asia/Tokyo"
    scene.ann.save()
    away = actions.note_absence(scene.ann, first_day=MONDAY + 3 * DAY, last_day=MONDAY + 3 * DAY, **scene.who)
    assert (away.starts_at.isoformat(), away.ends_at - away.starts_at) == ("2026-05-06T15:00:00+00:00", DAY)
    assert [scene.on_duty(NOON + step) for step in (0 * DAY, 3 * HOUR, DAY + 3 * HOUR)] == [
        scene.ann, scene.ben, scene.ann
    ]
    actions.take_back_absence(away, actor=scene.manager, at=NOON + 6 * HOUR)
    assert (scene.on_duty(NOON + 4 * HOUR), scene.on_duty(NOON + 7 * HOUR)) == (scene.ben, scene.ann)
    assert refused(actions.take_back_absence, away, **scene.who) == ""


def test_what_is_no_absence(scene):
    note = {"user": scene.ann} | scene.who
    for first, last in ((0, -1), (-9, -5), (3, 500)):
        days = {"first_day": NOON.date() + first * DAY, "last_day": NOON.date() + last * DAY}
        assert refused(actions.note_absence, **days, **note) == "last_day"
    assert not Absence.objects.exists()


def leave_a_gap(scene):
    """Both are away on Friday and Saturday."""
    for person in (scene.ann, scene.ben):
        actions.note_absence(person, first_day=MONDAY + 4 * DAY, last_day=MONDAY + 5 * DAY, **scene.who)


def test_a_gap_is_told_once_to_who_plans_and_only_of_a_roster_in_use(scene):
    leave_a_gap(scene)
    assert actions.watch_rosters(now=NOON) == 0
    scene.hold()
    assert actions.watch_rosters(now=NOON) == 1
    # A minute later, and within the gap, it is still the same.
    assert actions.watch_rosters(now=NOON + 3 * DAY) == 0
    assert told(scene.manager) == ["Nobody is on duty: Desk, Fri 8 May, 02:00 CEST"]
    assert told(scene.cid) == []
    assert AuditEntry.objects.filter(verb="roster.gap_warned").count() == 1


def test_a_gap_waits_on_the_home_of_who_plans_until_it_is_filled(scene):
    scene.hold()
    leave_a_gap(scene)

    def waits(person):
        return [need.title for need in needs.for_user(person, load(person, NOON), NOON)]

    assert waits(scene.manager) == ["Nobody is on duty: Desk"]
    assert waits(scene.cid) == []
    scene.take_over(scene.cid, NOON + DAY, NOON + 5 * DAY)
    assert waits(scene.manager) == []


def test_the_matrix_shows_who_is_on_duty_until_when_and_the_gap(scene, client):
    scene.hold()
    leave_a_gap(scene)
    client.force_login(scene.manager)
    page = client.get(reverse("agreements:people", args=[scene.agreement.reference])).content.decode()
    assert "by the roster Desk" in page


def test_a_running_duty_keeps_its_beginning_whatever_changes_later(scene):
    scene.take_over(scene.cid, NOON + 20 * DAY, NOON + 21 * DAY, at=NOON + DAY)
    monday = NOON.replace(hour=7) + 5 * DAY
    first, second, *_rest = dutylist.mine(scene.ann, NOON + DAY)
    assert (first.starts_at, first.ends_at, second.starts_at) == (NOON, monday, monday + 7 * DAY)


def test_of_two_rotations_the_newer_is_on_duty_in_its_hours(scene):
    scene.rotate(scene.cid, schedule={"thu": [["08:00", "18:00"]]})
    thursday = NOON + DAY
    assert [scene.on_duty(at) for at in (NOON, thursday, thursday + 12 * HOUR)] == [scene.ann, scene.cid, scene.ann]


def test_what_was_written_down_is_what_is_worked_out_anew(scene):
    scene.take_over(scene.cid, NOON + DAY, NOON + 2 * DAY)
    actions.note_absence(scene.ben, first_day=MONDAY + 8 * DAY, last_day=MONDAY + 9 * DAY, **scene.who)

    def said(found):
        turns = [turn for turn in found[scene.roster.pk] if turn.ends_at < NOON + 80 * DAY]
        return [(turn.ends_at, turn.user, turn.why) for turn in turns]

    at = NOON + 3 * DAY
    span = [scene.roster], at, at + 90 * DAY
    assert said(rosters.turns(*span)) == said(rosters.computed(*span))
    actions.watch_rosters(now=at)
    assert said(rosters.turns(*span)) == said(rosters.computed(*span))


def test_a_stop_beyond_what_was_written_down_still_finds_who_is_on_duty(scene):
    scene.hold()
    later = NOON + 400 * DAY
    (turn, *_rest) = rosters.computed([scene.roster], later, later + HOUR)[scene.roster.pk]
    assert people.holders_of(scene.agreement, later) == {"p-desk": turn.user}
    actions.watch_rosters(now=later)
    assert people.holders_of(scene.agreement, later) == {"p-desk": turn.user}
    # What was written of the past stays.
    assert scene.on_duty(NOON) == scene.ann


def test_whose_account_is_closed_is_told_nothing_and_the_sweep_passes_them_over(scene):
    scene.hold()
    scene.ann.is_active = False
    scene.ann.save()
    assert people.holders_of(scene.agreement, NOON) == {}
    actions.watch_rosters(now=NOON)
    assert people.holders_of(scene.agreement, NOON) == {"p-desk": scene.ben}


@pytest.fixture
def open_page(scene, client):
    def opened(person, **kwargs):
        client.force_login(person)
        return client.get(reverse("agreements:roster", args=[scene.roster.pk]), **kwargs)

    return opened


def test_the_page_lets_planners_plan_and_colleagues_take_over_their_own(scene, open_page):
    planner, colleague = open_page(scene.manager).content.decode(), open_page(scene.ann).content.decode()
    assert "Add a rotation" in planner and "Put somebody on duty" in planner
    assert "Add a rotation" not in colleague and "Take a duty over" in colleague


def test_a_wrong_form_says_so_beside_the_field(scene, client):
    client.force_login(scene.manager)
    answer = client.post(reverse("agreements:add_rotation", args=[scene.roster.pk]), {
        "rotation-person_1": scene.ann.pk, "rotation-starts_on": "soon", "rotation-handover": "09:00",
        "rotation-days": "7",
    })
    assert answer.status_code == 422 and "starts_on" in answer.context["rotation_form"].errors


def test_hours_over_midnight_are_kept_and_shown_as_written(scene, client):
    client.force_login(scene.manager)
    client.post(reverse("agreements:add_rotation", args=[scene.roster.pk]), {
        "rotation-person_1": scene.cid.pk, "rotation-starts_on": "2026-05-04", "rotation-handover": "09:00",
        "rotation-days": "7", "rotation-weekdays": ["fri", "sat"], "rotation-opens": "22:00",
        "rotation-closes": "06:00",
    })
    made = Rotation.objects.latest("pk")
    assert made.schedule == {"fri": [["22:00", "30:00"]], "sat": [["22:00", "30:00"]]}
    page = client.get(reverse("agreements:roster", args=[scene.roster.pk])).content.decode()
    assert "Fri, Sat 22:00–06:00" in page
