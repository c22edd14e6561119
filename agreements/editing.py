"""What the pages of the editor show around their forms: the parts with their state, the summary. No queries."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements import lint, overview, redline, tables, tracing
from agreements.lint import PART_OF, Finding
from agreements.terms import Term, Terms

CHECK = "check"


def url_of(args: list, part: str) -> str:
    """The address of a part of the editor; `args` are reference and label."""
    if part == CHECK:
        return reverse("agreements:check", args=args)
    return reverse("agreements:edit", args=[*args, part])


def history_of(args: list) -> str:
    return reverse("agreements:draft_history", args=args)


def changes(old: Terms, new: Terms) -> list[dict[str, str]]:
    """What one save changed: each line of the terms and each clause, old and new."""
    rows = [{"label": change.label, "old": change.old, "new": change.new} for change in redline.table(old, new)]
    texts = [each for each in redline.clauses(old, new) if each.kind != "same"]
    return rows + [{"label": change.title, "text": change.text} for change in texts]


def steps(
    parts: Sequence[tuple[str, str]], current: str, *, findings: Sequence[Finding], changed: dict, args: list
) -> list:
    """The parts for the rail at the left: done, current, with a problem; `changed` counts changes by part."""
    rows = []
    for name, title in parts:
        problems = [each for each in findings if each.part == name and each.severity == "error"]
        rows.append(
            {
                "name": title,
                "url": url_of(args, name),
                "current": name == current,
                "done": not problems and not changed.get(name),
                "problem": bool(problems),
                "note": _note(problems, changed.get(name, 0)),
            }
        )
    count = len(lint.errors(list(findings)))
    rows.append(
        {
            "name": _("Review and check"),
            "url": url_of(args, CHECK),
            "current": current == CHECK,
            "done": False,
            "problem": bool(count),
            "note": things(count) if count else "",
        }
    )
    return rows


def things(count: int) -> str:
    return ngettext("%d thing to settle", "%d things to settle", count) % count


def _note(problems: Sequence[Finding], changed: int) -> str:
    if problems:
        return things(len(problems))
    return ngettext("%d change", "%d changes", changed) % changed if changed else _("Done")


def changes_by_part(old: Terms | None, new: Terms) -> dict[str, int]:
    """How many lines and clauses differ from the version that is changed, by part of the editor."""
    counts: dict[str, int] = {}
    if old is None:
        return counts
    for change in redline.table(old, new):
        counts[change.part] = counts.get(change.part, 0) + 1
    clauses = sum(each.kind != "same" for each in redline.clauses(old, new))
    return counts | ({"clauses": counts.get("clauses", 0) + clauses} if clauses else {})


def summary(terms: Terms, args: list) -> list[dict]:
    """The whole agreement in some lines, each with the way to where it is changed."""
    open_ = tracing.unanswered(terms)
    rows = [
        ("services", _("Services"), ", ".join(service.name for service in terms.services)),
        ("parties", _("Parties"), f"{terms.parties.provider.organisation}, {terms.parties.client.organisation}"),
        ("term", _("Runs"), f"{_runs(terms.term)}. {tables.renewal(terms)}"),
        (
            "signatories",
            _("Signers, in order"),
            ", ".join(each.capacity for each in sorted(terms.signatories, key=lambda each: each.step)),
        ),
        (
            "requirements",
            _("Requirements"),
            _("%(count)d, of which %(answered)d answered")
            % {
                "count": len(terms.requirements),
                "answered": len(terms.requirements) - len(open_),
            },
        ),
        ("kpis", _("KPIs"), f"{len(terms.kpis)}: {', '.join(kpi.name for kpi in terms.kpis)}"),
        ("credits", _("Credits"), overview.credits(terms)),
        ("calendars", _("Service hours"), overview.hours(terms)),
        ("exclusions", _("Exclusions"), ", ".join(each.name for each in terms.exclusions)),
        (
            "escalation",
            _("Escalation"),
            ngettext("%d level", "%d levels", len(terms.escalation.levels)) % len(terms.escalation.levels),
        ),
        ("reporting", _("Reports"), tables.intervals(terms)),
        ("clauses", _("Clauses"), str(len(terms.clauses))),
    ]
    return [
        {
            "label": label,
            "value": value or _("none"),
            "verb": _("Change"),
            "url": url_of(args, PART_OF[section]),
        }
        for section, label, value in rows
    ]


def _runs(term: Term) -> str:
    starts = _("from %s") % tables.day(term.effective_from)
    return starts if term.ends_on is None else starts + " " + _("to %s") % tables.day(term.ends_on)
