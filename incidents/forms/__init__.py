from incidents.forms.breaches import OutcomeForm, ReasonForm, SeenForm, StartForm

__all__ = ["OutcomeForm", "ReasonForm", "SeenForm", "StartForm"]
