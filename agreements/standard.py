"""The agreement templates that come with the portal, read from files. A released folder never changes."""

import json
from pathlib import Path
from typing import Any

from agreements.terms import Clause, Terms, dump, load

TEXTS = Path(__file__).parent / "template_text"
STANDARD_SLA = {
    "name": "Standard SLA",
    "number": 1,
    "kind": "sla",
    "author": "SLA Portal",
    "description": "Twenty sections, four KPIs, three levels of escalation; to be filled with your figures.",
}
STANDARD_OLA = {
    "name": "Standard OLA",
    "number": 1,
    "kind": "ola",
    "author": "SLA Portal",
    "description": "Between teams of one house: fourteen sections, two KPIs, two levels, no credits.",
}
STANDARD_UC = {
    "name": "Standard UC",
    "number": 1,
    "kind": "uc",
    "author": "SLA Portal",
    "description": "A supplier's contract that underpins an SLA: nineteen sections, three KPIs, credits, exit.",
}


def read(folder: str) -> Terms:
    """The terms of a template: its terms.json, and a clause for each Markdown file in their order.

    "03-definitions.md" is the clause "definitions"; its first line, "# Definitions", is the title.
    """
    terms = load(json.loads((TEXTS / folder / "terms.json").read_text(encoding="utf-8")))
    for file in sorted((TEXTS / folder).glob("*.md")):
        title, _blank, body = file.read_text(encoding="utf-8").partition("\n\n")
        terms.clauses.append(Clause(file.stem.partition("-")[2], title.removeprefix("# "), body.strip()))
    return terms


def standard_sla() -> dict[str, Any]:
    """The rows' values of the published default template."""
    return STANDARD_SLA | {"terms": dump(read("standard-sla-1"))}


def standard_ola() -> dict[str, Any]:
    return STANDARD_OLA | {"terms": dump(read("standard-ola-1"))}


def standard_uc() -> dict[str, Any]:
    return STANDARD_UC | {"terms": dump(read("standard-uc-1"))}
