"""Entries, links and documents keep their history; the one way by which a file leaves the vault is held by the database:
agreed by two, after the term, under no hold."""

from django.db import migrations

from records.triggers import append_only, refuse, refuse_truncate, refuse_unless_exists, refuse_when_exists

DOCUMENT = (
    "id", "sha256", "kind", "number", "title", "filename", "media_type", "size", "scope", "stored_at", "stored_by_id",
)
OPEN_HOLD = "FROM records_hold WHERE scope = NEW.scope AND state IN ('asked', 'standing')"


def changed(*columns):
    return " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)


class Migration(migrations.Migration):
    # In databases made before, all of these are there.
    replaces = [
        ("records", "0002_append_only"),
        ("records", "0005_one_way_out"),
    ]

    dependencies = [("records", "0001_tables")]

    operations = [
        *append_only("records_auditentry"),
        *append_only("records_chainlink"),
        refuse("records_document", "DELETE"),
        refuse_truncate("records_document"),
        # Of a document, its words alone may go, and only once it has a tombstone.
        refuse("records_document", "UPDATE", condition=f"NEW.text <> '' OR {changed(*DOCUMENT)}"),
        refuse_unless_exists(
            "records_document",
            "UPDATE",
            name="records_document_no_update_alive",
            subquery="FROM records_tombstone WHERE document_id = OLD.id",
        ),
        *append_only("records_tombstone"),
        refuse_unless_exists(
            "records_tombstone",
            "INSERT",
            name="records_tombstone_by_agreement",
            subquery=(
                "FROM records_disposal d JOIN records_document f ON f.scope = d.scope "
                "WHERE d.id = NEW.disposal_id AND f.id = NEW.document_id AND d.scope <> '' AND d.state = 'agreed' "
                "AND NOT EXISTS (SELECT 1 FROM records_hold h WHERE h.scope = d.scope "
                "AND h.state IN ('asked', 'standing'))"
            ),
        ),
        refuse("records_disposal", "DELETE"),
        refuse_truncate("records_disposal"),
        refuse("records_disposal", "INSERT", condition="NEW.state <> 'proposed'"),
        refuse(
            "records_disposal",
            "UPDATE",
            name="records_disposal_as_proposed",
            condition="OLD.state IN ('done', 'refused') OR (OLD.state = 'agreed' AND NEW.state <> 'done')"
            " OR (OLD.state = 'proposed' AND NEW.state = 'done')"
            f" OR {changed('id', 'scope', 'party', 'rule', 'kept_until', 'proposed_by_id', 'proposed_at')}",
        ),
        refuse_when_exists(
            "records_disposal",
            "UPDATE",
            name="records_disposal_under_hold",
            condition="OLD.state = 'proposed' AND NEW.state = 'agreed'",
            subquery=OPEN_HOLD,
        ),
        refuse("records_hold", "DELETE"),
        refuse_truncate("records_hold"),
        refuse(
            "records_hold",
            "UPDATE",
            name="records_hold_as_asked",
            condition="OLD.state IN ('refused', 'lifted') OR (OLD.state = 'standing' AND NEW.state <> 'lifted')"
            " OR (OLD.state = 'asked' AND NEW.state = 'lifted')"
            f" OR {changed('id', 'scope', 'party', 'reason', 'asked_by_id', 'asked_at')}",
        ),
    ]
