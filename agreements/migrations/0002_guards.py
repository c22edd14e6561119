from django.db import migrations

from records.triggers import refuse, refuse_truncate, refuse_when_exists

OVERLAP = (
    "FROM agreements_version other WHERE other.agreement_id = NEW.agreement_id AND other.id <> NEW.id "
    "AND other.state = 'executed' "
    "AND (NEW.effective_to IS NULL OR other.effective_from < NEW.effective_to) "
    "AND (other.effective_to IS NULL OR NEW.effective_from < other.effective_to)"
)


class Migration(migrations.Migration):
    # In databases made before, all of these are there.
    replaces = [
        ("agreements", "0002_frozen"),
        ("agreements", "0015_keep_published_templates"),
        ("agreements", "0023_contests_stay"),
    ]

    dependencies = [("agreements", "0001_tables")]

    operations = [
        refuse(
            "agreements_version",
            "UPDATE",
            name="agreements_version_frozen",
            condition="OLD.state IN ('signing', 'sealing', 'executed') AND (OLD.terms IS DISTINCT FROM NEW.terms"
            " OR OLD.agreement_id IS DISTINCT FROM NEW.agreement_id OR OLD.major IS DISTINCT FROM NEW.major"
            " OR OLD.minor IS DISTINCT FROM NEW.minor OR OLD.terms_sha256 IS DISTINCT FROM NEW.terms_sha256"
            " OR OLD.effective_from IS DISTINCT FROM NEW.effective_from)",
        ),
        refuse(
            "agreements_version",
            "UPDATE",
            name="agreements_version_stays_executed",
            condition="OLD.state = 'executed' AND (NEW.state <> 'executed'"
            " OR OLD.signed_id IS DISTINCT FROM NEW.signed_id)",
        ),
        refuse(
            "agreements_version",
            "UPDATE",
            name="agreements_version_stays_concluded",
            condition="OLD.state = 'sealing' AND NEW.state NOT IN ('sealing', 'executed')",
        ),
        refuse("agreements_version", "DELETE"),
        refuse_truncate("agreements_version"),
        refuse_when_exists(
            "agreements_version",
            "INSERT",
            name="agreements_version_one_in_force_insert",
            condition="NEW.state = 'executed'",
            subquery=OVERLAP,
        ),
        refuse_when_exists(
            "agreements_version",
            "UPDATE",
            name="agreements_version_one_in_force_update",
            condition="NEW.state = 'executed'",
            subquery=OVERLAP,
        ),
        refuse("agreements_slot", "DELETE"),
        refuse(
            "agreements_slot",
            "UPDATE",
            name="agreements_slot_stays_signed",
            condition="OLD.state = 'signed' AND (NEW.state <> 'signed' OR OLD.evidence IS DISTINCT FROM NEW.evidence"
            " OR OLD.document_id IS DISTINCT FROM NEW.document_id OR OLD.person_id IS DISTINCT FROM NEW.person_id)",
        ),
        # Retiring a published template touches none of these.
        refuse(
            "agreements_template",
            "UPDATE",
            name="agreements_template_stays_published",
            condition="OLD.published_at IS NOT NULL AND (OLD.terms IS DISTINCT FROM NEW.terms"
            " OR OLD.name IS DISTINCT FROM NEW.name OR OLD.number IS DISTINCT FROM NEW.number"
            " OR OLD.kind IS DISTINCT FROM NEW.kind OR OLD.organisation_id IS DISTINCT FROM NEW.organisation_id"
            " OR OLD.published_at IS DISTINCT FROM NEW.published_at"
            " OR OLD.description IS DISTINCT FROM NEW.description OR OLD.author IS DISTINCT FROM NEW.author)",
        ),
        # A draft may still be thrown away.
        refuse("agreements_template", "DELETE", condition="OLD.published_at IS NOT NULL"),
        refuse("agreements_contest", "DELETE"),
        refuse_truncate("agreements_contest"),
        refuse(
            "agreements_contest",
            "UPDATE",
            name="agreements_contest_stays",
            condition="OLD.state <> 'open' OR OLD.slot_id IS DISTINCT FROM NEW.slot_id"
            " OR OLD.reason IS DISTINCT FROM NEW.reason OR OLD.raised_by_id IS DISTINCT FROM NEW.raised_by_id"
            " OR OLD.raised_at IS DISTINCT FROM NEW.raised_at",
        ),
    ]
