"""Everything that writes agreements, by topic: each act is one function, called alike by browser, API and sweeps."""

from agreements.actions.drafting import abandon, draft, hold_position
from agreements.actions.life import amend
from agreements.actions.repository import change_owner, change_view, delete_view, note_export, save_view
from agreements.actions.requirements import (
    Need,
    accept_requirement,
    answer_by_link,
    ask_by_link,
    ask_requirement,
    decline_requirement,
    remind_stakeholder,
    remind_unanswered,
    revoke_link,
    state_requirement,
)
from agreements.actions.review import (
    Unready,
    approve,
    recall,
    remind_reviewer,
    remind_reviewers,
    request_changes,
    seat_reviewers,
    submit,
)
from agreements.actions.rounds import lapse_due, open_round, reassign, remind, remind_signers, withdraw
from agreements.actions.sealing import seal_due
from agreements.actions.services import (
    add_service,
    change_service,
    restore_service,
    retire_service,
    set_dependencies,
)
from agreements.actions.signing import decline, open_slot, sign
from agreements.actions.supporting import link_support, recheck_supports, unlink_support
from agreements.actions.talk import apply_suggestion, comment, decline_suggestion, settle
from agreements.actions.templates import (
    discard_template,
    draft_template,
    publish_template,
    release_template,
    retire_template,
    save_template,
)
from agreements.actions.writing import Stale, save_terms, undo

__all__ = [
    "Need",
    "Stale",
    "Unready",
    "abandon",
    "accept_requirement",
    "add_service",
    "amend",
    "apply_suggestion",
    "answer_by_link",
    "approve",
    "ask_by_link",
    "ask_requirement",
    "change_owner",
    "change_service",
    "change_view",
    "comment",
    "decline",
    "decline_requirement",
    "delete_view",
    "discard_template",
    "decline_suggestion",
    "draft",
    "draft_template",
    "hold_position",
    "lapse_due",
    "note_export",
    "link_support",
    "open_round",
    "open_slot",
    "publish_template",
    "reassign",
    "recall",
    "release_template",
    "recheck_supports",
    "remind",
    "remind_stakeholder",
    "remind_unanswered",
    "remind_signers",
    "remind_reviewer",
    "remind_reviewers",
    "request_changes",
    "restore_service",
    "retire_service",
    "retire_template",
    "revoke_link",
    "save_template",
    "save_terms",
    "save_view",
    "seal_due",
    "set_dependencies",
    "seat_reviewers",
    "settle",
    "sign",
    "state_requirement",
    "submit",
    "undo",
    "unlink_support",
    "withdraw",
]
