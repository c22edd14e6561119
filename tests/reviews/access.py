from datetime import timedelta

from records import clock
from tests.access import Row

#            anonymous stranger client provider manager escalation auditor admin
EVERYBODY = (302, 200, 200, 200, 200, 200, 200, 200)
READERS = (302, 404, 200, 200, 200, 200, 200, 404)
MANAGER = (302, 404, 403, 403, 302, 403, 403, 404)
SIDES = (302, 404, 302, 403, 302, 403, 403, 404)
OWNER = (302, 404, 403, 302, 302, 403, 403, 404)
CLIENT = (302, 403, 302, 403, 403, 403, 403, 403)


def soon(days=10):
    return f"{clock.now() + timedelta(days=days):%Y-%m-%dT%H:%M}"


ROWS = [
    Row("reviews:index", "GET", EVERYBODY),
    Row("reviews:agreement", "GET", READERS, args=lambda w: [w.agreement.reference]),
    Row(
        "reviews:agreement", "POST", (302, 404, 403, 403, 302, 403, 403, 404), free=("place",),
        args=lambda w: [w.unplanned.reference], data=lambda w: {"planned_for": soon(), "place": "Room 2"},
    ),
    Row("reviews:feedback", "GET", EVERYBODY),
    Row("reviews:complaints", "GET", EVERYBODY, query="?state=received&page=x"),
    Row("reviews:complaint", "GET", READERS, args=lambda w: [w.complaint.number]),
    Row("reviews:complain", "GET", (302, 404, 200, 403, 403, 403, 403, 404), args=lambda w: [w.agreement.reference]),
    Row(
        "reviews:complain", "POST", (302, 404, 302, 403, 403, 403, 403, 404), actor="client", free=("title", "text"),
        args=lambda w: [w.agreement.reference], data=lambda w: {"title": "No answer", "text": "Nobody calls."},
    ),
    Row(
        "reviews:answer_complaint", "POST", (302, 404, 403, 302, 302, 302, 403, 404), free=("answer",),
        args=lambda w: [w.complaint.number], data=lambda w: {"answer": "We call within the day."},
    ),
    Row(
        "reviews:agree_to_answer", "POST", (302, 404, 302, 403, 403, 403, 403, 404), actor="client",
        args=lambda w: [w.answered_complaint.number],
    ),
    Row(
        "reviews:disagree_with_answer", "POST", (302, 404, 302, 403, 403, 403, 403, 404), actor="client",
        free=("reason",), args=lambda w: [w.answered_complaint.number], data=lambda w: {"reason": "Nobody called."},
    ),
    Row(
        "reviews:feedback", "POST", CLIENT, actor="client", free=("text",),
        data=lambda w: {"about": w.feedback_about, "score": "4", "text": "Fine."},
    ),
    Row("reviews:meeting", "GET", READERS, args=lambda w: [w.meeting.number]),
    Row(
        "reviews:hold", "POST", MANAGER, args=lambda w: [w.meeting.number], free=("others",),
        data=lambda w: {"people": [w.manager.name], "others": "Nora Guest"},
    ),
    Row(
        "reviews:postpone", "POST", MANAGER, args=lambda w: [w.meeting.number], free=("reason",),
        data=lambda w: {"planned_for": soon(12), "reason": "Holidays"},
    ),
    Row(
        "reviews:minutes", "POST", MANAGER, args=lambda w: [w.held_meeting.number],
        free=tuple(f"item_{place}" for place in range(1, 8)),
        data=lambda w: {f"item_{place}": "Said." for place in range(1, 8)},
    ),
    Row("reviews:share", "POST", MANAGER, args=lambda w: [w.held_meeting.number]),
    Row("reviews:approve", "POST", SIDES, args=lambda w: [w.shared_meeting.number]),
    Row(
        "reviews:dispute", "POST", SIDES, args=lambda w: [w.shared_meeting.number], free=("reason",),
        data=lambda w: {"reason": "Item 2 is wrong."},
    ),
    Row(
        "reviews:add_action", "POST", MANAGER, args=lambda w: [w.held_meeting.number], free=("text",),
        data=lambda w: {"text": "Call them", "owner": w.client.pk, "due_on": soon()[:10]},
    ),
    Row(
        "reviews:finish_action", "POST", OWNER, args=lambda w: [w.held_meeting.number, w.action.pk],
    ),
    Row(
        "reviews:drop_action", "POST", MANAGER, args=lambda w: [w.held_meeting.number, w.action.pk],
        data=lambda w: {"reason": "Not needed"}, free=("reason",),
    ),
    Row(
        "reviews:add_change", "POST", MANAGER, args=lambda w: [w.held_meeting.number], free=("text", "why"),
        data=lambda w: {"part": "kpis", "text": "Availability of 99.9 %", "why": "Exams"},
    ),
    Row("reviews:amend", "POST", MANAGER, args=lambda w: [w.approved_meeting.number, w.change.number]),
]
