from importlib import import_module

import django.db.models.deletion
import django_fsm
from django.conf import settings
from django.db import migrations, models

from records.triggers import again

FROZEN = import_module("agreements.migrations.0002_frozen").Migration.operations


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_organisation_added_by'),
        ('agreements', '0016_review_sides_looks_suggestions'),
        ('records', '0003_lock'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Ending',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('notice', 'Notice'), ('cause', 'Notice for good cause'), ('mutual', 'End by agreement'), ('rescission', 'Rescission by agreement')], max_length=12)),
                ('party', models.CharField(choices=[('provider', 'Provider'), ('client', 'Client')], max_length=10)),
                ('state', django_fsm.FSMField(choices=[('proposed', 'Proposed'), ('standing', 'Stands'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn'), ('overtaken', 'Overtaken')], max_length=50, protected=True)),
                ('last_day', models.DateField()),
                ('ends_at', models.DateTimeField()),
                ('reason', models.TextField(blank=True)),
                ('given_at', models.DateTimeField()),
                ('statement', models.JSONField()),
                ('sha256', models.CharField(max_length=64)),
                ('evidence', models.JSONField(default=dict)),
                ('received_at', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answer', models.TextField(blank=True)),
                ('recall_at', models.DateTimeField(null=True)),
                ('recall_reason', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['-given_at', '-pk'],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.RemoveConstraint(
            model_name='version',
            name='version_interval_runs_forward',
        ),
        migrations.AddField(
            model_name='agreement',
            name='ends_as',
            field=models.CharField(blank=True, choices=[('expired', 'Expired'), ('terminated', 'Terminated'), ('replaced', 'Replaced'), ('rescinded', 'Rescinded')], max_length=12),
        ),
        migrations.AddField(
            model_name='agreement',
            name='ends_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='agreement',
            name='predecessor',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='successors', to='agreements.agreement'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ends_as', ''), ('ends_at', None)), models.Q(('ends_at__isnull', False), ('ends_as__in', ['expired', 'terminated', 'replaced', 'rescinded'])), _connector='OR'), name='agreement_end_says_how'),
        ),
        migrations.AddConstraint(
            model_name='version',
            constraint=models.CheckConstraint(condition=models.Q(('effective_to', None), ('effective_to__gte', models.F('effective_from')), _connector='OR'), name='version_interval_runs_forward'),
        ),
        migrations.AddField(
            model_name='ending',
            name='agreement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='endings', to='agreements.agreement'),
        ),
        migrations.AddField(
            model_name='ending',
            name='answered_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='ending',
            name='document',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.document'),
        ),
        migrations.AddField(
            model_name='ending',
            name='given_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='ending',
            name='recall_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='ending',
            name='received_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='ending',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['proposed', 'standing', 'refused', 'withdrawn', 'overtaken'])), name='ending_state_known'),
        ),
        migrations.AddConstraint(
            model_name='ending',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'standing')), fields=('agreement',), name='ending_stands_once'),
        ),
        migrations.AddConstraint(
            model_name='ending',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('agreement',), name='ending_proposed_once'),
        ),
        # SQLite rebuilt the table of versions for its constraint, and dropped its triggers; the last two are of slots.
        *map(again, FROZEN[:-2]),
    ]
