"""Asking by link: people of a client without an account say what they need."""

import re
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import Message, Notice, Role
from agreements import actions, grants, questions, starting
from agreements.actions import Need
from agreements.models import Question, Requirement
from agreements.needs import for_user
from agreements.signing import Refused
from records.models import AuditEntry
from tests.agreements.drafts import make_house
from tests.factories import NOON, make_member
from tests.race import race

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DUE = date(2026, 5, 20)
END = NOON.replace(hour=0) + 15 * DAY  # of the 20th, in UTC


def asked(who, **kwargs):
    fields = {
        "client": who.client, "name": "Rosa Lindt", "email": "Rosa@example.org", "due_on": DUE, "message": "For 2027",
        "actor": who.manager, "at": NOON,
    }  # fmt: skip
    return actions.ask_by_link(who.service, **(fields | kwargs))


def live(who, **kwargs):
    """A question whose link is open today, whenever that is."""
    requirement = asked(who, **kwargs)
    Question.objects.filter(pk=requirement.question_id).update(expires_at=NOON.replace(year=2100))
    return requirement


def answer(requirement, *needs, at=NOON):
    return actions.answer_by_link(requirement.question, needs=needs, at=at)


def texts():
    return list(Requirement.objects.order_by("pk").values_list("number", "text", "state"))


def link_in(message):
    return re.search(r"/needs/[0-9a-f]{64}/", message.body).group(0)


def test_a_link_goes_out_and_only_its_hash_is_looked_up():
    requirement = asked(make_house())
    message = Message.objects.get()
    assert (message.address, message.subject) == ("rosa@example.org", "What do you need of Learning platform?")
    assert "For 2027" in message.body and "2026-05-20" in message.body
    token = link_in(message).split("/")[2]
    row = Question.objects.get()
    assert token == questions.token(row)
    assert token not in {str(value) for value in vars(row).values()}
    assert (requirement.state, requirement.asked_of, requirement.person) == ("asked", None, "Rosa Lindt")


def test_who_has_an_account_at_the_client_is_asked_inside():
    who = make_house()
    requirement = asked(who, email=who.head.email.upper())
    assert requirement.asked_of == who.head and not requirement.question.by_link
    assert Notice.objects.filter(recipient=who.head).count() == 1


def test_an_account_elsewhere_makes_nobody_a_member_of_the_client():
    who, other = make_house(), make_house()
    assert asked(who, email=other.head.email).question.by_link


def test_a_day_that_is_over_is_refused():
    with pytest.raises(Refused) as refused:
        asked(make_house(), due_on=date(2026, 5, 5))
    assert refused.value.place == "due_on"


def test_several_needs_are_said_in_one_go_and_said_again_until_decided():
    who = make_house()
    requirement = asked(who)
    answer(requirement, Need("Reachable", "Night courses", "We phone", "must"), Need("Fast"))
    assert texts() == [("R1", "Reachable", "stated"), ("R2", "Fast", "stated")]
    assert Notice.objects.filter(recipient=who.manager).get().title == "Rosa Lindt stated 2 needs of Learning platform"
    told = AuditEntry.objects.filter(verb="requirement.stated").order_by("pk").first()
    assert (told.actor, told.data["person"], told.data["otherwise"]) == (None, "rosa@example.org", "We phone")

    actions.decline_requirement(Requirement.objects.get(number="R2"), reason="Too dear", actor=who.manager, at=NOON)
    decided = answer(requirement, Need("Reachable at night", number="R1"), Need("Faster", number="R2"))

    assert decided == ["R2"]
    assert texts() == [("R1", "Reachable at night", "stated"), ("R2", "Fast", "declined")]


def test_the_same_words_again_write_nothing():
    requirement = asked(make_house())
    answer(requirement, Need("Reachable"))
    before = AuditEntry.objects.count()
    answer(requirement, Need("Reachable", number="R1"))
    assert AuditEntry.objects.count() == before


def test_the_decision_comes_by_mail_with_the_link():
    who = make_house()
    requirement = asked(who)
    answer(requirement, Need("Reachable"), Need("Fast"))
    one, two = Requirement.objects.order_by("pk")
    actions.accept_requirement(one, actor=who.manager, at=NOON)
    actions.decline_requirement(two, reason="Too dear", actor=who.manager, at=NOON)
    first, accepted, declined = Message.objects.filter(address="rosa@example.org").order_by("pk")
    assert accepted.subject == "Your requirement R1 was accepted"
    assert "Too dear" in declined.body and link_in(declined) == link_in(first)


def test_an_answer_stands_in_the_agreement_under_its_name():
    answer(asked(make_house()), Need("Reachable"))
    assert starting.requirement(Requirement.objects.get()).who == "Rosa Lindt"


@pytest.mark.parametrize("needs", [[], [Need(" ")], [Need("x")] * 21])
def test_nothing_and_far_too_much_are_refused(needs):
    with pytest.raises(Refused):
        answer(asked(make_house()), *needs)
    assert texts() == [("R1", "", "asked")]


def test_a_number_of_another_question_is_not_taken():
    who = make_house()
    foreign = asked(who, email="other@example.org")
    with pytest.raises(KeyError):
        answer(asked(who), Need("Mine now", number=foreign.number))


@pytest.mark.parametrize("close", ["revoked", "expired"])
def test_a_closed_link_takes_nothing(close):
    who = make_house()
    requirement = asked(who)
    at = NOON
    if close == "revoked":
        actions.revoke_link(requirement.question, actor=who.manager, at=NOON)
    else:
        at = requirement.question.expires_at
        assert requirement.question.works(at - timedelta(seconds=1))
    with pytest.raises(Refused):
        answer(requirement, Need("Late"), at=at)
    with pytest.raises(Refused):
        actions.revoke_link(requirement.question, actor=who.manager, at=at)


# Reminders


def sweep(now):
    return actions.remind_unanswered(now=now)


def subjects():
    return list(Message.objects.filter(address="rosa@example.org").order_by("pk").values_list("subject", flat=True))


def test_who_did_not_answer_is_reminded_once_and_then_the_asker_told():
    who = make_house()
    asked(who)
    assert sweep(END - 2 * DAY - timedelta(seconds=1)) == 0
    assert sweep(END - 2 * DAY) == 1
    assert sweep(END - DAY) == 0
    assert subjects()[1:] == ["A reminder: What do you need of Learning platform?"]
    assert sweep(END) == 1
    assert sweep(END + DAY) == 0
    assert Notice.objects.filter(recipient=who.manager).get().title.startswith("Rosa Lindt has not said")


def test_after_a_long_stop_there_is_one_reminder_and_one_word():
    who = make_house()
    asked(who)
    assert sweep(END + 30 * DAY) == 1
    assert (len(subjects()), Notice.objects.filter(recipient=who.manager).count()) == (2, 1)


def test_who_answered_is_left_alone():
    who = make_house()
    answer(asked(who), Need("Reachable"))
    sweep(END)
    assert len(subjects()) == 1


def test_a_question_for_tomorrow_has_no_reminder_before_its_day():
    assert asked(make_house(), due_on=date(2026, 5, 7)).question.next_at == NOON.replace(hour=0) + 2 * DAY


def test_the_day_ends_where_the_asker_lives():
    who = make_house()
    who.provider.timezone = "Asia/Tokyo"
    who.provider.save(update_fields=["timezone"])
    who.service.refresh_from_db()
    assert asked(who).question.next_at == END - 2 * DAY - timedelta(hours=9)


def test_a_reminder_by_hand_once_a_day():
    who = make_house()
    question = asked(who).question
    actions.remind_stakeholder(question, actor=who.manager, at=NOON)
    with pytest.raises(Refused):
        actions.remind_stakeholder(question, actor=who.manager, at=NOON + timedelta(hours=23))
    actions.remind_stakeholder(question, actor=who.manager, at=NOON + DAY)
    assert len(subjects()) == 3


def test_the_asker_sees_at_home_what_is_overdue():
    who = make_house()
    asked(who)
    late = [need.title for need in for_user(who.manager, grants.load(who.manager, END), END)]
    soon = [need.title for need in for_user(who.manager, grants.load(who.manager, NOON), END - DAY)]
    assert (late, soon) == (["Rosa Lindt has not said what they need of Learning platform"], [])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_engines_remind_once():
    asked(make_house())
    race(lambda: sweep(END - 2 * DAY), runners=4)
    assert AuditEntry.objects.filter(verb="requirement.reminded").count() == 1


# The page


def page_of(requirement):
    return questions.path(requirement.question)


def post(client, requirement, **fields):
    return client.post(page_of(requirement), fields)


def test_the_page_is_answered_without_an_account_and_shows_the_decision(client):
    who = make_house()
    requirement = live(who)
    assert "What do you need of Learning platform?" in client.get(page_of(requirement)).content.decode()
    done = post(client, requirement, **{
        "R1-text": "Reachable <b>", "R1-priority": "must", "new0-text": "Fast", "new0-priority": "should",
    })  # fmt: skip
    assert done.status_code == 302 and [text for _, text, _ in texts()] == ["Reachable <b>", "Fast"]
    actions.decline_requirement(Requirement.objects.get(number="R2"), reason="Too dear", actor=who.manager, at=NOON)
    page = client.get(page_of(requirement)).content.decode()
    assert "Too dear" in page and "Reachable &lt;b&gt;" in page and "Reachable <b>" not in page
    assert 'name="R2-text"' not in page


def test_an_empty_answer_is_told_so_and_what_was_written_is_kept(client):
    requirement = live(make_house())
    assert post(client, requirement, **{"R1-text": "", "R1-priority": "should"}).status_code == 422
    kept = post(client, requirement, **{"R1-text": "x" * 2001, "R1-priority": "should", "R1-why": "Because"})
    assert kept.status_code == 422 and "Because" in kept.content.decode()


@pytest.mark.parametrize("spoil", ["wrong", "expired", "revoked"])
def test_closed_and_wrong_links_look_alike_and_say_nothing(client, spoil):
    who = make_house()
    requirement = live(who)
    path = page_of(requirement)
    if spoil == "wrong":
        path = path[:-2] + ("0" if path[-2] != "0" else "1") + "/"
    elif spoil == "expired":
        Question.objects.update(expires_at=NOON.replace(year=2020))
    else:
        actions.revoke_link(requirement.question, actor=who.manager, at=NOON)
    answers = [client.get(path), client.post(path, {"R1-text": "x"})]
    assert [each.status_code for each in answers] == [404, 404]
    assert "Learning platform" not in answers[0].content.decode()


def test_the_page_wants_a_csrf_token():
    requirement = live(make_house())
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(page_of(requirement), {"R1-text": "x"}).status_code == 403


def test_knocking_without_end_is_stopped(client):
    requirement = live(make_house())
    codes = [post(client, requirement, **{"R1-text": ""}).status_code for _ in range(61)]
    assert codes == [422] * 60 + [429]
    cache.clear()
    assert client.get(page_of(requirement)).status_code == 200


def test_only_the_house_reminds_and_closes(client):
    who = make_house()
    requirement = live(who)
    for person, status in [(who.engineer, 403), (make_member(who.client, Role.CLIENT), 404), (who.manager, 302)]:
        client.force_login(person)
        assert client.post(f"/requirements/{requirement.number}/close-link/").status_code == status
    assert Question.objects.get().revoked_at
