from django.db import migrations

from records.triggers import append_only, refuse, refuse_truncate

# Of a published definition; retiring it touches none of these.
KEPT = [
    "name", "number", "organisation_id", "topic", "purpose", "words", "caution", "origin", "kpi", "description", "author",
    "published_at",
]


class Migration(migrations.Migration):
    # In databases made before, all of these are there.
    replaces = [
        ("kpis", "0002_append_only"),
    ]

    dependencies = [("kpis", "0001_tables")]

    operations = [
        *append_only("kpis_outage"),
        *append_only("kpis_observedspan"),
        *append_only("kpis_case"),
        *append_only("kpis_sample"),
        *append_only("kpis_target"),
        *append_only("kpis_periodresult"),
        *append_only("kpis_exclusionspan"),
        *append_only("kpis_exclusion_targets"),
        *append_only("kpis_disputeremark"),
        refuse(
            "kpis_exclusion",
            "UPDATE",
            name="kpis_exclusion_frozen",
            condition=" OR ".join(
                f"OLD.{name} IS DISTINCT FROM NEW.{name}"
                for name in ("number", "version_id", "category", "starts_at", "ends_at", "rule", "notice_at", "reason")
            ),
        ),
        refuse("kpis_exclusion", "DELETE"),
        refuse_truncate("kpis_exclusion"),
        refuse(
            "kpis_correction",
            "UPDATE",
            name="kpis_correction_frozen",
            condition=" OR ".join(
                f"OLD.{name} IS DISTINCT FROM NEW.{name}"
                for name in ("number", "period_id", "base_id", "inputs", "outcome", "sha256", "reason")
            ),
        ),
        refuse("kpis_correction", "DELETE"),
        refuse_truncate("kpis_correction"),
        refuse("kpis_dispute", "DELETE"),
        refuse_truncate("kpis_dispute"),
        refuse(
            "kpis_definition",
            "UPDATE",
            name="kpis_definition_stays_published",
            condition="OLD.published_at IS NOT NULL AND ("
            + " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in KEPT) + ")",
        ),
        refuse("kpis_definition", "DELETE", condition="OLD.published_at IS NOT NULL"),
    ]
