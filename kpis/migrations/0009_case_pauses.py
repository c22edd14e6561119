from importlib import import_module

from django.db import migrations, models

from records.triggers import again

APPEND_ONLY = import_module("kpis.migrations.0002_append_only").Migration.operations


class Migration(migrations.Migration):
    dependencies = [("kpis", "0008_feed_streams_by_machines")]

    operations = [
        migrations.AddField(model_name="case", name="pauses", field=models.JSONField(default=list)),
        # SQLite rebuilt the table of cases, and dropped its triggers.
        *map(again, APPEND_ONLY[6:9]),
    ]
