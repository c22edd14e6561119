from django.db import migrations

from records.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [('kpis', "0001_initial")]

    operations = [
        *append_only("kpis_outage"),
        *append_only("kpis_observedspan"),
        *append_only("kpis_case"),
        *append_only("kpis_sample"),
        *append_only("kpis_target"),
        *append_only("kpis_periodresult"),
    ]
