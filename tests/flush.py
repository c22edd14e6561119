"""Flush a test database whose tables refuse DELETE and TRUNCATE: the triggers rest for that one statement.

Only tests import this. Production code has no way around the triggers.
"""

from contextlib import contextmanager

from django.db import transaction


@contextmanager
def triggers_off(connection):
    """Let the history go, for one block: session_replication_role on PostgreSQL, dropped triggers on SQLite."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            try:
                yield
            finally:
                cursor.execute("SET session_replication_role = DEFAULT")
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _name, sql in triggers:
            cursor.execute(sql)


def allow_flush(connection, afterwards):
    """Make Django's flush (between transactional tests) work on this connection.

    `afterwards` puts back the rows that a migration made, so that no test depends on those before it.
    """
    flush = connection.ops.execute_sql_flush

    def delete(_style, tables, **_options):
        """Empty tables row by row: they hold a few rows, and to truncate seventy takes PostgreSQL seconds."""
        return ["; ".join(f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables)] if tables else []

    if connection.vendor == "postgresql":
        connection.ops.sql_flush = delete

    def execute_sql_flush(sql_list):
        with triggers_off(connection):
            flush(sql_list)
        afterwards()

    connection.ops.execute_sql_flush = execute_sql_flush
