"""Streams that machines feed: pushed metrics, and ranges that the portal asks Prometheus for."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from kpis.actions.taking_in import Refused, take_in
from kpis.intake import prometheus
from kpis.intake.metrics import Point
from kpis.intake.prometheus import rounded
from kpis.intake.rows import RowError, Sample
from kpis.intake.tables import Parsed
from kpis.models import Delivery, Feed, Indicator
from kpis.models import Sample as Taken
from records import audit

SOURCE = "prometheus"
PUSHED = "openmetrics"
LEASE = timedelta(minutes=2)


@transaction.atomic
def set_feed(
    indicator: Indicator, *, metric: str, counter: str, url: str, query: str, step_seconds: int, enabled: bool,
    since: datetime, actor: User, at: datetime,
) -> Feed:
    """Say which metric feeds a stream, and which query of which server is asked every `step_seconds`.

    A new query begins with the slice after `since`. Raises prometheus.Unanswered for a server that is not allowed.
    """
    if url:
        prometheus.check_address(url)
    indicator = Indicator.objects.select_for_update().get(pk=indicator.pk)
    feed = Feed.objects.filter(indicator=indicator).first() or Feed(indicator=indicator)
    if feed.pk is None or (feed.url, feed.query, feed.step_seconds) != (url, query, step_seconds):
        feed.taken_until = since
    feed.metric, feed.counter, feed.url, feed.query = metric, counter, url, query
    feed.step_seconds, feed.enabled, feed.next_at, feed.problem, feed.changed_by = step_seconds, enabled, at, "", actor
    feed.save()
    audit.record(
        "data.feed_set", indicator, actor=actor, at=at, metric=metric, counter=counter, url=url, query=query,
        step_seconds=step_seconds, enabled=enabled, since=since.isoformat(),
    )
    return feed


def fetch_due(*, now: datetime) -> int:
    """Ask for what is missing of every feed that is due; returns how many answered.

    Each goes on from the last slice it has taken. A server that gives no answer is asked again; what it says is
    kept for the page. Slices without a value stay gaps.
    """
    answered = 0
    while (feed := _claim(now)) is not None:
        asked = prometheus.next_range(feed.taken_until, now, feed.step_seconds)
        try:
            # Between the two transactions: nobody waits for a server of somebody else's.
            parsed = Parsed() if asked.empty else prometheus.fetch(feed.url, feed.query, asked)
            answered += _take(feed, asked, parsed, now)
        except (prometheus.Unanswered, Refused) as error:
            Feed.objects.filter(pk=feed.pk).update(problem=str(error)[:300])
    return answered


@transaction.atomic
def take_in_metrics(
    indicator: Indicator, *, points: Sequence[Point], actor: User, at: datetime, only_good: bool = False
) -> Delivery:
    """Take pushed points in; of a counter what it grew by since the point before, series by series.

    A counter that fell is refused, or taken as a restart from zero, as the feed says. Raises Refused.
    """
    indicator = Indicator.objects.select_for_update().get(pk=indicator.pk)
    feed = Feed.objects.filter(indicator=indicator).first()
    reset = feed is not None and feed.counter == Feed.Counter.RESET
    rows: list[Sample] = []
    errors: list[RowError] = []
    for row in _grown(indicator, points, reset):
        if isinstance(row, RowError):
            errors.append(row)
        else:
            rows.append(row)
    return take_in(
        indicator, rows=rows, unread=errors, source=PUSHED, door=Delivery.Door.OPENMETRICS, by=actor, at=at,
        only_good=only_good,
    )


def _grown(indicator: Indicator, points: Sequence[Point], reset: bool) -> Iterator[Sample | RowError]:
    before: dict[str, tuple[datetime, Decimal]] = {}
    for point in points:
        if not point.value.is_finite():
            yield RowError(point.number, "value", _("Is not a number."), str(point.value))
        elif not point.counts:
            yield Sample(point.at, rounded(point.value), point.series, number=point.number)
        elif point.series not in before and _comes_between(indicator, point):
            yield RowError(point.number, "at", _("Later counts of this series are known already."), str(point.at))
        else:
            last = before.get(point.series) or _last_count(indicator, point)
            row = _increase(point, last, reset)
            if isinstance(row, Sample):
                before[point.series] = (point.at, point.value)
            yield row


def _increase(point: Point, last: tuple[datetime, Decimal] | None, reset: bool) -> Sample | RowError:
    count = f"{point.value:f}"
    # The first count of a series is where counting begins.
    grown = Decimal(0) if last is None else point.value - last[1]
    if grown < 0 and not reset:
        said = {"before": f"{last[1]:f}" if last else "", "now": count}
        return RowError(point.number, "value", _("The counter fell from %(before)s to %(now)s.") % said, count)
    return Sample(
        point.at, rounded(point.value if grown < 0 else grown), point.series, evidence=f"counter {count}",
        number=point.number,
    )


def _counts(indicator: Indicator, point: Point) -> QuerySet[Taken]:
    return Taken.objects.filter(
        indicator_id=indicator.pk, source=PUSHED, external_id=point.series, evidence__startswith="counter "
    )


def _comes_between(indicator: Indicator, point: Point) -> bool:
    """What the count after it grew by is kept already: it would be counted twice."""
    known = _counts(indicator, point)
    return known.filter(at__gt=point.at).exists() and not known.filter(at=point.at).exists()


def _last_count(indicator: Indicator, point: Point) -> tuple[datetime, Decimal] | None:
    found = _counts(indicator, point).filter(at__lt=point.at).order_by("-at", "-revision").first()
    return None if found is None else (found.at, Decimal(found.evidence.split()[1]))


@transaction.atomic
def _claim(now: datetime) -> Feed | None:
    feed = Feed.objects.due(now).select_for_update(skip_locked=True).select_related("indicator").first()
    if feed is None:
        return None
    # The claim and the next time in one: a fetch that was stopped is due again then.
    feed.next_at = now + max(timedelta(seconds=feed.step_seconds), LEASE)
    feed.save(update_fields=["next_at"])
    return feed


@transaction.atomic
def _take(feed: Feed, asked: prometheus.Range, parsed: Parsed, now: datetime) -> int:
    # Under the stream's lock, as every delivery: two that fetched the same range find it taken.
    Indicator.objects.select_for_update().get(pk=feed.indicator_id)
    mine = Feed.objects.filter(pk=feed.pk, taken_until=asked.start, url=feed.url, query=feed.query)
    if not mine.update(taken_until=asked.end, problem=""):
        return 0
    if parsed.rows:
        take_in(
            feed.indicator, rows=parsed.rows, unread=parsed.errors, source=SOURCE, door=Delivery.Door.PROMETHEUS,
            by=None, at=now, only_good=True,
        )
    return 1
