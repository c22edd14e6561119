from kpis.models.claims import Correction, Exclusion, ExclusionSpan
from kpis.models.definition import Definition
from kpis.models.disputes import Dispute, DisputeRemark
from kpis.models.facts import Case, DayRollup, DirtyDay, Fact, ObservedSpan, Outage, Sample
from kpis.models.feeds import Feed
from kpis.models.judging import Credit, Period, PeriodResult, Standing, Target
from kpis.models.late import LateData
from kpis.models.streams import Delivery, HeldFile, Indicator, RefusedRow

__all__ = [
    "Case",
    "Correction",
    "Credit",
    "DayRollup",
    "Definition",
    "Delivery",
    "DirtyDay",
    "Dispute",
    "DisputeRemark",
    "Exclusion",
    "ExclusionSpan",
    "Fact",
    "Feed",
    "HeldFile",
    "Indicator",
    "LateData",
    "ObservedSpan",
    "Outage",
    "Period",
    "PeriodResult",
    "RefusedRow",
    "Sample",
    "Standing",
    "Target",
]
