"""What lint says of a part, beside the fields it speaks of; what names no field of the page stands on its card."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agreements.forms.parts import Page
from agreements.lint import Finding


@dataclass(frozen=True)
class Beside:
    """A finding and where a script puts it: htmx's way and the place, "beforeend:.sp-field:has(#id_term-ends_on)"."""

    finding: Finding
    swap: str


def put(page: Page, findings: Iterable[Finding]) -> list[Beside]:
    """Hang each finding of the page on its field (`field.said`) or its card (`box.said`)."""
    fields = {field.auto_id: field for form in _forms(page) for field in form}
    boxes = {box.key: box for box in page.boxes}
    placed = []
    for finding in findings:
        field = fields.get(finding.field) or _of_row(fields, finding.field)
        if field is not None:
            field.field.said = [*getattr(field.field, "said", []), finding]
            placed.append(Beside(finding, f"beforeend:.sp-field:has(#{field.auto_id})"))
        elif finding.field in boxes:
            box = boxes[finding.field]
            box.said = [*box.said, finding]
            placed.append(Beside(finding, f"afterend:#{box.key} > .sp-ch"))
    return placed


def _of_row(fields: dict, wanted: str):
    """The first field to be seen in the row that a finding names: not each has a name or the field that is wrong."""
    row = "-".join(wanted.split("-")[:2]) + "-"
    return next((field for key, field in fields.items() if key.startswith(row) and not field.is_hidden), None)


def _forms(page: Page) -> Iterator:
    for box in page.boxes:
        yield from box.formset if hasattr(box, "formset") else [box.form]
