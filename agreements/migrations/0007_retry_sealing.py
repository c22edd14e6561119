from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agreements", "0006_keep_revisions_of_drafts")]

    # Null without a default: SQLite adds the column without a rebuild, so the table keeps its triggers.
    operations = [migrations.AddField("version", "seal_retry_at", models.DateTimeField(null=True))]
