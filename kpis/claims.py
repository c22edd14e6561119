"""What claims say about figures: which time was excluded, what was corrected, what is disputed (reads)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from agreements.models import Agreement
from kpis import display, exclusions
from kpis.models import Correction, Dispute, Exclusion, Period
from kpis.reading import Reading

Span = tuple[datetime, datetime]
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Excluded:
    """An exclusion beside a figure: how much of its time counts in the period, and whether the figure knows it."""

    exclusion: Exclusion
    spans: list[Span]  # that count, within the period
    known: bool

    @property
    def category(self) -> str:
        return exclusions.term_of(self.exclusion)["name"]

    @property
    def counted(self) -> str:
        return display.duration(sum((end - start) // SECOND for start, end in self.spans))

    @property
    def cut(self) -> bool:
        """Whether notice or cap left a part of it uncounted."""
        return any(span.why for span in self.exclusion.spans.all())


def excluded(reading: Reading) -> list[Excluded]:
    """The exclusions of a KPI that touch a period, in every state, by start."""
    period, lo, hi = reading.period, reading.period.lo, reading.period.hi
    touching = Q(spans__lo__lt=hi, spans__hi__gt=lo) | Q(spans=None, starts_at__lt=hi, ends_at__gt=lo)
    found = (
        Exclusion.objects.filter(touching, targets=period.target_id)
        .select_related("version", "evidence", "proposed_by", "agreement")
        .prefetch_related("spans").distinct().order_by("starts_at", "pk")
    )
    cited = None if reading.result is None else set(reading.result.inputs.get("exclusions", []))
    return [_excluded(each, lo, hi, cited) for each in found]


def _excluded(exclusion: Exclusion, lo: datetime, hi: datetime, cited: set[int] | None) -> Excluded:
    rows = [each for each in exclusion.spans.all() if each.lo < hi and each.counted_until > lo]
    counts = exclusion.state in Exclusion.COUNTING
    known = counts if cited is None else any(each.pk in cited for each in rows)
    spans = [(max(each.lo, lo), min(each.counted_until, hi)) for each in rows]
    return Excluded(exclusion, spans if counts or known else [], known)


def hatched(found: Iterable[Excluded]) -> list[Span]:
    """The time that the figure leaves out, for its chart."""
    return [span for each in found if each.known for span in each.spans]


def corrections(period: Period) -> QuerySet[Correction]:
    """The corrections of a period, newest first."""
    return period.corrections.select_related("base", "result", "proposed_by", "decided_by", "answered_by")


def disputes(period: Period) -> QuerySet[Dispute]:
    """The disputes about a period's figure or a pause in it, newest first."""
    return period.disputes.select_related("opened_by", "closed_by")


def disputed(agreement: Agreement, periods: Iterable[Period]) -> dict[int, list[Dispute]]:
    """The unsettled disputes about each of these periods: its figure, its pauses, its corrections and exclusions."""
    unsettled = (
        Dispute.objects.filter(agreement=agreement, state__in=Dispute.UNSETTLED)
        .select_related("correction").prefetch_related("exclusion__spans", "exclusion__targets").order_by("pk")
    )
    shown, found = list(periods), dict[int, list[Dispute]]()
    for dispute in unsettled:
        for period in shown:
            if _is_about(dispute, period):
                found.setdefault(period.pk, []).append(dispute)
    return found


def disputed_within(agreement: Agreement, lo: datetime, hi: datetime) -> list[Dispute]:
    """The unsettled disputes about the periods that end within (lo, hi], each once."""
    ending = Period.objects.filter(target__agreement=agreement, hi__gt=lo, hi__lte=hi)
    found = disputed(agreement, ending)
    return list({each.pk: each for disputes in found.values() for each in disputes}.values())


def _is_about(dispute: Dispute, period: Period) -> bool:
    if dispute.exclusion is not None:
        if period.target_id not in [target.pk for target in dispute.exclusion.targets.all()]:
            return False
        return any(s.lo < period.hi and s.counted_until > period.lo for s in dispute.exclusion.spans.all())
    if dispute.correction is not None:
        return dispute.correction.period_id == period.pk
    return dispute.period_id == period.pk


def difference(before: dict[str, Any], after: dict[str, Any], reading: Reading) -> list[dict[str, str]]:
    """Two outcomes of one period side by side: what is said of each, for a table. `reading` is any of the period."""
    old, new = (Reading(reading.period, each, None, reading.known_at) for each in (before, after))
    rows = [(_("Figure"), old.value, new.value), (_("Made of"), old.share, new.share)]
    if reading.kpi["kind"] == "uptime":
        rows += [
            (words, _seconds(before, name), _seconds(after, name))
            for words, name in ((_("Down that counted"), "down"), (_("Excluded"), "excluded"))
        ]
    # In narrow columns these may break where a figure in a line may not.
    return [
        {"name": name, "before": was.replace(display.SPACE, " "), "after": is_.replace(display.SPACE, " ")}
        for name, was, is_ in rows
    ]


def _seconds(outcome: dict[str, Any], name: str) -> str:
    return display.duration(Fraction(outcome["figures"][name]), toward="up")


def arithmetic(kept: dict[str, Any]) -> list[str]:
    """How notice and cap were worked out, a sentence each; `kept` is an Allotment's dict."""
    said = [
        _("%(counted)s of %(asked)s count.")
        % {"counted": display.duration(kept["counted"]), "asked": display.duration(kept["asked"])}
    ]
    if kept["notice_hours"]:
        words = _("Notice: %(hours)d hours before the start; %(short)d occurrences had less and do not count.")
        said.append(words % {"hours": kept["notice_hours"], "short": kept["short_notice"]})
    if kept["cap_minutes"] is None:
        return [*said, _("The terms set no yearly cap.")]
    return [*said, *(_year(kept["cap_minutes"], each) for each in kept["years"])]


def _year(cap: int, year: dict[str, int]) -> str:
    words = _(
        "%(year)s: %(cap)s allowed − %(before)s used before = %(left)s left; %(asked)s asked for, %(granted)s granted,"
        " %(rest)s left then."
    )
    return words % {
        "year": str(year["year"]),
        "cap": display.duration(cap * 60),
        "left": display.duration(max(0, cap * 60 - year["before"])),
        "rest": display.duration(max(0, cap * 60 - year["before"] - year["granted"])),
        **{name: display.duration(year[name]) for name in ("before", "asked", "granted")},
    }
