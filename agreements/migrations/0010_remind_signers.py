from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agreements", "0009_project_ends")]

    # Null without a default: SQLite adds the column without a rebuild, so the table keeps its triggers.
    operations = [migrations.AddField("slot", "remind_at", models.DateTimeField(null=True))]
