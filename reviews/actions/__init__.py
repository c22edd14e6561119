"""Everything that writes reviews, by topic: each act is one function, called alike by browser, API and sweeps."""

from reviews.actions.approving import approve_minutes, dispute_minutes, share_minutes
from reviews.actions.changing import agree_change, start_amendment
from reviews.actions.complaining import (
    agree_to_answer,
    answer_complaint,
    close_silent,
    complain,
    disagree_with_answer,
)
from reviews.actions.escalating import escalate_overdue
from reviews.actions.feedback import give_feedback
from reviews.actions.meetings import hold, plan_meeting, postpone, save_minutes
from reviews.actions.promising import add_action, drop_action, finish_action
from reviews.actions.sealing import seal_minutes
from reviews.actions.watching import warn_overdue

__all__ = [
    "add_action",
    "agree_change",
    "agree_to_answer",
    "answer_complaint",
    "approve_minutes",
    "close_silent",
    "complain",
    "disagree_with_answer",
    "dispute_minutes",
    "drop_action",
    "escalate_overdue",
    "finish_action",
    "give_feedback",
    "hold",
    "plan_meeting",
    "postpone",
    "save_minutes",
    "seal_minutes",
    "share_minutes",
    "start_amendment",
    "warn_overdue",
]
