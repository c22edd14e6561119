"""The KPI definitions and measurement guide (SOP 7), of one agreement and of the library; rows for page and paper."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from agreements import facts, tables
from agreements.models import Agreement, Version
from kpis import definitions, guide
from kpis.models import Definition
from records import pdf


@dataclass(frozen=True)
class Change:
    """A line of the library's revision history: everything that one author published, or retired, at one moment."""

    number: int
    at: datetime
    author: str
    what: str
    text: str


@dataclass(frozen=True)
class Used:
    """A version in force and what it promises, in short."""

    version: Version
    kpis: list[dict[str, Any]]


def whole_library(organisations: Collection[int], agreements: QuerySet[Agreement], now: datetime) -> dict[str, Any]:
    """What page and paper of the library show: the definitions by topic, where KPIs are promised, every revision."""
    known = list(Definition.objects.of(organisations).filter(published_at__isnull=False).select_related("organisation"))
    usable = Definition.objects.of(organisations).usable().select_related("organisation").order_by("name", "pk")
    current = [_read(each) for each in usable]
    topics = [
        (label, [each for each in current if each["definition"].topic == topic]) for topic, label in definitions.TOPICS
    ]
    return {
        "topics": [(label, rows) for label, rows in topics if rows],
        "count": len(current),
        "used": _used(agreements, now),
        "history": history(known),
    }


def history(known: Collection[Definition]) -> list[Change]:
    """The revisions of the library that these definitions make, newest first."""
    published = [(each.published_at, each.author, each.description, "", each) for each in known if each.published_at]
    retired = [
        (each.retired_at, each.retired_by, each.retired_because, "retired", each) for each in known if each.retired_at
    ]
    events = sorted([*published, *retired], key=lambda event: (*event[:4], event[4].name, event[4].number))
    changes = [
        Change(number, at, author, _what([event[4] for event in group], how), text)
        for number, ((at, author, text, how), group) in enumerate(groupby(events, key=lambda event: event[:4]), start=1)
    ]
    return changes[::-1]


def paper_of_library(book: dict[str, Any], *, language: str, at: datetime) -> bytes:
    """The same as a PDF."""
    with override(language):
        title = _("KPI definitions and measurement guide")
        html = render_to_string("kpis/print/library.html", book | {"title": title, "at": at})
        return pdf.render(html, title=title, language=language, at=at)


def of_version(version: Version, at: datetime) -> dict[str, Any]:
    """What page and paper of an agreement's guide show, from the terms of a version."""
    terms = version.read_terms()
    return {
        "version": version,
        "agreement": version.agreement,
        "terms": terms,
        "sheets": guide.sheets(terms, at),
        "calendars": guide.hours(terms),
        "priorities": tables.priorities(terms),
        "facts": facts.of_version(version, at),
        "draft": not version.terms_sha256,
    }


def paper(version: Version, at: datetime) -> bytes:
    """The guide of a version as PDF, in the agreement's language. Of a frozen version it is the same at any time."""
    language = version.terms["agreement"]["language"]
    with override(language):
        found = of_version(version, at)
        title = _("KPI definitions and measurement guide, %s") % version
        html = render_to_string("kpis/print/guide.html", found | {"title": title})
        return pdf.render(html, title=title, language=language, at=found["facts"].as_of)


def _read(definition: Definition) -> dict[str, Any]:
    kpi = definition.read_kpi()
    return {"definition": definition, "level": tables.level(kpi), "rows": definitions.rows(kpi)}


def _used(agreements: QuerySet[Agreement], now: datetime) -> list[Used]:
    found = Version.objects.in_force(now).filter(agreement__in=agreements)
    versions = found.select_related("agreement__client").order_by("agreement__reference")
    return [
        Used(version, [{"kpi": kpi, "level": tables.level(kpi)} for kpi in version.read_terms().kpis])
        for version in versions
    ]


def _what(rows: list[Definition], how: str) -> str:
    if len(rows) > 1:
        return ngettext("%d definition", "%d definitions", len(rows)) % len(rows)
    return _("%s, retired") % rows[0] if how else str(rows[0])
