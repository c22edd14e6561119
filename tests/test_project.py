"""Rules that hold for the whole tree."""

import ast
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from slaportal.celery import app
from slaportal.timetable import TIMETABLE

ROOT = Path(__file__).parent.parent
LAYERS = ["records", "accounts", "agreements", "kpis", "incidents", "reviews", "reports"]


def sources(*folders):
    return [file for folder in folders for file in (ROOT / folder).rglob("*.py") if "migrations" not in file.parts]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            yield f"{node.module}.", node.lineno
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield f"{alias.name}.", node.lineno


@pytest.mark.parametrize("layer", LAYERS)
def test_apps_import_downwards_only(layer):
    above = tuple(f"{name}." for name in [*LAYERS[LAYERS.index(layer) + 1 :], "slaportal"])
    assert [
        f"{file.relative_to(ROOT)}:{line} {module}"
        for file in sources(layer)
        for module, line in imported(file)
        if module.startswith(above)
    ] == []


PURE = [
    "agreements/businesstime.py", "agreements/caseclock.py", "agreements/openinghours.py", "agreements/timeline.py",
    "agreements/terms.py", "agreements/redline.py", "agreements/sentences.py", "agreements/lint", "kpis/formulas",
    "kpis/credits.py", "kpis/charts.py", "kpis/display.py", "incidents/ladder.py", "reviews/agenda.py",
    "reports/light.py",
]  # fmt: skip


def test_calculations_know_no_tables():
    files = [file for name in PURE for file in ([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*.py"))]
    assert all(file.exists() for file in files)
    assert [
        f"{file.relative_to(ROOT)}:{line} {module}"
        for file in files
        for module, line in imported(file)
        if module.startswith("django.db.") or ".models." in module
    ] == []


def test_only_the_clock_reads_the_time():
    reads = re.compile(r"timezone\.now\(|datetime\.now\(|datetime\.utcnow\(|date\.today\(|\btime\.time\(")
    offenders = [
        str(file.relative_to(ROOT))
        for file in sources(*LAYERS, "slaportal")
        if file != ROOT / "records/clock.py" and reads.search(file.read_text())
    ]
    assert offenders == []


def test_states_are_written_by_transitions_only():
    """`protected=True` does not see QuerySet.update, so this looks for it."""
    offenders = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in sources(*LAYERS, "slaportal")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") in ("update", "update_or_create", "bulk_update")
        and any(keyword.arg == "state" for keyword in node.keywords)
    ]
    assert offenders == []


def test_no_page_carries_inline_style_or_script():
    inline = re.compile(r"""\sstyle=["']|<style[\s>]|<script(?![^>]*\bsrc=)(?![^>]*application/json)|\son\w+=["']""")
    offenders = [
        f"{file.relative_to(ROOT)}: {found.group(0)}"
        for file in (ROOT / "templates").rglob("*.html")
        if "print" not in file.parts
        for found in [inline.search(file.read_text())]
        if found
    ]
    assert offenders == []


def test_the_timetable_names_tasks_that_exist():
    app.loader.import_default_modules()
    assert sorted(set(TIMETABLE) - set(app.tasks)) == []


@pytest.mark.django_db
def test_no_missing_migrations():
    call_command("makemigrations", "--check", "--dry-run", stdout=StringIO())


GUARDS = {
    "agreements_contest": "no_delete stays",
    "agreements_slot": "no_delete stays_signed",
    "agreements_template": "no_delete stays_published",
    "agreements_version": "no_delete frozen stays_executed stays_concluded one_in_force_insert one_in_force_update",
    "kpis_case": "no_update no_delete",
    "kpis_correction": "no_delete frozen",
    "kpis_definition": "no_delete stays_published",
    "kpis_dispute": "no_delete",
    "kpis_disputeremark": "no_update no_delete",
    "kpis_exclusion": "no_delete frozen",
    "kpis_exclusion_targets": "no_update no_delete",
    "kpis_exclusionspan": "no_update no_delete",
    "kpis_observedspan": "no_update no_delete",
    "kpis_outage": "no_update no_delete",
    "kpis_periodresult": "no_update no_delete",
    "kpis_sample": "no_update no_delete",
    "kpis_target": "no_update no_delete",
    "records_auditentry": "no_update no_delete",
    "records_chainlink": "no_update no_delete",
    "records_disposal": "no_delete no_insert as_proposed under_hold",
    "records_document": "no_delete no_update no_update_alive",
    "records_hold": "no_delete as_asked",
    "records_tombstone": "no_update no_delete by_agreement",
    "reports_report": "no_delete frozen",
}


@pytest.mark.django_db
def test_every_guard_stands_in_this_database():
    """A migration that rebuilds an SQLite table drops its triggers silently: this list must stay whole."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        found = {name for (name,) in cursor.fetchall() if "_no_truncate" not in name and "_words_" not in name}
    expected = {f"{table}_{guard}" for table, guards in GUARDS.items() for guard in guards.split()}
    assert found == expected
