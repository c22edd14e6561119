"""One objective of an SLO as a KPI."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from agreements import params
from agreements.terms import Kpi, Terms
from kpis.openslo import OURS, PREFIX, annotations, windows
from kpis.openslo.places import Place
from kpis.openslo.writing import SAID, slug

SPEC = {
    "description", "service", "indicator", "indicatorRef", "timeWindow", "budgetingMethod", "objectives",
    "alertPolicies",
}  # fmt: skip
OBJECTIVE = {"displayName", "op", "value", "target", "targetPercent", "timeSliceTarget", "timeSliceWindow"}
UNITS = {"m": 60, "h": 3600, "d": 86_400}


class Reader:
    """Reads objectives for a draft. `used` are the SLIs that some SLO names."""

    def __init__(self, terms: Terms, services: Mapping[str, Place], indicators: Mapping[str, Place]):
        self.terms, self.services, self.indicators = terms, services, indicators
        self.used: set[str] = set()

    def kpi(self, slo: Place, objective: Place, *, several: bool) -> tuple[Kpi, list[str]]:
        """The KPI of an objective, and in what it differs from it. Raises Unread."""
        notes: list[str] = []
        spec, said = slo["spec"], slo["metadata"]["annotations"].texts(PREFIX)
        sli, source = self._indicator(spec)
        figure = _figure(spec, objective, sli, said)
        # What has a field of OpenSLO is read from it alone.
        fields = SAID.get(figure["kind"], set())
        extra = {name: each for name, each in self._params(slo, said).items() if name not in fields}
        kpi = Kpi(
            "", self._name(slo, objective, several=several), self._service(spec["service"], notes), figure["kind"],
            _stream(sli), figure["op"], figure["target"], figure["unit"], source=source,
            params=extra | figure["params"],
        )  # fmt: skip
        self._window(kpi, spec, said, notes)
        self._rest(kpi, slo, said, notes)
        _left_out(spec, objective, notes)
        if wrong := list(params.wrong(kpi)):
            raise slo["metadata"]["annotations"].wrong(_("“%s” is missing or not understood") % ", ".join(wrong))
        return kpi, notes

    def _indicator(self, spec: Place) -> tuple[Place, str]:
        """The indicator that an SLO has or names, and where its data come from."""
        if spec["indicatorRef"]:
            name = spec["indicatorRef"].text()
            if name not in self.indicators:
                raise spec["indicatorRef"].wrong(_("there is no SLI of this name among the documents"))
            self.used.add(name)
            found = self.indicators[name]
        elif spec["indicator"]:
            found = spec["indicator"]
        else:
            raise spec["indicator"].wrong(_("an SLO has an indicator or names one"))
        return found, _origin(found["spec"])

    def _name(self, slo: Place, objective: Place, *, several: bool) -> str:
        name = (slo["metadata"]["displayName"] or slo["metadata"]["name"]).text()
        own = objective["displayName"]
        return f"{name}: {own.text()}"[:120] if several and own else name[:120]

    def _service(self, place: Place, notes: list[str]) -> str:
        """The service of the draft that is meant: by its key, or by its name; else the first."""
        wanted = place.text()
        document = self.services.get(wanted)
        shown = document["metadata"]["displayName"] if document else place
        name = shown.text() if shown else wanted
        for each in self.terms.services:
            if wanted in (each.key, slug(each.key)) or name.casefold() == each.name.casefold():
                return each.key
        if not self.terms.services:
            raise place.wrong(_("the draft has no service yet"))
        first = self.terms.services[0]
        notes.append(_("The draft has no service “%(wanted)s”: it is put under “%(first)s”.")
                     % {"wanted": name, "first": first.name})  # fmt: skip
        return first.key

    def _window(self, kpi: Kpi, spec: Place, said: Mapping[str, str], notes: list[str]) -> None:
        if not spec["timeWindow"]:
            notes.append(_("No time window is said: it is judged monthly."))
            return
        rows = spec["timeWindow"].items()
        if len(rows) != 1:
            raise spec["timeWindow"].wrong(_("exactly one time window belongs here"))
        (row,) = rows
        try:
            if row["isRolling"].value is True:
                kpi.period, kpi.trailing_days = "trailing", windows.rolling(row["duration"].text())
                if said.get(f"{PREFIX}period") != "trailing":
                    notes.append(_("A rolling window is judged at the end of each month over the days before it."))
                return
            start, zone = row["calendar"]["startTime"].text(), row["calendar"]["timeZone"].text()
            wanted = said.get(f"{PREFIX}period")
            kpi.period = windows.aligned(self.terms, row["duration"].text(), start, zone, wanted)
        except windows.NoPeriod as error:
            raise row.wrong(str(error)) from error
        if zone != windows.zone_name(self.terms.agreement.timezone) and zone != self.terms.agreement.timezone:
            words = {"zone": self.terms.agreement.timezone, "other": zone}
            notes.append(_("Periods are cut at midnight in %(zone)s, not in %(other)s.") % words)

    def _params(self, slo: Place, said: Mapping[str, str]) -> dict[str, Any]:
        try:
            return annotations.params(said)
        except annotations.Wrong as error:
            raise slo["metadata"]["annotations"].wrong(_("“params” is not understood")) from error

    def _rest(self, kpi: Kpi, slo: Place, said: Mapping[str, str], notes: list[str]) -> None:
        """What stands in annotations alone; what the draft does not know is left out and said."""
        for name in annotations.FIELDS:
            if name in ("kind", "period", "unit"):
                continue
            try:
                value = annotations.read(said, name)
            except annotations.Wrong as error:
                raise slo["metadata"]["annotations"].wrong(_("“%s” is not understood") % name) from error
            if value is not None:
                setattr(kpi, name, value)
        if kpi.calendar not in {"", *(each.key for each in self.terms.calendars)}:
            notes.append(_("The draft has no hours “%s”: every hour counts.") % kpi.calendar)
            kpi.calendar = ""
        if kpi.missing not in params.MISSING[kpi.kind] or not 0 <= kpi.decimals <= 6:
            raise slo["metadata"]["annotations"].wrong(_("the rule for missing data, or for rounding, does not fit"))
        known = {
            "requirements": {each.number for each in self.terms.requirements},
            "exclusions": {each.key for each in self.terms.exclusions},
        }
        for name, keys in known.items():
            own = getattr(kpi, name)
            if gone := [each for each in own if each not in keys]:
                notes.append(_("The draft does not have %s: left out.") % ", ".join(gone))
                setattr(kpi, name, [each for each in own if each in keys])


def _figure(spec: Place, objective: Place, sli: Place, said: Mapping[str, str]) -> dict[str, Any]:
    """Kind, comparison, target, unit and settings of what is measured."""
    method = spec["budgetingMethod"].text()
    if objective["indicator"] or objective["indicatorRef"] or objective["compositeWeight"]:
        raise objective.wrong(_("an SLO made of several indicators is not read"))
    target, ratio, threshold = _target(objective), sli["spec"]["ratioMetric"], sli["spec"]["thresholdMetric"]
    if bool(ratio) == bool(threshold):
        raise sli["spec"].wrong(_("a ratio or a threshold belongs here, and one of them only"))
    if threshold:
        return _values(spec, objective, target, method, said)
    counted = _counted(ratio)
    figure: dict[str, Any] = {"kind": "ratio", "unit": "%", "params": {"method": "sum"}}
    figure |= {"op": ">=", "target": _percent(target)}
    if counted == "bad":
        figure |= {"op": "<=", "target": _percent(1 - target)}
    if method == "Occurrences":
        if said.get(f"{PREFIX}kind") in ("uptime", "deadline") and counted == "good":
            figure |= {"kind": said[f"{PREFIX}kind"], "params": {}}
        return figure
    window = _slice(objective["timeSliceWindow"])
    if method == "RatioTimeslices":
        return figure | {"params": {"method": "mean_of_slices", "slice": window}}
    if method == "Timeslices":
        errors = _percent(1 - _share(objective["timeSliceTarget"], least_above=True))
        return figure | {
            "kind": "slice_uptime", "op": ">=", "target": _percent(target),
            "params": {"slice": window, "error_percent": errors},
        }  # fmt: skip
    raise spec["budgetingMethod"].wrong(_("this is Occurrences, Timeslices or RatioTimeslices"))


def _values(
    spec: Place, objective: Place, target: Decimal, method: str, said: Mapping[str, str]
) -> dict[str, Any]:
    """So many of the values are at most so much: a percentile."""
    if method != "Occurrences":
        raise spec["budgetingMethod"].wrong(_("slices of a threshold are not measured here, only single values"))
    op = objective["op"].text()
    if op == "gte":
        reason = _("“at least” of a percentile by nearest rank differs by one value where its place is a whole number")
        raise objective["op"].wrong(reason)
    if op != "lte":
        raise objective["op"].wrong(_("“less” and “more” are not “at most” and “at least”, which targets are here"))
    if not target:
        raise objective["target"].wrong(_("a share of nothing is no percentile"))
    return {
        "kind": "value", "op": "<=", "target": f"{objective['value'].number():f}",
        "unit": said.get(f"{PREFIX}unit", ""), "params": {"aggregate": "percentile", "percentile": _percent(target)},
    }  # fmt: skip


def _target(objective: Place) -> Decimal:
    """The share that is to be good, from 0 to below 1."""
    share, percent = objective["target"], objective["targetPercent"]
    if bool(share) == bool(percent):
        raise objective.wrong(_("target or targetPercent belongs here, and one of them only"))
    found = share.number() if share else percent.number().scaleb(-2)
    if not 0 <= found < 1:
        raise (share or percent).wrong(_("a target is at least 0 and below all"))
    return found


def _counted(ratio: Place) -> str:
    if ratio["raw"]:
        raise ratio["raw"].wrong(_("a ratio that was worked out elsewhere has no counts"))
    if bool(ratio["good"]) == bool(ratio["bad"]) or not ratio["total"]:
        raise ratio.wrong(_("good or bad, and total, belong here"))
    return "good" if ratio["good"] else "bad"


def _share(place: Place, *, least_above: bool) -> Decimal:
    found = place.number()
    if not (0 < found <= 1 if least_above else 0 <= found <= 1):
        raise place.wrong(_("a share between 0 and 1 belongs here"))
    return found


def _slice(place: Place) -> int:
    """The length of a slice in seconds; a bare number is minutes."""
    if isinstance(place.value, str):
        number, unit = place.value[:-1], place.value[-1:]
        seconds = Decimal(number) * UNITS.get(unit, 0) if number.isascii() and number.isdecimal() else Decimal(0)
    else:
        seconds = place.number() * 60
    if seconds not in params.SLICES:
        raise place.wrong(_("slices are 1, 5, 10, 15, 30 or 60 minutes"))
    return int(seconds)


def _percent(share: Decimal) -> str:
    """0.9995 as "99.95"; every digit stays."""
    return f"{share.scaleb(2):f}"


def _stream(sli: Place) -> str:
    """The name of the data: as it was exported, or the indicator's own."""
    said = sli["metadata"]["annotations"].texts(PREFIX).get(f"{PREFIX}indicator", "")
    return said[:60] if said else slug(sli["metadata"]["name"].text(), 60)


def _origin(spec: Place) -> str:
    """Where the data come from, in a line: the type of the source and its query; of our own an annotation says it."""
    metric = spec["thresholdMetric"] or spec["ratioMetric"]["good"] or spec["ratioMetric"]["bad"]
    source = metric["metricSource"]
    name = source["type"] or source["metricSourceRef"]
    if name.value == OURS:
        return ""
    query = source["spec"]["query"]
    said = [name.text() if name else "OpenSLO", query.text() if isinstance(query.value, str) else ""]
    return ": ".join(filter(None, said))[:160]


def _left_out(spec: Place, objective: Place, notes: list[str]) -> None:
    """What has no meaning here, by name."""
    unknown = [*(each for each in spec.names() if each not in SPEC),
               *(each for each in objective.names() if each not in OBJECTIVE)]  # fmt: skip
    if unknown:
        notes.append(_("Not understood and left out: %s.") % ", ".join(each[:40] for each in unknown))
    if spec["alertPolicies"]:
        notes.append(_("Its alerts are left out: here the escalation matrix says who is told."))
