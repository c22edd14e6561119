"""What the demo prints when the story is told."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from accounts.models import Message, Notice
from agreements.models import Agreement
from incidents.models import Breach, Step
from kpis.models import Case, Outage, PeriodResult
from records import vault
from records.models import Document

SHOWN = [Document.Kind.SIGNED, Document.Kind.REPORT, Document.Kind.MINUTES]


def lines() -> Iterator[str]:
    """One line for each thing that happened."""
    for agreement in Agreement.objects.order_by("pk"):
        versions = ", ".join(f"{each.label} {each.get_state_display().lower()}" for each in agreement.versions.all())
        yield f"Agreement {agreement}: {versions}"
    yield f"Taken in: {Outage.objects.count()} outages, {Case.objects.count()} incidents"
    results = PeriodResult.objects.select_related("period__target").order_by("period__lo", "period__target__key")
    for result in results:
        target = result.period.target
        yield f"  {result.period.label} {target.key} {target.name}: {result.verdict}"
    for breach in Breach.objects.order_by("pk"):
        told = Step.objects.filter(run__breach=breach, state=Step.State.FIRED).count()
        yield f"Breach {breach}: {breach.get_state_display().lower()}, {told} levels told"
    yield f"Told: {Notice.objects.count()} inbox entries, {Message.objects.filter(state='sent').count()} e-mails sent"


def export(folder: Path) -> Path:
    """Copies of the PDFs under readable names; the vault names its files by their hash."""
    folder.mkdir(parents=True, exist_ok=True)
    for document in Document.objects.filter(kind__in=SHOWN).order_by("pk"):
        shutil.copyfile(vault.path(document.sha256), folder / document.filename)
    return folder
