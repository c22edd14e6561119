from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from django.db import migrations, models


def fill(apps, editor):
    """From the terms of every version that is frozen; as the act does from now on."""
    for version in apps.get_model("agreements", "Version").objects.exclude(effective_from=None).iterator():
        term = version.terms["term"]
        if not term["ends_on"] or (term["renewal"] == "automatic" and term["renewal_months"] > 0):
            continue
        zone = ZoneInfo(version.terms["agreement"]["timezone"])
        midnight = datetime.combine(date.fromisoformat(term["ends_on"]) + timedelta(days=1), time.min, zone)
        version.ends_at = midnight.astimezone(timezone.utc)
        version.save(update_fields=["ends_at"])


class Migration(migrations.Migration):
    dependencies = [("agreements", "0008_ask_by_link")]

    operations = [
        migrations.AddField("version", "ends_at", models.DateTimeField(null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
