import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0018_remember_renewals_and_reminders'),
        ('records', '0003_lock'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='version',
            name='imported_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name='Paper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('terms_sha256', models.CharField(max_length=64)),
                ('signed_by', models.TextField()),
                ('concluded_on', models.DateField()),
                ('statement', models.TextField()),
                ('brought_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('brought_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.document')),
                ('version', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='paper', to='agreements.version')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('confirmed_by', None), models.Q(('confirmed_by', models.F('brought_by')), _negated=True), _connector='OR'), name='paper_confirmed_by_another')],
            },
        ),
    ]
