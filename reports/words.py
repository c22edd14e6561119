"""A report's facts in sentences (no ORM)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kpis import display
from kpis.text import short_period_name

Facts = Mapping[str, Any]
MOST_NAMED = 5  # missed KPIs that a headline names
ORDER = {"breached": 0, "insufficient_data": 1, "waived": 2, "met": 3, "not_due": 4}


def title(facts: Facts) -> str:
    """ "Performance report May 2026, Learning platform"."""
    about = {"period": facts["name"], "title": facts["agreement"]["title"]}
    return _("Performance report %(period)s, %(title)s") % about


def results(facts: Facts) -> list[dict[str, Any]]:
    """The judged results, missed ones first; of a quarter those of its months, too."""
    rows = facts["quarter"]["results"] if facts["quarter"] else facts["kpis"]
    return sorted(rows, key=lambda row: (ORDER.get(row["verdict"], 5), row["key"], row["period"]["lo"]))


def light(facts: Facts) -> str:
    """The light in words: "Red: 2 of 4 missed"."""
    counts = facts["counts"]
    colour = {"red": _("Red"), "amber": _("Amber"), "green": _("Green"), "grey": _("No colour")}[facts["light"]]
    if counts["missed"]:
        said = _("%(missed)d of %(judged)d missed") % counts
    elif facts["light"] == "green":
        said = _("all met")
    else:
        said = _("not all measured")
    return f"{colour}: {said}"


def why(facts: Facts) -> str:
    """Which rule made the light red; empty for another colour."""
    missed = [row for row in results(facts) if row["verdict"] == "breached"]
    if facts["light"] != "red":
        return ""
    if critical := [row["name"] for row in missed if row["critical"]]:
        said = _("Red, because the agreement marks %(names)s as critical.")
        return said % {"names": ", ".join(dict.fromkeys(critical))}
    if running := [row for row in missed if row["missed_running"] >= 3]:
        worst = max(running, key=lambda row: row["missed_running"])
        said = _("Red, because %(name)s was missed %(count)d periods running.")
        return said % {"name": worst["name"], "count": worst["missed_running"]}
    return _("Red, because three or more were missed.")


def headline(facts: Facts) -> str:
    """How it went, in one or two sentences: what was met, and each miss with its figure and target."""
    counts, missed = facts["counts"], _misses(facts)
    parts = [_met(facts, counts)] if counts["judged"] else [_("No target was due.")]
    if missed:
        more = len(missed) - MOST_NAMED
        said = "; ".join(missed[:MOST_NAMED])
        words = _("Missed: %(list)s; and %(more)d more.") if more > 0 else _("Missed: %(list)s.")
        parts.append(words % {"list": said, "more": more})
    if counts["not_measured"]:
        said = ngettext(
            "%(count)d could not be judged: not enough data.",
            "%(count)d could not be judged: not enough data.",
            counts["not_measured"],
        )
        parts.append(said % {"count": counts["not_measured"]})
    return " ".join(parts)


def _met(facts: Facts, counts: Mapping[str, int]) -> str:
    if facts["interval"] == "quarter":
        return _("%(met)d of %(judged)d results of the quarter met their target.") % counts
    return _("%(met)d of %(judged)d targets were met.") % counts


def _misses(facts: Facts) -> list[str]:
    """Each missed KPI with its figures; of a quarter with the month of each."""
    by_key: dict[str, list[Mapping[str, Any]]] = {}
    for row in results(facts):
        if row["verdict"] == "breached":
            by_key.setdefault(row["key"], []).append(row)
    return [
        _("%(name)s %(shown)s against %(target)s")
        % {
            "name": rows[0]["name"],
            "shown": ", ".join(_shown(facts, row) for row in rows),
            "target": rows[0]["target_shown"],
        }
        for rows in by_key.values()
    ]


def _shown(facts: Facts, row: Mapping[str, Any]) -> str:
    if facts["interval"] == "month":
        return row["shown"]
    return f"{row['shown']} ({short_period_name(row['period']['label'])})"


def more(facts: Facts) -> list[str]:
    """What the first page adds: the rule behind red, causes that are known, the credit that is due."""
    causes = [
        f"{each['number']}: {capfirst(each['root_cause'].strip())}"
        for each in facts["breaches"]
        if each["new"] and each["root_cause"]
    ]
    proposed = [each for each in facts["credits"] if each["state"] == "proposed"]
    amounts = ", ".join(each["shown"] for each in proposed)
    said = ngettext("A credit of %(amounts)s is proposed.", "Credits of %(amounts)s are proposed.", len(proposed))
    return [*filter(None, [why(facts)]), *causes[:3], *([said % {"amounts": amounts}] if proposed else [])]


def in_force(facts: Facts, day: Any) -> str:
    """Said plainly where the agreement was in force in a part of the period only; `day` prints an instant."""
    window = facts["window"]
    if not window["cut"]:
        return ""
    said = _("The agreement was in force from %(since)s to %(until)s: only this part of the period counts.")
    return said % {"since": day(window["lo"]), "until": day(window["last"])}


def doing(facts: Facts, day: Any) -> list[str]:
    """What is done about it: open actions, and the measures of this period's breaches."""
    actions = [
        _("%(text)s, by %(day)s (%(who)s)") % {"text": each["text"], "day": day(each["due_on"]), "who": each["owner"]}
        for each in facts["actions"]
        if each["state"] == "open"
    ]
    measures = [
        f"{each['number']}: {text.strip()}"
        for each in facts["breaches"]
        for text in (each["corrective"], each["preventive"])
        if text.strip()
    ]
    waiting = [
        each["number"]
        for each in facts["breaches"]
        if each["state"] in ("open", "acknowledged") and not each["root_cause"]
    ]
    looking = _("%(numbers)s: the cause is being looked for; the outcome is not written yet")
    running = [looking % {"numbers": ", ".join(waiting)}] if waiting else []
    return [*actions, *measures, *running]


def deciding(facts: Facts, day: Any) -> list[str]:
    """What the client must decide."""
    credits = [
        _("Agree to the credit of %(shown)s for %(kpi)s, or refuse it") % each
        for each in facts["credits"]
        if each["state"] == "proposed"
    ]
    outcomes = [
        _("Confirm the outcome of %(number)s") % each for each in facts["breaches"] if each["state"] == "outcome"
    ]
    until = facts["acceptance"]["until"]
    confirm = _("Confirm this report or say what is wrong; it counts as accepted on %(day)s") % {"day": day(until)}
    return [*credits, *outcomes, confirm]


def missing(row: Mapping[str, Any]) -> str:
    """What was not delivered, and how much that is; empty where nothing is missing."""
    figures = row["figures"]
    parts = []
    if row["coverage_shown"] and row["coverage"] != "1":
        parts.append(_("%(share)s of what should be known is known") % {"share": row["coverage_shown"]})
    if parts_without := figures.get("missing_count"):
        parts.append(ngettext("%(count)d part has no figure", "%(count)d parts have no figure", parts_without)
                     % {"count": parts_without})
    elif figures.get("missing"):
        parts.append(_("%(count)d values are missing") % {"count": figures["missing"]})
    if held := display.carried(row["kind"], figures):
        parts.append(_("%(held)s as last known") % {"held": held})
    return ", ".join(parts)


def by_priority(counts: Mapping[str, int]) -> str:
    """ "2 of priority 1, 10 of priority 3"."""
    parts = (_("%(count)d of priority %(priority)s") % {"count": n, "priority": p} for p, n in counts.items())
    return ", ".join(parts)


def sources(facts: Facts) -> Sequence[str]:
    """Where the figures come from, as the terms and the streams name it, word for word."""
    rows = results(facts)
    named = [text for row in rows for text in (row["source"], row["stream"]["source"]) if text]
    return list(dict.fromkeys(named))
