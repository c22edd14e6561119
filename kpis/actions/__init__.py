"""Everything that changes streams, periods, results and credits."""

from kpis.actions.binding import KindConflict, bind_executed, ensure_periods
from kpis.actions.closing import NotComputable, close_due
from kpis.actions.crediting import agree_credit, propose_credit, refuse_credit
from kpis.actions.feeding import fetch_due, set_feed, take_in_metrics
from kpis.actions.filing import read_files
from kpis.actions.holding import decide_held, hold_file, map_columns, take_in_held
from kpis.actions.recomputing import recompute_result
from kpis.actions.reminding import remind_late
from kpis.actions.rolling import mark_all, roll_up
from kpis.actions.taking_in import Refused, take_in, take_in_row

__all__ = [
    "KindConflict",
    "NotComputable",
    "Refused",
    "agree_credit",
    "bind_executed",
    "close_due",
    "decide_held",
    "ensure_periods",
    "fetch_due",
    "hold_file",
    "mark_all",
    "map_columns",
    "propose_credit",
    "read_files",
    "recompute_result",
    "refuse_credit",
    "remind_late",
    "roll_up",
    "set_feed",
    "take_in",
    "take_in_held",
    "take_in_metrics",
    "take_in_row",
]
