from datetime import date, timedelta

import pytest
from django.urls import reverse

from agreements import actions, ending_needs
from agreements.grants import load
from agreements.models import Ending
from agreements.terms import Term
from kpis.actions import bind_executed, ensure_periods
from kpis.models import Period
from tests.agreements.endings import notice, proposed, recalled, signed_world
from tests.agreements.papers import bring_in
from tests.factories import NOON, PASSWORD, make_agreement, make_version

pytestmark = pytest.mark.django_db
FAR = "2040-01-01"


def page(client, who, person, name="term", *args):
    client.force_login(person)
    return client.get(reverse(f"agreements:{name}", args=[who.agreement.reference, *args]))


def post(client, person, name, *args, **data):
    client.force_login(person)
    return client.post(reverse(f"agreements:{name}", args=args), data)


def an_end(**changes):
    return {"party": "provider", "last_day": FAR, "reason": "We close", "password": PASSWORD} | changes


def test_the_page_says_the_days_and_the_rule(client):
    who = signed_world(Term("2026-05-01", "2040-04-30", "automatic", 12, 90))
    text = page(client, who, who.head).content.decode()
    assert "Last day for notice" in text and "31 January 2040" in text and "Renews" in text
    assert "“Service desk”" in text and "the last open day before it counts" in text


def test_what_follows_stands_before_the_signature(client):
    who = signed_world(Term("2026-05-01", "2040-04-30", "automatic", 12, 90))
    text = page(client, who, who.manager, "end", "notice").content.decode()
    assert "The agreement ends with its term, on 30 April 2040." in text
    assert 'type="date" name="last_day" value="2040-04-30"' in text
    assert "A change that is being signed stops" in text and "your password" in text.lower()


def test_nobody_without_authority_is_offered_an_end(client):
    who = signed_world()
    who.manager.authorities.update(until=NOON)
    assert "Only people with authority on record" in page(client, who, who.manager).content.decode()
    assert page(client, who, who.manager, "end", "notice").status_code == 403
    assert page(client, who, who.head, "end", "whim").status_code == 404


def test_notice_is_given_from_the_browser(client):
    who = signed_world()
    answer = post(client, who.manager, "end", who.agreement.reference, "notice", **an_end(password="wrong"))
    assert answer.status_code == 422 and answer.context["form"].errors.keys() == {"password"}
    assert not Ending.objects.exists()
    answer = post(client, who.manager, "end", who.agreement.reference, "notice", **an_end())
    assert answer.status_code == 302 and Ending.objects.get().last_day == date(2040, 1, 1)
    assert "Terminating" in client.get(answer.url).content.decode()
    again = post(client, who.manager, "end", who.agreement.reference, "cause", **an_end())
    assert "Somebody was faster" in client.get(again.url).content.decode()


def test_the_other_party_confirms_agrees_and_answers(client):
    who = signed_world()
    ending = notice(who, last_day=date(2040, 1, 1))
    assert "Confirm that it arrived" in page(client, who, who.head).content.decode()
    post(client, who.head, "receive_notice", ending.pk)
    assert Ending.objects.get().received_by == who.head
    post(client, who.manager, "take_back", ending.pk, reason="We stay")
    assert "asks to take it back" in page(client, who, who.head).content.decode()
    post(client, who.head, "answer_recall", ending.pk, "consent")
    assert Ending.objects.get().state == "withdrawn"
    both = proposed(who, last_day=date(2040, 1, 1))
    assert post(client, who.head, "agree_end", both.pk, password="wrong").status_code == 422
    assert post(client, who.head, "agree_end", both.pk, password=PASSWORD).status_code == 302
    assert Ending.objects.get(pk=both.pk).state == "standing"
    late = post(client, who.head, "refuse_end", both.pk, reason="Too late")
    assert "Somebody was faster" in client.get(late.url).content.decode()


def needs(person, now):
    return [each.title for each in ending_needs.for_user(person, load(person, now), now)]


def test_the_owner_is_asked_to_decide_until_it_is_decided():
    who = signed_world(Term("2026-05-01", "2026-12-31", "automatic", 12, 90))
    near = NOON + timedelta(days=100)
    assert needs(who.manager, NOON) == [] and needs(who.head, near) == []
    assert needs(who.manager, near) == ["Decide on the renewal of Learning platform"]
    actions.keep(who.agreement, actor=who.manager, at=near)
    assert needs(who.manager, near) == []


def test_the_other_side_is_asked_for_its_word_and_a_second_person_for_the_paper():
    who = signed_world()
    ending = recalled(who)
    assert needs(who.head, NOON) == ["May the notice for Learning platform be taken back?"]
    assert needs(who.manager, NOON) == []
    actions.answer_recall(ending, consent=True, actor=who.head, at=NOON + timedelta(days=1))
    assert needs(who.head, NOON) == []
    proposed(who)
    assert needs(who.head, NOON) == ["Answer the proposal to end Learning platform"]
    old = make_agreement(who.agreement.provider, who.agreement.client, who.manager, title="Old mail")
    bring_in(make_version(old), actor=who.manager)
    assert "Compare the imported paper of Old mail" in needs(who.head, NOON)
    assert needs(who.manager, NOON) == []


def test_measuring_stops_where_the_agreement_ends_and_goes_on_when_the_notice_falls():
    who = signed_world()
    bind_executed(now=NOON)
    spans = Period.objects.filter(target__key="K1").values_list("label", "lo__day", "hi__month", "hi__day")
    assert list(spans) == [("2026-05", 1, 6, 1)]
    ending = notice(who, kind="cause", reason="Missed thrice", last_day=date(2026, 5, 20))
    ensure_periods(now=NOON)
    assert list(spans.all()) == [("2026-05", 1, 5, 21)]
    actions.take_back(ending, reason="Settled", actor=who.manager, at=NOON)
    actions.answer_recall(ending, consent=True, actor=who.head, at=NOON)
    ensure_periods(now=NOON)
    assert list(spans.all()) == [("2026-05", 1, 6, 1)]
    notice(who, kind="cause", reason="Missed thrice", last_day=date(2026, 5, 20))
    ensure_periods(now=NOON + timedelta(days=90))
    assert list(spans.all()) == [("2026-05", 1, 5, 21)]
