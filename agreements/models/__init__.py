from agreements.models.agreement import Agreement, Involvement, Party, PositionHolder, Template
from agreements.models.catalogue import Question, Requirement, Service
from agreements.models.contest import Contest
from agreements.models.duty import Absence, Duty, Roster, Rotation, Seat, Turn
from agreements.models.ending import Ending
from agreements.models.paper import Paper
from agreements.models.repository import Passage, SavedView
from agreements.models.review import Approval, Comment, Draft, Look, Reviewer, Suggestion
from agreements.models.series import Edition, SeriesQuerySet
from agreements.models.signing import Round, Slot
from agreements.models.support import Support
from agreements.models.term import Reminder, Renewal
from agreements.models.version import Revision, Version

__all__ = [
    "Absence",
    "Agreement",
    "Approval",
    "Comment",
    "Contest",
    "Draft",
    "Duty",
    "Edition",
    "Ending",
    "Involvement",
    "Look",
    "Paper",
    "Party",
    "Passage",
    "PositionHolder",
    "Question",
    "Reminder",
    "Renewal",
    "Requirement",
    "Reviewer",
    "Revision",
    "Roster",
    "Rotation",
    "Round",
    "SavedView",
    "Seat",
    "SeriesQuerySet",
    "Service",
    "Slot",
    "Support",
    "Suggestion",
    "Template",
    "Turn",
    "Version",
]
