"""Which versions held on a local day, from when until when, with what proves it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agreements import lives
from agreements.models import Agreement, Version
from records.models import ChainLink

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Held:
    """A version that held on a day, its whole interval (half-open), and the entry of the chain that sealed it."""

    version: Version
    start: datetime
    end: datetime | None
    link: ChainLink | None = None


@dataclass(frozen=True)
class OnDay:
    """The answer for one day: `held` in order, two when one took over from another within the day; else why none.

    `word` is held, before (the first version begins later), after (the agreement was over) or never (nothing
    was signed).
    """

    day: date
    zone: str
    word: str
    held: Sequence[Held]
    begins: datetime | None = None
    ended: datetime | None = None


def on_day(agreement: Agreement, day: date, now: datetime) -> OnDay:
    """What held on a day of the agreement's own zone, as known now. `agreement` came by `lives.with_lives`."""
    executed = agreement.versions.executed().select_related("signed").order_by("effective_from")
    versions = list(executed.exclude(effective_from=None))
    if not versions:
        return OnDay(day, "UTC", "never", [])
    for version in versions:
        version.agreement = agreement
    zone = versions[-1].terms["agreement"]["timezone"]
    over = next((each.at for each in lives.milestones(agreement, now) if each.kind == "end"), None)
    start, end = (datetime.combine(each, time.min, ZoneInfo(zone)) for each in (day, day + DAY))
    spans = [(each, each.effective_from, _earlier(each.effective_to, over)) for each in versions]
    held = [(each, lo, hi) for each, lo, hi in spans if lo < end and (hi is None or (start < hi and lo < hi))]
    links = _links([each for each, _lo, _hi in held])
    word = "held" if held else "before" if end <= versions[0].effective_from else "after"
    answer = [Held(each, lo, hi, links.get(each.pk)) for each, lo, hi in held]
    return OnDay(day, zone, word, answer, versions[0].effective_from, spans[-1][2])


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((each for each in (one, other) if each is not None), default=None)


def _links(versions: Iterable[Version]) -> dict[int, ChainLink]:
    """By version: the place in the chain of the entry that says it was sealed."""
    found = ChainLink.objects.filter(
        entry__verb="version.executed", entry__target_label="agreements.version",
        entry__target_id__in=[each.pk for each in versions],
    ).select_related("entry")  # fmt: skip
    return {link.entry.target_id: link for link in found}
