"""Reads: when each agreement's next review is due, and whether one is planned. One query for any number."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, Greatest

from agreements.models import Agreement, Version
from reviews import agenda
from reviews.models import Meeting

SOON = timedelta(days=14)


@dataclass(frozen=True)
class Due:
    """The next review of an agreement: last local day, the instant it is over, the meeting planned for it."""

    agreement: Agreement
    day: date
    at: datetime
    planned_for: datetime | None

    def is_planned(self, now: datetime) -> bool:
        return self.planned_for is not None and self.planned_for > now

    def is_overdue(self, now: datetime) -> bool:
        return self.at <= now

    def is_soon(self, now: datetime) -> bool:
        return now < self.at <= now + SOON


def with_reviews(agreements: QuerySet[Agreement], now: datetime) -> QuerySet[Agreement]:
    """Active agreements with a version in force at `now`, with what `due` reads."""
    current = Version.objects.in_force(now).filter(agreement=OuterRef("pk")).annotate(
        months=KT("terms__review__interval_months"), zone=KT("terms__agreement__timezone"),
        # What came on record later than it took effect, such as a paper of years ago, could not be reviewed before.
        counts_from=Greatest("effective_from", Coalesce("executed_at", "effective_from")),
    )
    return (
        agreements.filter(state=Agreement.State.ACTIVE)
        .annotate(
            review_from=Subquery(current.values("counts_from")[:1]),
            review_months=Subquery(current.values("months")[:1]),
            review_zone=Subquery(current.values("zone")[:1]),
            review_held=Max("meetings__held_at"),
            review_planned=Min(
                "meetings__planned_for", filter=Q(meetings__state=Meeting.State.SCHEDULED)
            ),
        )
        .filter(review_from__isnull=False)
    )


def due(agreement: Agreement) -> Due:
    """When the next review of an agreement that came by `with_reviews` is due."""
    day = agenda.due_on(
        agreement.review_from, agreement.review_held, int(agreement.review_months), agreement.review_zone
    )
    return Due(agreement, day, agenda.deadline(day, agreement.review_zone), agreement.review_planned)


def all_due(agreements: QuerySet[Agreement], now: datetime) -> list[Due]:
    """Each agreement's next review, the earliest first."""
    rows = with_reviews(agreements, now).select_related("provider", "client", "owner")
    return sorted((due(each) for each in rows), key=lambda each: (each.at, each.agreement.reference))


def due_of(agreement: Agreement, now: datetime) -> Due | None:
    """The same for one agreement; None while no version of it is in force."""
    found = with_reviews(Agreement.objects.filter(pk=agreement.pk), now).first()
    return due(found) if found else None
