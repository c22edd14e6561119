from importlib import import_module

from django.db import migrations, models

import kpis.models.exact
from records.triggers import again

APPEND_ONLY = import_module("kpis.migrations.0002_append_only").Migration.operations
KINDS = ["outages", "cases", "values", "scores", "ratios", "results"]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_calendar_feed"),
        ("kpis", "0006_hold_files_of_any_size"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="indicator", name="indicator_kind_known"),
        migrations.AlterField(
            model_name="indicator",
            name="kind",
            field=models.CharField(
                choices=[
                    ("outages", "Outage log"), ("cases", "Cases"), ("values", "Values"), ("scores", "Scores"),
                    ("ratios", "Good of all"), ("results", "Results of other KPIs"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="indicator",
            constraint=models.CheckConstraint(condition=models.Q(("kind__in", KINDS)), name="indicator_kind_known"),
        ),
        migrations.RemoveConstraint(model_name="period", name="period_once"),
        migrations.AddConstraint(
            model_name="period",
            constraint=models.UniqueConstraint(fields=("target", "label"), name="period_once"),
        ),
        migrations.AddField(
            model_name="sample",
            name="total",
            field=models.DecimalField(decimal_places=10, max_digits=30, null=True),
        ),
        migrations.AddConstraint(
            model_name="sample",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("total", None),
                    models.Q(("total__gte", models.F("value")), ("value__gte", 0)),
                    _connector="OR",
                ),
                name="sample_good_of_total",
            ),
        ),
        # SQLite rebuilt the table of samples, and dropped its triggers.
        *map(again, APPEND_ONLY[9:12]),
        # Rollups are derived: made again in their new shape.
        migrations.RunSQL(
            "INSERT INTO kpis_dirtyday (indicator_id, day, marked_at) "
            "SELECT indicator_id, day, CURRENT_TIMESTAMP FROM kpis_dayrollup",
            migrations.RunSQL.noop,
        ),
        migrations.DeleteModel("DayRollup"),
        migrations.CreateModel(
            name="DayRollup",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "indicator_id", "zone", "day",
                        blank=True, editable=False, primary_key=True, serialize=False,
                    ),
                ),
                ("indicator_id", models.BigIntegerField()),
                ("zone", models.CharField(max_length=60)),
                ("day", models.DateField()),
                ("count", models.PositiveIntegerField(default=0)),
                ("sum", kpis.models.exact.ExactField(null=True)),
                ("total", kpis.models.exact.ExactField(null=True)),
                ("smallest", kpis.models.exact.ExactField(null=True)),
                ("largest", kpis.models.exact.ExactField(null=True)),
                ("packed", models.BinaryField(null=True)),
                ("figures", models.JSONField(default=dict)),
            ],
        ),
    ]
