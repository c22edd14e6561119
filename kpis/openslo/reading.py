"""OpenSLO documents as KPIs of a draft: what is understood, with what differs; and what is not, with place and reason.

Nothing is written here. Every objective of an SLO becomes a KPI of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from agreements.terms import Kpi, Terms
from kpis import definitions
from kpis.openslo import API, yamltext
from kpis.openslo.objectives import Reader
from kpis.openslo.places import Place, Unread

KINDS = ("Service", "SLI", "SLO", "DataSource", "AlertPolicy", "AlertCondition", "AlertNotificationTarget")
ALERTS = ("AlertPolicy", "AlertCondition", "AlertNotificationTarget")


@dataclass(frozen=True)
class Found:
    """An objective as a KPI, and in what it is not the same any more."""

    path: str
    kpi: Kpi
    notes: list[str]
    known: bool = False  # the draft has a KPI of this name


@dataclass(frozen=True)
class Problem:
    path: str
    reason: str


@dataclass
class Import:
    found: list[Found] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read(text: str, terms: Terms) -> Import:
    """What a text would bring into a draft with these terms. Raises yamltext.Unreadable."""
    result = Import()
    documents = list(_documents(text, result))
    known: dict[str, dict[str, Place]] = {kind: {} for kind in KINDS}
    slos = []
    for document in documents:
        try:
            kind = _kind(document)
            known[kind].setdefault(document["metadata"]["name"].text(), document)
            slos += [document] if kind == "SLO" else []
            if kind in ALERTS:
                reason = _("alerts are not taken over: here the escalation matrix says who is told")
                result.problems.append(Problem(document.path.strip(": "), reason))
        except Unread as error:
            result.problems.append(Problem(error.path, error.reason))
    reader = Reader(terms, known["Service"], known["SLI"])
    for slo in slos:
        _read_slo(slo, reader, result)
    unused = sorted(known["SLI"].keys() - reader.used)
    result.problems += [Problem(known["SLI"][name].path.strip(": "), _("no SLO uses this SLI")) for name in unused]
    if not documents and not result.problems:
        result.problems.append(Problem(_("the file"), _("there is no document in it")))
    return result


def _read_slo(slo: Place, reader: Reader, result: Import) -> None:
    try:
        objectives = slo["spec"]["objectives"].items()
        if not objectives:
            raise slo["spec"]["objectives"].wrong(_("there is none"))
    except Unread as error:
        result.problems.append(Problem(error.path, error.reason))
        return
    for objective in objectives:
        try:
            kpi, notes = reader.kpi(slo, objective, several=len(objectives) > 1)
        except Unread as error:
            result.problems.append(Problem(error.path, error.reason))
            continue
        known = kpi.name in {each.name for each in reader.terms.kpis}
        if known:
            notes.append(_("The draft has a KPI of this name already."))
        notes += definitions.problems_in(reader.terms, kpi)
        result.found.append(Found(objective.path, kpi, notes, known))


def _documents(text: str, result: Import) -> Iterator[Place]:
    """The documents, those of a list one by one, each with its number."""
    number = 0
    for document in yamltext.load_all(text):
        rows: list[Any] = document if isinstance(document, list) else [document]
        for row in rows:
            if row is None:
                continue
            number += 1
            place = Place(row, _("document %d: ") % number)
            if isinstance(row, dict):
                yield place
            else:
                result.problems.append(Problem(place.path.strip(": "), _("names and values belong here")))


def _kind(document: Place) -> str:
    version, kind = document["apiVersion"].text(), document["kind"].text()
    if version != API:
        raise document["apiVersion"].wrong(_("only %s is read") % API)
    if kind not in KINDS:
        raise document["kind"].wrong(_("no kind of OpenSLO is called so"))
    return kind
