"""Lock a meeting and look again at its state: every act on it begins here."""

from django_fsm import TransitionNotAllowed

from reviews.models import Meeting


def lock(pk: int, *states: str) -> Meeting:
    """The meeting, locked. Raises TransitionNotAllowed when it is in none of these states (none: any)."""
    rows = Meeting.objects.select_for_update(of=("self",))
    meeting = rows.select_related("agreement__provider", "agreement__client", "agreement__owner").get(pk=pk)
    if states and meeting.state not in states:
        raise TransitionNotAllowed(f"the meeting is {meeting.get_state_display()}")
    return meeting
