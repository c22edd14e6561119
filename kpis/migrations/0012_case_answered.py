from importlib import import_module

from django.db import migrations, models
from django.db.models import F, Q

from records.triggers import again

APPEND_ONLY = import_module("kpis.migrations.0002_append_only").Migration.operations


class Migration(migrations.Migration):
    dependencies = [("kpis", "0011_claims")]

    operations = [
        migrations.AddField(model_name="case", name="responded_at", field=models.DateTimeField(null=True)),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=Q(responded_at=None) | Q(responded_at__gte=F("at")), name="case_answered_after_opened"
            ),
        ),
        # SQLite rebuilt the table of cases, and dropped its triggers.
        *map(again, APPEND_ONLY[6:9]),
    ]
