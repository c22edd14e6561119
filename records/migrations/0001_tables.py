import django.db.models.deletion
import django_fsm
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    # In databases made before, all of these are there.
    replaces = [('records', '0001_initial'), ('records', '0003_lock'), ('records', '0004_hold_and_dispose'), ('records', '0006_tell_of_alarms')]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Counter',
            fields=[
                ('series', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('value', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Lock',
            fields=[
                ('name', models.CharField(max_length=60, primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name='Sweep',
            fields=[
                ('name', models.CharField(max_length=60, primary_key=True, serialize=False)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('last_error', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('since', models.DateTimeField()),
                ('count', models.PositiveIntegerField()),
                ('zero_since', models.DateTimeField(null=True)),
                ('cleared_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-since', '-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('cleared_at', None)), fields=('name',), name='alarm_once_open')],
            },
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verb', models.CharField(max_length=60)),
                ('target_label', models.CharField(max_length=60)),
                ('target_id', models.BigIntegerField()),
                ('scope', models.CharField(blank=True, max_length=40)),
                ('data', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-at', '-pk'],
                'indexes': [models.Index(fields=['target_label', 'target_id', '-at'], name='audit_target'), models.Index(fields=['scope', '-at'], name='audit_scope')],
            },
        ),
        migrations.CreateModel(
            name='ChainLink',
            fields=[
                ('seq', models.BigIntegerField(primary_key=True, serialize=False)),
                ('previous', models.CharField(max_length=64)),
                ('hash', models.CharField(max_length=64, unique=True)),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='link', to='records.auditentry')),
            ],
            options={
                'ordering': ['seq'],
            },
        ),
        migrations.CreateModel(
            name='Disposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(db_index=True, max_length=40)),
                ('party', models.CharField(max_length=10)),
                ('state', django_fsm.FSMField(choices=[('proposed', 'Proposed'), ('agreed', 'Agreed'), ('done', 'Done'), ('refused', 'Refused')], default='proposed', max_length=50, protected=True)),
                ('rule', models.CharField(max_length=200)),
                ('kept_until', models.DateTimeField()),
                ('proposed_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('answer', models.TextField(blank=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-proposed_at', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['proposed', 'agreed', 'done', 'refused'])), name='disposal_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['agreed', 'done']), _negated=True), models.Q(('answered_by__isnull', False), models.Q(('answered_by', models.F('proposed_by')), _negated=True)), _connector='OR'), name='disposal_by_two_persons'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['agreed', 'done']), _negated=True), ('answered_at__gte', models.F('kept_until')), _connector='OR'), name='disposal_after_the_term'), models.UniqueConstraint(condition=models.Q(('state__in', ['proposed', 'agreed'])), fields=('scope',), name='disposal_open_once')],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('kind', models.CharField(choices=[('prepared', 'Prepared for signature'), ('signed', 'Signed agreement'), ('report', 'Report'), ('minutes', 'Minutes'), ('evidence', 'Evidence'), ('data', 'Delivered data')], max_length=20)),
                ('number', models.CharField(blank=True, max_length=40)),
                ('title', models.CharField(max_length=200)),
                ('filename', models.CharField(max_length=200)),
                ('media_type', models.CharField(max_length=100)),
                ('size', models.BigIntegerField()),
                ('scope', models.CharField(blank=True, db_index=True, max_length=40)),
                ('text', models.TextField(blank=True)),
                ('stored_at', models.DateTimeField()),
                ('stored_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-stored_at', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['prepared', 'signed', 'report', 'minutes', 'evidence', 'data'])), name='document_kind_known')],
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(db_index=True, max_length=40)),
                ('party', models.CharField(max_length=10)),
                ('state', django_fsm.FSMField(choices=[('asked', 'Asked for'), ('standing', 'Stands'), ('refused', 'Refused'), ('lifted', 'Lifted')], max_length=50, protected=True)),
                ('reason', models.TextField()),
                ('asked_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('lifted_at', models.DateTimeField(null=True)),
                ('answer', models.TextField(blank=True)),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lifted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-asked_at', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['asked', 'standing', 'refused', 'lifted'])), name='hold_state_known')],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='Tombstone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('disposal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tombstones', to='records.disposal')),
                ('document', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='tombstone', to='records.document')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
    ]
