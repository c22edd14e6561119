"""Everything that writes agreements, by topic: each act is one function, called alike by browser, API and sweeps."""

from agreements.actions.answering import Need, answer_by_link, state_requirement
from agreements.actions.asking import (
    ask_by_link,
    ask_requirement,
    remind_stakeholder,
    remind_unanswered,
    revoke_link,
)
from agreements.actions.contesting import contest, end_contest, ratify
from agreements.actions.deciding import accept_requirement, decline_requirement
from agreements.actions.drafting import abandon, draft
from agreements.actions.ended import conclude_due
from agreements.actions.ending import (
    agree_end,
    answer_recall,
    confirm_receipt,
    give_notice,
    propose_end,
    refuse_end,
    take_back,
)
from agreements.actions.heads import publish_head
from agreements.actions.importing import bring_in, confirm_paper
from agreements.actions.life import amend
from agreements.actions.placing import hold_position
from agreements.actions.renewing import keep, record_renewals, remind_due, renew
from agreements.actions.replacing import name_successor
from agreements.actions.repository import change_owner, change_view, delete_view, note_export, save_view
from agreements.actions.retaining import (
    agree_disposal,
    answer_hold,
    ask_hold,
    lift_hold,
    propose_disposal,
    refuse_disposal,
    set_hold,
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
from agreements.actions.rostering import add_rotation, create_roster, end_roster, end_rotation
from agreements.actions.rounds import lapse_due, open_round, reassign, remind, remind_signers, withdraw
from agreements.actions.sealing import retry_seal, seal_due
from agreements.actions.services import (
    add_service,
    change_service,
    restore_service,
    retire_service,
    set_dependencies,
)
from agreements.actions.signing import decline, open_slot, sign
from agreements.actions.standing_in import (
    note_absence,
    swap_turns,
    take_back_absence,
    take_back_duty,
    take_over,
    watch_rosters,
)
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
    "add_rotation",
    "add_service",
    "agree_disposal",
    "agree_end",
    "amend",
    "answer_by_link",
    "answer_hold",
    "answer_recall",
    "apply_suggestion",
    "approve",
    "ask_by_link",
    "ask_hold",
    "ask_requirement",
    "bring_in",
    "change_owner",
    "change_service",
    "change_view",
    "comment",
    "conclude_due",
    "confirm_paper",
    "confirm_receipt",
    "contest",
    "create_roster",
    "decline",
    "decline_requirement",
    "decline_suggestion",
    "delete_view",
    "discard_template",
    "draft",
    "draft_template",
    "end_contest",
    "end_roster",
    "end_rotation",
    "give_notice",
    "hold_position",
    "keep",
    "lapse_due",
    "lift_hold",
    "link_support",
    "name_successor",
    "note_absence",
    "note_export",
    "open_round",
    "open_slot",
    "propose_disposal",
    "propose_end",
    "publish_head",
    "publish_template",
    "ratify",
    "reassign",
    "recall",
    "recheck_supports",
    "record_renewals",
    "refuse_disposal",
    "refuse_end",
    "release_template",
    "remind",
    "remind_due",
    "remind_reviewer",
    "remind_reviewers",
    "remind_signers",
    "remind_stakeholder",
    "remind_unanswered",
    "renew",
    "request_changes",
    "restore_service",
    "retire_service",
    "retire_template",
    "retry_seal",
    "revoke_link",
    "save_template",
    "save_terms",
    "save_view",
    "seal_due",
    "seat_reviewers",
    "set_dependencies",
    "set_hold",
    "settle",
    "sign",
    "state_requirement",
    "submit",
    "swap_turns",
    "take_back",
    "take_back_absence",
    "take_back_duty",
    "take_over",
    "undo",
    "unlink_support",
    "watch_rosters",
    "withdraw",
]
