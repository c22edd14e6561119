import pytest
from django.test import Client
from django.urls import reverse

from agreements import actions
from agreements.models import Comment, Version
from tests.agreements.drafts import complete, drafted, edited, in_review
from tests.factories import NOON, make_signed

pytestmark = pytest.mark.django_db


def signed_in(person):
    browser = Client()
    browser.force_login(person)
    return browser


def url(who, name="review", *more):
    return reverse(f"agreements:{name}", args=[who.version.agreement.reference, who.version.label, *more])


def read(who, person, name="review", query=""):
    return signed_in(person).get(url(who, name) + query).content.decode()


def post(who, person, name, *more, **data):
    return signed_in(person).post(url(who, name, *more), data, follow=True)


def state(who):
    return Version.objects.get(pk=who.version.pk).state


def test_the_whole_text_by_section_with_hashes():
    who = in_review()
    page = read(who, who.head, "whole")
    for text in ("Service levels", "Availability", "The service desk answers", "Courses and assignments"):
        assert text in page
    assert page.count("sp-hash") >= 12
    assert "You looked at 0 of" in page
    assert "parts wait for your approval" in page


def test_comment_reply_settle_approve():
    who = in_review()
    post(who, who.head, "comment", part="kpis", text="Too low <b>", blocking="on")
    said = Comment.objects.get()
    post(who, who.manager, "comment", thread=said.pk, text="We can do more")
    page = read(who, who.head)
    assert "Too low &lt;b&gt;" in page and "We can do more" in page and "open, must be settled" in page
    assert "1 blocking comment open" in page

    assert post(who, who.manager, "settle", said.pk).status_code == 403
    post(who, who.head, "settle", said.pk)
    post(who, who.engineer, "finish", revision=who.version.revision, opinion="approve")
    post(who, who.head, "finish", revision=who.version.revision, opinion="remark", text="Good")

    assert state(who) == "ready"
    page = read(who, who.manager)
    assert "settled by Amara Lindqvist" in page and "Send for signature" in page and "“Good”" in page


def test_what_was_typed_is_not_lost_by_an_error():
    who = in_review()
    response = signed_in(who.head).post(url(who, "comment"), {"part": "nothing", "text": "A long remark"})
    assert response.status_code == 422
    assert "A long remark" in response.content.decode()


def test_approving_a_text_that_changed_meanwhile():
    who = in_review()
    response = post(who, who.head, "finish", revision=who.version.revision - 1, opinion="approve")
    assert "The text changed since you opened this page" in response.content.decode()
    assert not who.version.approvals.exists()


def test_asking_for_changes():
    who = in_review()
    given = {"revision": who.version.revision, "opinion": "changes"}
    assert post(who, who.head, "finish", text=" ", **given).status_code == 422
    post(who, who.head, "finish", text="Longer hours", **given)
    assert state(who) == "draft"
    page = read(who, who.head)
    assert "Draft 1 went back to its author." in page and "“Longer hours”" in page


def test_reviewers_see_what_was_sent_not_what_is_being_written():
    who = in_review()
    edited(who, lambda terms: setattr(terms.clauses[1], "body", "Not finished"))
    for person in (who.head, who.manager):
        assert "Not finished" not in read(who, person, "whole")
    assert "Not finished" not in read(who, who.head, "changes", "?to=now")


def test_a_first_draft_is_nobodys_but_the_providers():
    who = complete()
    assert signed_in(who.head).get(url(who)).status_code == 404
    assert "Nobody was asked yet." in read(who, who.manager)


def test_a_change_is_compared_with_the_version_in_force():
    agreement, version = make_signed()
    change = actions.amend(agreement, reason="business", reason_text="Better", actor=agreement.owner, at=NOON)
    terms = change.read_terms()
    terms.kpis[0].target, terms.clauses[1].body = "99.9", "The service desk answers at once."
    terms.credits = []
    change = actions.save_terms(change, terms=terms, revision=1, actor=agreement.owner, at=NOON)
    browser = signed_in(agreement.owner)

    page = browser.get(reverse("agreements:changes", args=[agreement.reference, change.label])).content.decode()

    assert version.label in page
    assert "2 h 55 min 19 s less downtime a month" in page
    assert "answers <del>in</del><ins>at</ins>" in page.replace("\n", " ") or "<ins>" in page


def test_a_draft_is_compared_with_the_one_before():
    who = in_review()
    edited(who, lambda terms: setattr(terms.kpis[0], "source", "Probe in Oslo"))
    assert "Nothing to compare with yet" in read(who, who.head, "changes")
    assert "Probe in Oslo" in read(who, who.manager, "changes")  # who writes it compares while writing
    who.version = actions.submit(
        who.version,
        reviewers=[(who.engineer, "provider", True), (who.head, "client", True)],
        actor=who.manager,
        at=NOON,
    )
    page = read(who, who.head, "changes")
    assert "Probe in Oslo" in page and "draft 1" in page


def test_somebody_was_faster():
    who = complete(drafted())
    assert "Somebody was faster" in post(who, who.manager, "recall").content.decode()
    who = in_review()
    actions.recall(who.version, actor=who.manager, at=NOON)
    given = {"revision": who.version.revision, "opinion": "changes", "text": "x"}
    assert "Somebody was faster" in post(who, who.head, "finish", **given).content.decode()
