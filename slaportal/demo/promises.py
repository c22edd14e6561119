"""What the demo's agreement promises: the template's terms with the parties' own figures."""

from agreements import terms as t

DESK_HOURS = {day: [["15:00", "22:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
SEVEN_DAYS = 7 * 7 * 3600
DESK_SOURCE = (
    "Export of the service desk. Demo data: incidents of April and May 2016 from the UCI Machine Learning "
    "Repository (Amaral, Fantinato, Peres; CC BY 4.0), shifted by 526 weeks; times read as UTC"
)
STATUS_SOURCE = "Public status page of canvas-lms (history of Maryville-University-DLX/saints-status, ODbL)"


def fill(terms: t.Terms) -> t.Terms:
    """The terms of the demo, on the ground of the template's clauses."""
    terms.agreement.timezone, terms.agreement.currency = "UTC", "EUR"
    terms.parties.provider.representatives = [t.Representative("Ingrid Solheim", "SLA manager")]
    terms.parties.client.representatives = [t.Representative("Amara Lindqvist", "Head of IT")]
    terms.calendars = [
        t.CalendarTerm("always", "Day and night", "UTC", ALWAYS),
        t.CalendarTerm(
            "desk", "Service desk, Monday to Friday 15:00 to 22:00 UTC", "UTC", DESK_HOURS,
            holidays=["2026-12-25", "2027-01-01"],
        ),
    ]
    terms.priorities = [
        t.Priority(1, "Critical", 7 * 3600, "desk"),
        t.Priority(2, "High", 7 * 3600, "desk"),
        t.Priority(3, "Normal", SEVEN_DAYS, "desk"),
        t.Priority(4, "Low", 15 * 7 * 3600, "desk"),
    ]
    terms.kpis = _kpis()
    terms.pauses = []
    terms.exclusions = [
        t.ExclusionTerm("maintenance", "Planned maintenance", "Announced and agreed work", "drop", 48, 600)
    ]
    terms.workload = [t.WorkloadLimit("incidents", "Incidents a month", 9000, "incidents")]
    terms.escalation = _matrix()
    terms.credits = [
        t.CreditTerm("K1", "2500.00", [t.Tier("99.0", "99.3", "5"), t.Tier("0", "99.0", "10")], "15", 30)
    ]
    terms.reporting = t.Reporting(["month", "quarter"], 2, ["c-head", "c-lead"], 20)
    terms.review = t.Review(3, "Figures, breaches, feedback, changes")
    terms.duties = ["Names a contact who answers questions about an incident", "Announces large events two weeks ahead"]
    terms.term = t.Term("2026-05-01", "2027-04-30", "automatic", 12, 90)
    terms.signatories = [
        t.Signatory("provider-1", "provider", 1, "Managing director"),
        t.Signatory("client-1", "client", 2, "Head of IT"),
    ]
    return terms


def _kpis() -> list[t.Kpi]:
    return [
        t.Kpi(
            "K1", "Availability of the learning platform", "canvas", "uptime", "canvas-lms", ">=", "99.3", "%",
            STATUS_SOURCE, decimals=2, calendar="always", critical=True, requirements=["R1"],
            exclusions=["maintenance"],
        ),
        t.Kpi(
            "K2", "Priority 3 incidents closed in time", "canvas", "deadline", "desk-cases", ">=", "80", "%",
            DESK_SOURCE, decimals=2, calendar="desk", requirements=["R2"],
            params={"cohort": "closed_in", "priorities": [3]},
        ),
        t.Kpi(
            "K3", "Time to resolve priorities 1 and 2, 95th percentile", "canvas", "value", "desk-cases", "<=", "650",
            "h", DESK_SOURCE, decimals=1, requirements=["R2"],
            params={
                "aggregate": "percentile", "percentile": "95", "measure": "opened_to_resolved",
                "priorities": [1, 2], "cohort": "closed_in",
            },
        ),
        t.Kpi(
            "K4", "Satisfaction of the client", "canvas", "score", "satisfaction", ">=", "4", "points",
            "Asked in the portal, 1 to 5", decimals=1, requirements=["R1"], params={"minimum_answers": 1},
        ),
    ]


def _matrix() -> t.Escalation:
    return t.Escalation(
        [
            t.Position("p-desk", "provider", "Service desk lead"),
            t.Position("p-head", "provider", "Head of operations"),
            t.Position("c-lead", "client", "Platform lead"),
            t.Position("c-head", "client", "Head of IT"),
        ],
        [
            t.Level(0, "Initial contact", 0, ["p-desk", "c-lead"]),
            t.Level(1, "Management", 4 * 3600, ["p-head", "c-head"], ack_seconds=14 * 86400),
        ],
    )
