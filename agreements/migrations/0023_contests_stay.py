from django.db import migrations

from records.triggers import refuse, refuse_truncate


class Migration(migrations.Migration):
    dependencies = [("agreements", "0022_contest_signatures")]

    operations = [
        refuse("agreements_contest", "DELETE"),
        refuse_truncate("agreements_contest"),
        refuse(
            "agreements_contest",
            "UPDATE",
            name="agreements_contest_stays",
            condition="OLD.state <> 'open' OR OLD.slot_id IS DISTINCT FROM NEW.slot_id"
            " OR OLD.reason IS DISTINCT FROM NEW.reason OR OLD.raised_by_id IS DISTINCT FROM NEW.raised_by_id"
            " OR OLD.raised_at IS DISTINCT FROM NEW.raised_at",
        ),
    ]
