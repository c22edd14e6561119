from django.db import migrations

from records.triggers import refuse, refuse_truncate


class Migration(migrations.Migration):
    dependencies = [('reports', "0001_initial")]

    operations = [
        refuse(
            "reports_report",
            "UPDATE",
            name="reports_report_frozen",
            condition="OLD.facts IS DISTINCT FROM NEW.facts OR OLD.facts_sha256 IS DISTINCT FROM NEW.facts_sha256"
            " OR OLD.document_id IS DISTINCT FROM NEW.document_id OR OLD.number IS DISTINCT FROM NEW.number",
        ),
        refuse("reports_report", "DELETE"),
        refuse_truncate("reports_report"),
    ]
