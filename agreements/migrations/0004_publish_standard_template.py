from django.db import migrations

from agreements.standard import standard_sla
from records import clock


def publish(apps, schema_editor):
    values = standard_sla()
    key = {"name": values.pop("name"), "number": values.pop("number")}
    templates = apps.get_model("agreements", "Template").objects.using(schema_editor.connection.alias)
    templates.get_or_create(**key, defaults=values | {"published_at": clock.now()})


def withdraw(apps, schema_editor):
    """Only while nothing was drafted from it: a version keeps naming its template."""
    alias = schema_editor.connection.alias
    used = apps.get_model("agreements", "Version").objects.using(alias).values("template")
    templates = apps.get_model("agreements", "Template").objects.using(alias)
    templates.filter(name="Standard SLA", number=1).exclude(pk__in=used.exclude(template=None)).delete()


class Migration(migrations.Migration):
    dependencies = [("agreements", "0003_keep_drafts_as_reviewed")]

    operations = [migrations.RunPython(publish, withdraw)]
