"""The KPI definitions that come with the portal, read from a file. A released file never changes."""

import json
from pathlib import Path
from typing import Any

TEXTS = Path(__file__).parent / "definition_text"
PUBLISHED = {
    "number": 1,
    "author": "SLA Portal",
    "description": "Definitions to start from, with formula, source, rounding and the rule for missing data.",
}


def standard_definitions() -> list[dict[str, Any]]:
    """The rows' values of every published definition of the portal."""
    rows = json.loads((TEXTS / "standard-1.json").read_text(encoding="utf-8"))
    return [PUBLISHED | row for row in rows]
