from incidents.models.breach import Breach, BreachAction, Mark
from incidents.models.incident import Incident, IncidentLink, Remark
from incidents.models.promise import Promise
from incidents.models.run import AckLink, Herd, Run, Step

__all__ = [
    "AckLink",
    "Breach",
    "BreachAction",
    "Herd",
    "Incident",
    "IncidentLink",
    "Mark",
    "Promise",
    "Remark",
    "Run",
    "Step",
]
