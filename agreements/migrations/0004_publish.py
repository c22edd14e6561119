from django.db import migrations

from agreements.standard import standard_ola, standard_sla, standard_uc
from records import clock

STANDARD = ["Standard SLA", "Standard OLA", "Standard UC"]


def publish(apps, schema_editor):
    templates = apps.get_model("agreements", "Template").objects.using(schema_editor.connection.alias)
    for values in (standard_sla(), standard_ola(), standard_uc()):
        key = {"name": values.pop("name"), "number": values.pop("number"), "organisation": None}
        templates.get_or_create(**key, defaults=values | {"published_at": clock.now()})


def withdraw(apps, schema_editor):
    """Only while nothing was drafted from them: a version keeps naming its template."""
    alias = schema_editor.connection.alias
    used = apps.get_model("agreements", "Version").objects.using(alias).values("template")
    templates = apps.get_model("agreements", "Template").objects.using(alias)
    ours = templates.filter(name__in=STANDARD, number=1, organisation=None)
    ours.exclude(pk__in=used.exclude(template=None)).delete()


class Migration(migrations.Migration):
    # In databases made before, all of these are there.
    replaces = [
        ("agreements", "0004_publish_standard_template"),
        ("agreements", "0011_publish_ola_and_uc"),
    ]

    dependencies = [("agreements", "0003_words")]

    operations = [migrations.RunPython(publish, withdraw)]
