from incidents.models.breach import Breach
from incidents.models.run import Run, Step

__all__ = ["Breach", "Run", "Step"]
