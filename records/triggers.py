"""Database triggers that refuse what no code path may do, on PostgreSQL and SQLite alike.

The operations go into migrations. A table that refuses DELETE also refuses the flush between
transactional tests; tests/flush.py switches the triggers off for that one statement.
"""

from django.db import migrations

REFUSED = "refused: {table} keeps its history"


class Triggers(migrations.RunPython):
    """RunPython without the historical models: to render them all for each trigger was a third of a migration."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        self.code(None, schema_editor)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        self.reverse_code(None, schema_editor)


def _statements(vendor: str, table: str, name: str, event: str, condition: str) -> list[str]:
    message = REFUSED.format(table=table)
    if vendor == "sqlite":
        # SQLite knows "IS DISTINCT FROM" only since 3.39; its IS NOT means the same.
        when = f"WHEN {condition.replace('IS DISTINCT FROM', 'IS NOT')}" if condition else ""
        return [
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        ]
    when = f"WHEN ({condition})" if condition else ""
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION {name}()",
    ]


def refuse(table: str, event: str, *, condition: str = "", name: str = "") -> Triggers:
    """Refuse UPDATE, DELETE or "UPDATE OF column" on rows of table that meet condition (SQL over OLD, NEW)."""
    name = name or f"{table}_no_{event.split()[0].lower()}"

    def install(_apps, editor):
        for statement in _statements(editor.connection.vendor, table, name, event, condition):
            editor.execute(statement)

    def remove(_apps, editor):
        on = "" if editor.connection.vendor == "sqlite" else f" ON {table}"
        editor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")

    return Triggers(install, remove)


def refuse_when_exists(table: str, event: str, *, name: str, condition: str, subquery: str) -> Triggers:
    """Refuse an INSERT or UPDATE that meets condition while `SELECT 1 {subquery}` finds a row (SQL over NEW)."""
    return _refuse_if(table, event, name, f"{condition} AND EXISTS (SELECT 1 {subquery})")


def refuse_unless_exists(table: str, event: str, *, name: str, subquery: str) -> Triggers:
    """Refuse every INSERT or UPDATE for which `SELECT 1 {subquery}` finds no row (SQL over NEW)."""
    return _refuse_if(table, event, name, f"NOT EXISTS (SELECT 1 {subquery})")


def _refuse_if(table: str, event: str, name: str, condition: str) -> Triggers:
    message = REFUSED.format(table=table)

    def install(_apps, editor):
        if editor.connection.vendor == "sqlite":
            editor.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW "
                f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
            return
        # PostgreSQL allows no subquery in WHEN.
        editor.execute(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {condition} THEN "
            f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
            "RETURN NEW; END $$"
        )
        editor.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
        )

    def remove(_apps, editor):
        on = "" if editor.connection.vendor == "sqlite" else f" ON {table}"
        editor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")

    return Triggers(install, remove)


def refuse_truncate(table: str) -> Triggers:
    """PostgreSQL's TRUNCATE passes by row triggers; SQLite has none."""

    def install(_apps, editor):
        if editor.connection.vendor != "postgresql":
            return
        name = f"{table}_no_truncate"
        message = REFUSED.format(table=table)
        editor.execute(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        editor.execute(
            f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )

    def remove(_apps, editor):
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}")

    return Triggers(install, remove)


def again(operation: Triggers) -> Triggers:
    """Install a trigger anew after its table was altered: SQLite has dropped it with the old table."""

    def install(apps, editor):
        operation.reverse_code(apps, editor)
        operation.code(apps, editor)

    return Triggers(install, operation.code)


def without(operation: Triggers) -> Triggers:
    """Take a trigger away that another takes the place of."""
    return Triggers(operation.reverse_code, operation.code)


def append_only(table: str) -> list[Triggers]:
    """The operations that make a table append-only."""
    return [refuse(table, "UPDATE"), refuse(table, "DELETE"), refuse_truncate(table)]
