from django.db import migrations

from kpis.standard import standard_definitions
from records import clock


def publish(apps, schema_editor):
    definitions = apps.get_model("kpis", "Definition").objects.using(schema_editor.connection.alias)
    at = clock.now()
    for values in standard_definitions():
        key = {"name": values.pop("name"), "number": values.pop("number"), "organisation": None}
        definitions.get_or_create(**key, defaults=values | {"published_at": at})


class Migration(migrations.Migration):
    # In databases made before, all of these are there.
    replaces = [
        ("kpis", "0014_publish_definitions"),
    ]

    dependencies = [("kpis", "0002_guards")]

    # Going back, the table itself goes.
    operations = [migrations.RunPython(publish, migrations.RunPython.noop)]
