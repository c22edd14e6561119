from django.db import migrations, models
from django.db.models import F


def awake_from_the_start(apps, schema_editor):
    apps.get_model("incidents", "Run").objects.update(awake_from=F("started_at"))


class Migration(migrations.Migration):
    dependencies = [("incidents", "0005_follow_up_breaches")]

    operations = [
        migrations.AddField("run", "awake_from", models.DateTimeField(null=True)),
        migrations.RunPython(awake_from_the_start, migrations.RunPython.noop),
        migrations.AlterField("run", "awake_from", models.DateTimeField()),
        migrations.AddIndex(
            "run", models.Index(condition=models.Q(state="suspended"), fields=["agreement"], name="run_suspended")
        ),
    ]
