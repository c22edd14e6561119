"""What stands behind a promise, and one answer about it (no ORM)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from agreements.terms import CalendarTerm, Kpi, Terms

HOLDS, SHORT, UNKNOWN = "holds", "short", "unknown"


@dataclass(frozen=True)
class Support:
    """An OLA or UC behind an agreement, as far as the promise hangs on it.

    `service` and `kpi` are keys of the supported terms, empty for all of them; `promise` is the key of the supporting
    KPI that is meant, empty where there is only one of its kind. Supports of one `group` are alternatives; an empty
    group stands in series by itself. `signed` says whether the terms are in force or only drafted; `ended` that they
    hold no longer.
    """

    reference: str
    terms: Terms | None
    service: str = ""
    kpi: str = ""
    promise: str = ""
    group: str = ""
    signed: bool = True
    ended: bool = False

    def carries(self, kpi: Kpi) -> bool:
        return self.kpi == kpi.key or (not self.kpi and self.service in ("", kpi.service))

    def promised(self, kind: str) -> Kpi | str:
        """The supporting KPI of a kind, or why there is none to speak of."""
        found = [each for each in self.terms.kpis if each.kind == kind] if self.terms else []
        if self.promise:
            found = [each for each in found if each.key == self.promise]
        if not found:
            return _("%s promises nothing of this kind") % self.reference
        if len(found) > 1:
            names = ", ".join(each.key for each in found)
            words = {"reference": self.reference, "names": names}
            return _("%(reference)s promises several (%(names)s) and none is named") % words
        return found[0]


@dataclass(frozen=True)
class Line:
    """`about` is what is promised ("K1 Availability"), `text` the arithmetic, `place` where the terms say it."""

    verdict: str
    about: str
    text: str
    place: str

    @property
    def word(self) -> str:
        return {
            HOLDS: _("Supported"), SHORT: _("Not supported"), UNKNOWN: _("Cannot be judged"),
        }[self.verdict]  # fmt: skip

    @property
    def tone(self) -> str:
        return {HOLDS: "ok", SHORT: "bad", UNKNOWN: "warn"}[self.verdict]

    @property
    def icon(self) -> str:
        return {HOLDS: "circle-check", SHORT: "alert-octagon", UNKNOWN: "alert-triangle!"}[self.verdict]


def links(supports: Iterable[Support]) -> list[list[Support]]:
    """The chain: alternatives together, everything else alone, in the order of their references."""
    groups: dict[str, list[Support]] = {}
    for each in sorted(supports, key=lambda each: (each.group, each.reference, each.kpi, each.service)):
        groups.setdefault(each.group or f"\0{len(groups)}", []).append(each)
    return list(groups.values())


def calendar_of(terms: Terms, key: str) -> CalendarTerm | None:
    return next((each for each in terms.calendars if each.key == key), None)


def unknown(about: str, place: str, reasons: Sequence[str]) -> Line:
    return Line(UNKNOWN, about, "; ".join(reasons) + ".", place)
