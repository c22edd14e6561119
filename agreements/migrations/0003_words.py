"""The index of the full-text search, in each database's own way."""

from django.db import migrations

INDEX = {
    "postgresql": [
        "CREATE INDEX agreements_passage_words ON agreements_passage USING gin (to_tsvector('simple', folded))",
    ],
    "sqlite": [
        "CREATE VIRTUAL TABLE agreements_passage_words USING fts5"
        "(folded, content='agreements_passage', content_rowid='id', tokenize='unicode61')",
        "CREATE TRIGGER agreements_passage_words_in AFTER INSERT ON agreements_passage BEGIN "
        "INSERT INTO agreements_passage_words (rowid, folded) VALUES (NEW.id, NEW.folded); END",
        "CREATE TRIGGER agreements_passage_words_out AFTER DELETE ON agreements_passage BEGIN "
        "INSERT INTO agreements_passage_words (agreements_passage_words, rowid, folded) "
        "VALUES ('delete', OLD.id, OLD.folded); END",
    ],
}


def index(apps, editor):
    for statement in INDEX[editor.connection.vendor]:
        editor.execute(statement)


def unindex(apps, editor):
    if editor.connection.vendor == "sqlite":
        for trigger in ("in", "out"):
            editor.execute(f"DROP TRIGGER agreements_passage_words_{trigger}")
        editor.execute("DROP TABLE agreements_passage_words")


class Migration(migrations.Migration):
    # In databases made before, all of these are there.
    replaces = [
        ("agreements", "0013_search_and_views"),
    ]

    dependencies = [("agreements", "0002_guards")]

    operations = [migrations.RunPython(index, unindex)]
