"""The link of a question, and when it is reminded of: plain values, no queries."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.crypto import salted_hmac

from accounts.tokens import digest
from agreements.models import Question

DAY = timedelta(days=1)
LINK_LASTS = 90 * DAY
REMIND_BEFORE = 2 * DAY
MOST_NEEDS = 20


def token(question: Question) -> str:
    """The secret of a question's link: made again for each mail, kept nowhere."""
    return salted_hmac("agreements.question", f"{question.pk}:{question.nonce}", algorithm="sha256").hexdigest()


def token_hash(question: Question) -> str:
    return digest(token(question))


def path(question: Question) -> str:
    return reverse("agreements:answer", args=[token(question)])


def due_end(due_on: date, timezone: str) -> datetime:
    """The end of the day by which an answer is wanted, where the asker's organisation lives."""
    return datetime.combine(due_on + DAY, time.min, ZoneInfo(timezone)).astimezone(UTC)


def first_reminder(due_on: date | None, timezone: str, at: datetime) -> datetime | None:
    """Two days before the end of the due day; for a shorter question that end itself, and none without a day."""
    if due_on is None:
        return None
    end = due_end(due_on, timezone)
    return end - REMIND_BEFORE if end - REMIND_BEFORE > at + DAY else end


def lasts_until(due_on: date | None, timezone: str, at: datetime) -> datetime:
    """When the link closes: long after the day, so that the decision can be read by it."""
    return max(at, due_end(due_on, timezone) if due_on else at) + LINK_LASTS


def is_overdue(question: Question | None, timezone: str, at: datetime) -> bool:
    return question is not None and question.due_on is not None and due_end(question.due_on, timezone) <= at
