import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

INDEX = {
    "postgresql": [
        "CREATE INDEX agreements_passage_words ON agreements_passage USING gin (to_tsvector('simple', folded))",
    ],
    "sqlite": [
        "CREATE VIRTUAL TABLE agreements_passage_words USING fts5"
        "(folded, content='agreements_passage', content_rowid='id', tokenize='unicode61')",
        "CREATE TRIGGER agreements_passage_words_in AFTER INSERT ON agreements_passage BEGIN "
        "INSERT INTO agreements_passage_words (rowid, folded) VALUES (NEW.id, NEW.folded); END",
        "CREATE TRIGGER agreements_passage_words_out AFTER DELETE ON agreements_passage BEGIN "
        "INSERT INTO agreements_passage_words (agreements_passage_words, rowid, folded) "
        "VALUES ('delete', OLD.id, OLD.folded); END",
    ],
}


def index(apps, editor):
    for statement in INDEX[editor.connection.vendor]:
        editor.execute(statement)


def unindex(apps, editor):
    if editor.connection.vendor == "sqlite":
        for trigger in ("in", "out"):
            editor.execute(f"DROP TRIGGER agreements_passage_words_{trigger}")
        editor.execute("DROP TABLE agreements_passage_words")


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_calendar_feed'),
        ("agreements", "0012_remind_signers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='version',
            name='indexed_revision',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.CreateModel(
            name='Passage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('anchor', models.CharField(max_length=80)),
                ('title', models.CharField(max_length=200)),
                ('text', models.TextField()),
                ('folded', models.TextField()),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='passages', to='agreements.version')),
            ],
            options={
                'ordering': ['version', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('query', models.CharField(blank=True, max_length=400)),
                ('created_at', models.DateTimeField()),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('owner', 'name'), name='saved_view_named_once')],
            },
        ),
        migrations.RunPython(index, unindex),
    ]
