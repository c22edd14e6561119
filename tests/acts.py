"""Every public function of every `actions` module, and what it writes into the audit trail when it is called."""

import functools
import importlib
import inspect
import pkgutil
from contextlib import contextmanager

from records.models import AuditEntry

APPS = ["records", "accounts", "agreements", "kpis", "incidents", "reviews", "reports"]
# Sweeps may find nothing to do; then they write nothing.
SWEEPS = {
    "agreements.actions.seal_due", "agreements.actions.lapse_due", "kpis.actions.bind_executed",
    "kpis.actions.ensure_periods", "kpis.actions.roll_up", "kpis.actions.close_due",
    "incidents.actions.log_breaches", "reviews.actions.seal_minutes", "reviews.actions.warn_overdue",
    "reports.actions.compile_due", "reports.actions.deem_due",
}  # fmt: skip


def modules():
    for app in APPS:
        root = importlib.import_module(f"{app}.actions")
        yield root
        for info in pkgutil.iter_modules(getattr(root, "__path__", [])):
            yield importlib.import_module(f"{root.__name__}.{info.name}")


def public():
    """name ("agreements.actions.sign") -> the function."""
    found = {}
    for module in modules():
        for name, thing in vars(module).items():
            own = inspect.isfunction(thing) and not name.startswith("_")
            if own and thing.__module__.startswith(f"{module.__name__.split('.')[0]}.actions"):
                found[f"{module.__name__.split('.')[0]}.actions.{name}"] = thing
    return found


@contextmanager
def recorded():
    """Let every act note what it wrote: yields a list of (name, verbs), filled as acts are called."""
    calls, replaced = [], []
    for name, function in public().items():
        wrapper = _noting(name, function, calls)
        for module in modules():
            for attribute, thing in list(vars(module).items()):
                if thing is function:
                    setattr(module, attribute, wrapper)
                    replaced.append((module, attribute, function))
    try:
        yield calls
    finally:
        for module, attribute, function in replaced:
            setattr(module, attribute, function)


def _noting(name, function, calls):
    @functools.wraps(function)
    def act(*args, **kwargs):
        before = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        result = function(*args, **kwargs)
        verbs = set(AuditEntry.objects.filter(pk__gt=before).values_list("verb", flat=True))
        if verbs or name not in SWEEPS:
            calls.append((name, verbs))
        return result

    return act
