"""The review's pages: one conversation over all drafts, sides kept apart, proposals, ticks, comparisons."""

import json

import pytest
from django.db import connection
from django.urls import reverse

from accounts import actions as people
from accounts.models import Role
from agreements import actions
from agreements.models import Comment, Look, Version
from agreements.terms import Clause
from records.models import AuditEntry
from tests.agreements.drafts import edited, in_review, seats
from tests.agreements.test_actions_talk import SUPPORT, propose, resubmit, say, without_support
from tests.agreements.test_views_review import post, read, signed_in, state, url
from tests.factories import NOON, make_member

pytestmark = pytest.mark.django_db

SECRET = "We would take 99.0"
PAGES = ["review", "whole", "changes", "reviewers"]


def test_the_conversation_tells_what_happened_and_what_was_said():
    who = in_review()
    say(who, who.head, text="Too low")
    actions.approve(who.version, actor=who.engineer, at=NOON, parts=["kpis"], remark="For now")
    actions.approve(who.version, actor=who.head, at=NOON)
    page = read(who, who.manager)
    for text in ("shared draft 1", "on Service levels", "approves 1 part of draft 1", "“For now”", "approves draft 1"):
        assert text in page


@pytest.mark.parametrize(
    ("show", "seen"),
    [("all", "ABCD"), ("open", "ABD"), ("settled", "C"), ("blocking", "B"), ("mine", "AC"), ("nonsense", "ABCD")],
)
def test_threads_are_filtered(show, seen):
    who = in_review()
    said = {
        "A": say(who, who.engineer, text="Thread A"),
        "B": say(who, who.head, text="Thread B", blocking=True),
        "C": say(who, who.engineer, text="Thread C"),
        "D": say(who, who.head, text="Thread D"),
    }
    actions.settle(said["C"], actor=who.engineer, at=NOON)
    page = read(who, who.engineer, query=f"?show={show}")
    assert "".join(each for each in "ABCD" if f"Thread {each}" in page) == seen


def test_a_comment_has_an_address_that_survives_signing_in(client):
    who = in_review()
    said = say(who, who.head)
    address = url(who, "comment_link", said.pk)
    door = client.get(address)
    assert door.status_code == 302 and door.url.endswith(f"?next={address}")
    response = signed_in(who.manager).get(address)
    assert response.url == url(who) + f"#comment-{said.pk}"
    assert f'id="comment-{said.pk}"' in read(who, who.manager)


# Among one's own: nothing of it reaches the other side


def everything(who, person):
    """Each page, answer and mail of the portal that could hold a remark, as one text."""
    browser = signed_in(person)
    pages = [url(who, name) for name in PAGES] + [url(who) + "?show=open"]
    pages += [who.agreement.get_absolute_url(), reverse("agreements:history", args=[who.agreement.reference])]
    pages += ["/", "/inbox/", f"/search/?q={SECRET.split()[-1]}", "/audit/"]
    _token, secret = people.create_token(user=person, name="t", scopes=["read"], expires_at=None, actor=person, at=NOON)
    answer = browser.get(
        reverse("api:comments", args=[who.agreement.reference, who.version.label]),
        headers={"authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 200
    texts = [response.content.decode() for response in map(browser.get, pages) if response.status_code == 200]
    mails = [f"{mail.subject} {mail.body}" for mail in person.messages.all()]
    notices = [f"{notice.title} {notice.text}" for notice in person.notices.all()]
    return "\n".join([*texts, answer.content.decode(), *mails, *notices])


def test_what_one_side_says_among_its_own_reaches_nobody_of_the_other():
    who = in_review()
    colleague = make_member(who.client, Role.CLIENT)
    auditor = make_member(who.client, Role.AUDITOR)
    note = say(who, who.head, side="client", text=SECRET, part=SUPPORT, wording="The desk sleeps.")
    say(who, who.head, side="client", text="hush", thread=note)

    for person in (who.head, colleague, auditor):
        text = everything(who, person)
        assert SECRET in text and "hush" in text and f"Only {who.client.name}" in text
    history = reverse("agreements:history", args=[who.agreement.reference])
    for person in (who.manager, who.engineer, make_member(who.provider, Role.AUDITOR)):
        text = everything(who, person)
        assert SECRET not in text and "hush" not in text and "The desk sleeps" not in text
        assert "Amara Lindqvist</b> on" not in text
        assert "commented" not in signed_in(person).get(history).content.decode()
    assert "commented" in signed_in(who.head).get(history).content.decode()


def test_nobody_of_the_other_side_answers_settles_or_links_to_it():
    who = in_review()
    note = say(who, who.head, side="client", text=SECRET, part=SUPPORT, wording="The desk sleeps.")
    browser = signed_in(who.manager)
    for name, *more in (
        ("comment_link", note.pk), ("settle", note.pk), ("apply_suggestion", note.pk), ("decline_suggestion", note.pk)
    ):  # fmt: skip
        call = browser.get if name == "comment_link" else browser.post
        assert call(url(who, name, *more), {"revision": 1, "reason": "x"}).status_code == 404
    assert browser.post(url(who, "comment"), {"thread": note.pk, "text": "Oh?"}).status_code == 404
    assert browser.post(url(who, "comment"), {"part": "kpis", "text": "x", "side": "client"}).status_code == 422
    assert Comment.objects.count() == 1


def test_who_may_read_it_is_chosen_and_shown():
    who = in_review()
    post(who, who.head, "comment", part="kpis", text=SECRET, side="client", page="whole", anchor="clause-levels")
    assert Comment.objects.get().side == "client"
    page = read(who, who.head, "whole")
    assert "sp-own" in page and f"Only {who.client.name}" in page
    assert AuditEntry.objects.get(verb="comment.added").data.get("text") is None


# Proposals


def test_a_proposal_is_shown_word_by_word_and_taken_over_with_one_click():
    who = in_review()
    post(who, who.head, "comment", part=SUPPORT, wording="The desk answers at once.", text="")
    said = Comment.objects.get()
    page = read(who, who.manager)
    assert "<ins>" in page and "Take it over" in page
    assert "Take it over" not in read(who, who.head)
    post(who, who.manager, "apply_suggestion", said.pk, page="review")
    assert state(who) == "draft"
    assert "Taken over" in read(who, who.head)
    assert "<ins>once</ins>" in read(who, who.manager, "changes", "?to=now")


def test_a_stale_proposal_shows_both_wordings():
    who = in_review()
    propose(who, who.head)
    edited(who, lambda terms: setattr(terms.clauses[1], "body", "A third text."))
    resubmit(who)
    page = read(who, who.manager)
    for text in ("The clause changed since this was proposed", "A third text.", "<ins>once</ins>"):
        assert text in page
    assert "Take it over" not in page


def test_a_remark_on_a_lost_clause_stays_in_the_conversation():
    who = in_review()
    say(who, who.head, part=SUPPORT, text="Keep this")
    edited(who, without_support)
    resubmit(who)
    assert "Keep this" in read(who, who.head) and "not in the text any more" in read(who, who.head)
    assert "Keep this" in read(who, who.head, "changes")


# Ticks


def test_what_was_looked_at_is_counted_for_the_text_it_was():
    who = in_review()
    browser = signed_in(who.head)
    page = browser.get(url(who, "whole"))
    row = page.context["rows"][1]
    ticks = {"part": [f"{part}={digest}" for part, digest in row.digests.items()], "page": "whole"}

    response = browser.post(url(who, "look"), ticks | {"anchor": "clause-levels"})

    assert response.url == url(who, "whole") + "#clause-levels"
    assert f"You looked at 1 of {len(page.context['rows'])}" in read(who, who.head, "whole")
    assert "You looked at 0 of" in read(who, who.engineer, "whole")
    assert "Reviewing, " in read(who, who.manager, "reviewers")
    browser.post(url(who, "look"), {"part": ["kpis=" + "0" * 64]})
    assert Look.objects.count() == len(row.digests)


# Changes


def test_any_two_texts_are_compared_in_three_views():
    who = in_review()
    for text in ("Second text.", "Third text."):
        edited(who, lambda terms, text=text: setattr(terms.clauses[1], "body", text))
        resubmit(who)
    page = read(who, who.head, "changes")
    assert "<del>Second</del><ins>Third</ins>" in page and "You looked at 0 of 1" in page
    page = read(who, who.head, "changes", "?from=d1&to=d2&view=side")
    assert "<ins>Second" in page and "Third" not in page.split("sp-pair")[1]
    page = read(who, who.head, "changes", "?from=d1&to=d3&view=new")
    assert "Third text." in page and "<del>" not in page
    assert "Nothing to compare" in read(who, who.head, "changes", "?from=d3&to=d3")


def test_a_clause_that_moved_and_changed_says_both():
    who = in_review()
    edited(who, lambda terms: terms.clauses.append(Clause("own-1", "Last", "The last word.")))
    resubmit(who)

    def move(terms):
        terms.clauses[0].body += " More."
        terms.clauses.append(terms.clauses.pop(0))

    edited(who, move)
    resubmit(who)
    rows = signed_in(who.head).get(url(who, "changes")).context["rows"]
    assert [(row.clause.kind, row.clause.moved) for row in rows if row.clause] == [("changed", True)]


def test_the_comparison_as_pdf():
    who = in_review()
    browser = signed_in(who.head)
    assert browser.get(url(who, "redline_pdf")).status_code == 404
    edited(who, lambda terms: setattr(terms.clauses[1], "body", "Another text."))
    resubmit(who)
    response = browser.get(url(who, "redline_pdf"))
    assert response.content.startswith(b"%PDF") and response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].endswith('-d1-d2.pdf"')


# The word


def test_parts_are_approved_from_the_page_and_the_table_shows_who_covers_what():
    who = in_review()
    given = {"revision": who.version.revision, "opinion": "approve", "parts": ["kpis", SUPPORT]}
    post(who, who.head, "finish", **given)
    page = signed_in(who.manager).get(url(who, "reviewers"))
    covered = {row["name"]: row["covered"] for row in page.context["parts"]}
    assert covered["Support"] == [False, True] and covered["Escalation"] == [False, False]
    assert "Approves 2 of" in page.content.decode()


def test_after_an_edit_the_reviewer_reads_which_part_waits():
    who = in_review()
    actions.approve(who.version, actor=who.head, at=NOON)
    edited(who, lambda terms: setattr(terms.clauses[1], "body", "Another text."))
    resubmit(who)
    page = read(who, who.head)
    assert "1 part differs from what you approved" in page and "Support. The rest stays approved." in page
    assert "?from=d1" in page


def test_why_it_cannot_be_sent_stands_beside_the_button():
    who = in_review()
    say(who, who.head, blocking=True)
    page = read(who, who.manager)
    assert "1 blocking comment open · 2 approvals missing" in page


def test_the_manager_changes_and_reminds_the_reviewers():
    who = in_review()
    other = make_member(who.client, Role.CLIENT, name="Nadia Fenn")
    who.head.is_active = False
    who.head.save()
    assert "Account closed: name somebody else" in read(who, who.manager, "reviewers")
    reply = post(who, who.manager, "reviewers", provider=[who.engineer.pk], client=[other.pk])
    assert "Nadia Fenn" in reply.content.decode()
    seat = who.version.reviewers.get(user=other)
    assert "Nadia Fenn is reminded." in post(who, who.manager, "remind_reviewer", seat.pk).content.decode()
    assert post(who, who.engineer, "reviewers", provider=[who.engineer.pk], client=[other.pk]).status_code == 403


# Size


def long_draft(who, clauses=20, comments=60):
    def grow(terms):
        terms.clauses += [Clause(f"own-{n}", f"Clause {n}", "Long words. " * 60) for n in range(clauses)]

    edited(who, grow)
    resubmit(who)
    for number in range(comments):
        said = say(who, who.head, part=f"clause:own-{number % clauses}", text=f"Remark {number}")
        if number % 3 == 0:
            say(who, who.manager, thread=said, text="Yes")


@pytest.mark.parametrize(("page", "queries"), [("review", 22), ("whole", 21), ("changes", 19), ("reviewers", 19)])
def test_the_pages_ask_the_same_for_one_and_twenty_threads(page, queries, django_assert_num_queries):
    who = in_review()
    say(who, who.head)
    browser = signed_in(who.head)
    extra = connection.vendor == "postgresql"  # its clock
    for threads in (1, 20):
        while Comment.objects.filter(thread=None).count() < threads:
            say(who, who.engineer, thread=propose(who, who.head).comment, text="Yes")
        with django_assert_num_queries(queries + extra):
            assert browser.get(url(who, page)).status_code == 200


def test_the_api_lists_what_was_said_and_approved():
    who = in_review()
    said = say(who, who.head, text="Too low", blocking=True)
    say(who, who.manager, thread=said, text="We can do more")
    propose(who, who.head)
    actions.approve(who.version, actor=who.engineer, at=NOON, parts=["kpis"])
    args = [who.agreement.reference, who.version.label]
    _token, secret = people.create_token(
        user=who.head, name="t", scopes=["read"], expires_at=None, actor=who.head, at=NOON
    )
    browser = signed_in(who.head)

    def rows(name):
        answer = browser.get(reverse(f"api:{name}", args=args), headers={"authorization": f"Bearer {secret}"})
        return json.loads(answer.content)["results"]

    first, second, third = rows("comments")
    assert (first["part"], first["blocking"], first["settled_at"], first["thread"]) == ("kpis", True, None, None)
    assert (second["thread"], second["text"]) == (first["id"], "We can do more")
    assert third["suggestion"] == {"state": "open", "body": "The desk answers at once.", "reason": ""}
    assert rows("approvals")[0]["parts"].keys() == {"kpis"}


def test_no_stranger_reads_it_through_the_api():
    who = in_review()
    stranger = make_member(make_member(who.client, Role.CLIENT).memberships.first().organisation, Role.ADMIN)
    _token, secret = people.create_token(
        user=stranger, name="t", scopes=["read"], expires_at=None, actor=stranger, at=NOON
    )
    for name in ("comments", "approvals"):
        args = [who.agreement.reference, who.version.label]
        headers = {"authorization": f"Bearer {secret}"}
        assert signed_in(stranger).get(reverse(f"api:{name}", args=args), headers=headers).status_code == 404
    assert Version.objects.count() == 1 and seats(who)
