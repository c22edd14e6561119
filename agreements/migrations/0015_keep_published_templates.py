from django.db import migrations

from records.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [("agreements", "0014_link_supporting_agreements")]

    operations = [
        # A draft may still be thrown away.
        refuse("agreements_template", "DELETE", condition="OLD.published_at IS NOT NULL"),
    ]
