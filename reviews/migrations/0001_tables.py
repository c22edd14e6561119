import django.db.models.deletion
import django_fsm
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    # In databases made before, all of these are there.
    replaces = [('reviews', '0001_initial'), ('reviews', '0002_keep_what_was_shared'), ('reviews', '0003_complain'), ('reviews', '0004_answer_again')]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('agreements', '0001_tables'),
        ('records', '0001_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='Complaint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=12, unique=True)),
                ('title', models.CharField(max_length=200)),
                ('text', models.TextField()),
                ('received_at', models.DateTimeField()),
                ('external_id', models.CharField(blank=True, max_length=80)),
                ('state', django_fsm.FSMField(choices=[('received', 'Received'), ('answered', 'Answered'), ('closed', 'Closed')], default='received', max_length=50, protected=True)),
                ('answer', models.TextField(blank=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='complaints', to='agreements.agreement')),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-received_at', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['received', 'answered', 'closed'])), name='complaint_state_known'), models.CheckConstraint(condition=models.Q(('state', 'received'), models.Q(models.Q(('answer', ''), _negated=True), ('answered_at__isnull', False)), _connector='OR'), name='complaint_answered_with_words'), models.UniqueConstraint(condition=models.Q(('external_id', ''), _negated=True), fields=('agreement', 'external_id'), name='complaint_external_once')],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='Feedback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period', models.CharField(max_length=20)),
                ('score', models.PositiveSmallIntegerField()),
                ('text', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='feedback', to='agreements.agreement')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-at', '-pk'],
                'constraints': [models.UniqueConstraint(fields=('agreement', 'period', 'by'), name='feedback_once'), models.CheckConstraint(condition=models.Q(('score__gte', 1), ('score__lte', 5)), name='feedback_score_in_range')],
            },
        ),
        migrations.CreateModel(
            name='Meeting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('planned_for', models.DateTimeField()),
                ('place', models.CharField(blank=True, max_length=120)),
                ('state', django_fsm.FSMField(choices=[('scheduled', 'Planned'), ('held', 'Held'), ('minutes_shared', 'Minutes shared'), ('approved', 'Minutes approved'), ('postponed', 'Postponed')], default='scheduled', max_length=50, protected=True)),
                ('agenda', models.JSONField(default=list)),
                ('attendees', models.JSONField(default=list)),
                ('held_at', models.DateTimeField(null=True)),
                ('edition', models.PositiveSmallIntegerField(default=0)),
                ('minutes', models.JSONField(default=dict)),
                ('minutes_sha256', models.CharField(blank=True, max_length=64)),
                ('shared_at', models.DateTimeField(null=True)),
                ('approved_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='meetings', to='agreements.agreement')),
                ('chair', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('document', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.document')),
            ],
            options={
                'ordering': ['-planned_for', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['scheduled', 'held', 'minutes_shared', 'approved', 'postponed'])), name='meeting_state_known'), models.UniqueConstraint(condition=models.Q(('state', 'scheduled')), fields=('agreement',), name='meeting_planned_once')],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='AgreedChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('part', models.CharField(blank=True, max_length=60)),
                ('text', models.TextField()),
                ('why', models.TextField(blank=True)),
                ('amendment', models.CharField(blank=True, max_length=20)),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='reviews.meeting')),
            ],
            options={
                'ordering': ['meeting', 'number'],
                'constraints': [models.UniqueConstraint(fields=('meeting', 'number'), name='change_number_once')],
            },
        ),
        migrations.CreateModel(
            name='Action',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=300)),
                ('due_on', models.DateField()),
                ('state', django_fsm.FSMField(choices=[('open', 'Open'), ('done', 'Done'), ('dropped', 'Dropped')], default='open', max_length=50, protected=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='actions', to='reviews.meeting')),
            ],
            options={
                'ordering': ['due_on', 'pk'],
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['open', 'done', 'dropped'])), name='action_state_known')],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='MinutesApproval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('party', models.CharField(choices=[('provider', 'Provider'), ('client', 'Client')], max_length=10)),
                ('sha256', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='reviews.meeting')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('meeting', 'party', 'sha256'), name='minutes_approved_once')],
            },
        ),
        migrations.CreateModel(
            name='Rejoinder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('answer', models.TextField()),
                ('answered_at', models.DateTimeField()),
                ('reason', models.TextField()),
                ('at', models.DateTimeField()),
                ('answered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('complaint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rejoinders', to='reviews.complaint')),
            ],
            options={
                'ordering': ['at', 'pk'],
            },
        ),
    ]
