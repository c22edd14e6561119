"""Everything that changes streams, periods, results and credits."""

from kpis.actions.binding import KindConflict, bind_executed, ensure_periods
from kpis.actions.closing import NotComputable, close_due
from kpis.actions.correcting import (
    accept_correction,
    accept_silent_corrections,
    approve_correction,
    correct_result,
    propose_correction,
    refuse_correction,
)
from kpis.actions.crediting import agree_credit, propose_credit, refuse_credit
from kpis.actions.defining import (
    add_kpis,
    discard_definition,
    draft_definition,
    release_definition,
    retire_definition,
    save_definition,
)
from kpis.actions.disputing import (
    answer_dispute,
    insist_dispute,
    open_dispute,
    settle_dispute,
    withdraw_dispute,
)
from kpis.actions.excluding import (
    acknowledge_exclusion,
    approve_exclusion,
    propose_exclusion,
    refuse_exclusion,
    withdraw_exclusion,
)
from kpis.actions.feeding import fetch_due, set_feed, take_in_metrics
from kpis.actions.filing import clear_intake, read_files
from kpis.actions.holding import decide_held, hold_file, map_columns, take_in_held
from kpis.actions.recomputing import recompute_result
from kpis.actions.reminding import remind_late
from kpis.actions.rolling import mark_all, roll_up
from kpis.actions.taking_in import Refused, take_in, take_in_row
from kpis.claiming import Declined, Evidence

__all__ = [
    "Declined",
    "Evidence",
    "KindConflict",
    "NotComputable",
    "Refused",
    "accept_correction",
    "accept_silent_corrections",
    "acknowledge_exclusion",
    "add_kpis",
    "agree_credit",
    "answer_dispute",
    "approve_correction",
    "approve_exclusion",
    "bind_executed",
    "clear_intake",
    "close_due",
    "correct_result",
    "decide_held",
    "discard_definition",
    "draft_definition",
    "ensure_periods",
    "fetch_due",
    "hold_file",
    "insist_dispute",
    "map_columns",
    "mark_all",
    "open_dispute",
    "propose_correction",
    "propose_credit",
    "propose_exclusion",
    "read_files",
    "recompute_result",
    "refuse_correction",
    "refuse_credit",
    "refuse_exclusion",
    "release_definition",
    "remind_late",
    "retire_definition",
    "roll_up",
    "save_definition",
    "set_feed",
    "settle_dispute",
    "take_in",
    "take_in_held",
    "take_in_metrics",
    "take_in_row",
    "withdraw_dispute",
    "withdraw_exclusion",
]
