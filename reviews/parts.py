"""Names of the parts of the terms that a change may be about (no ORM)."""

from django.utils.translation import gettext as _

from agreements.terms import Terms


def names(terms: Terms) -> dict[str, str]:
    """Part -> its name, in the order of the document; the keys are those of terms.parts."""
    sections = {
        "kpis": _("KPIs and targets"),
        "calendars": _("Service hours"),
        "priorities": _("Priorities and times"),
        "exclusions": _("Exclusions"),
        "maintenance": _("Maintenance"),
        "workload": _("Workload limits"),
        "escalation": _("Escalation matrix"),
        "credits": _("Credits"),
        "reporting": _("Reporting"),
        "review": _("Reviews"),
        "duties": _("Duties of the client"),
        "term": _("Term, renewal, notice"),
        "services": _("Services"),
    }
    return sections | {f"clause:{clause.id}": clause.title for clause in terms.clauses}
