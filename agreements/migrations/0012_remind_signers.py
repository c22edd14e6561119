from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agreements", "0011_publish_ola_and_uc")]

    # Null without a default: SQLite adds the column without a rebuild, so the table keeps its triggers.
    operations = [migrations.AddField("slot", "remind_at", models.DateTimeField(null=True))]
