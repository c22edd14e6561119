from incidents.models.breach import Breach
from incidents.models.incident import Incident, IncidentLink, Remark
from incidents.models.run import AckLink, Run, Step

__all__ = ["AckLink", "Breach", "Incident", "IncidentLink", "Remark", "Run", "Step"]
