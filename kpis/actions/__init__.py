"""Everything that changes streams, periods, results and credits."""

from kpis.actions.binding import KindConflict, bind_executed, ensure_periods
from kpis.actions.holding import hold_file, take_in_held
from kpis.actions.rolling import roll_up
from kpis.actions.taking_in import Refused, take_in

__all__ = [
    "KindConflict",
    "Refused",
    "bind_executed",
    "ensure_periods",
    "hold_file",
    "roll_up",
    "take_in",
    "take_in_held",
]
