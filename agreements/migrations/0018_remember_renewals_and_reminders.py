import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0017_end_an_agreement'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=12)),
                ('on', models.DateField()),
                ('days', models.PositiveSmallIntegerField()),
                ('state', models.CharField(choices=[('sent', 'Sent'), ('coalesced', 'Passed over')], max_length=12)),
                ('at', models.DateTimeField()),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='agreements.agreement')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('agreement', 'kind', 'on', 'days'), name='reminder_once'), models.CheckConstraint(condition=models.Q(('state__in', ['sent', 'coalesced'])), name='reminder_state_known')],
            },
        ),
        migrations.CreateModel(
            name='Renewal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('term_ends_at', models.DateTimeField()),
                ('kept_at', models.DateTimeField(null=True)),
                ('renewed_at', models.DateTimeField(null=True)),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='renewals', to='agreements.agreement')),
                ('kept_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('agreement', 'term_ends_at'), name='renewal_once')],
            },
        ),
    ]
