"""What a KPI says that OpenSLO has no field for, as annotations: text beside a name, both ways."""

import json
from collections.abc import Mapping
from typing import Any, get_type_hints

from agreements.terms import Kpi
from kpis.openslo import PREFIX

# A field of the terms that has no field of OpenSLO; what is left out of an export has the value of a new KPI.
FIELDS = (
    "kind", "period", "unit", "source", "warn", "decimals", "calendar", "missing", "coverage", "critical",
    "data_due_days", "requirements", "exclusions",
)  # fmt: skip
HINTS = get_type_hints(Kpi)


class Wrong(ValueError):
    """An annotation that says nothing a KPI could hold."""


def written(kpi: Kpi, params: Mapping[str, Any]) -> dict[str, str]:
    """The annotations of a KPI; `params` are those of its settings that stand in no field."""
    found = {_name(field): _text(getattr(kpi, field)) for field in FIELDS if getattr(kpi, field) not in (None, [], "")}
    extra = {_name("params"): json.dumps(params, sort_keys=True, ensure_ascii=False)} if params else {}
    return {_name("key"): kpi.key, **found, **extra}


def read(annotations: Mapping[str, str], field: str) -> Any:
    """The value of a field; None where nothing is said. Raises Wrong."""
    text = annotations.get(_name(field))
    if text is None:
        return None
    hint = HINTS[field]
    if hint is bool:
        if text not in ("true", "false"):
            raise Wrong(text)
        return text == "true"
    if hint is int:
        if not (text.isascii() and text.isdecimal() and len(text) < 6):
            raise Wrong(text)
        return int(text)
    return [each.strip() for each in text.split(",") if each.strip()] if hint == list[str] else text


def params(annotations: Mapping[str, str]) -> dict[str, Any]:
    """The settings that stand in no field of OpenSLO. Raises Wrong."""
    text = annotations.get(_name("params"), "{}")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Wrong(text) from error
    if not isinstance(found, dict):
        raise Wrong(text)
    return found


def _name(field: str) -> str:
    return f"{PREFIX}{field.replace('_', '-')}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, list) else str(value)


