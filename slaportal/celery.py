import os

from celery import Celery

from slaportal.timetable import TIMETABLE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slaportal.settings")

app = Celery("slaportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# A sweep that waited longer than its interval is pointless: the next one is already in the queue.
app.conf.beat_schedule = {
    name: {"task": name, "schedule": seconds, "options": {"expires": max(seconds, 30)}}
    for name, seconds in TIMETABLE.items()
}
app.conf.task_routes = {
    "incidents.*": {"queue": "critical"},
    "accounts.deliver": {"queue": "critical"},
    "reports.*": {"queue": "bulk"},
    "kpis.roll_up": {"queue": "bulk"},
}
