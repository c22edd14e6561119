from incidents.models.breach import Breach
from incidents.models.run import AckLink, Run, Step

__all__ = ["AckLink", "Breach", "Run", "Step"]
