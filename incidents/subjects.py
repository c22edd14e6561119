"""What a run is about: a breach, an incident or complaint, an overdue review, late data."""

from dataclasses import dataclass

from django.apps import apps
from django.db.models import Model

from incidents.models import Breach, Incident, Run

INCIDENTS = f"{Incident._meta.label_lower}:"


@dataclass(frozen=True)
class Subject:
    """`key` is "app.model:pk", or "app.model:pk:which" where one row may cause several; it has one run at a time.

    Number, title and url (a path of the portal) are what messages say; the run keeps them as they were.
    """

    key: str
    title: str
    url: str
    number: str = ""


def of_breach(breach: Breach) -> Subject:
    key = f"{breach._meta.label_lower}:{breach.pk}"
    return Subject(key, breach.title, breach.get_absolute_url(), breach.number)


def incident_key(incident: Incident) -> str:
    return f"{incident._meta.label_lower}:{incident.pk}"


def of_incident(incident: Incident) -> Subject:
    return Subject(incident_key(incident), incident.title, incident.get_absolute_url(), incident.number)


def is_incident(run: Run) -> bool:
    """Whether a run is about an incident, which has a page and acts of its own."""
    return run.subject.startswith(INCIDENTS)


def target(run: Run) -> Model:
    """The row that audit entries of a run are about (its key alone: it may belong to an app above)."""
    label, pk = run.subject.split(":")[:2]
    return apps.get_model(label)(pk=int(pk))


def events_group(run: Run) -> str:
    """The key of messages about what people did with a run; an acknowledgement leaves them alone."""
    return f"subject:{run.subject}"
