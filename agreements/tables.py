"""The rows of the tables in a printed agreement, in plain words (no ORM). Figures stay exact."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements import params
from agreements.terms import CalendarTerm, CreditTerm, ExclusionTerm, Kpi, Level, Terms

SIGNS = {">=": "≥", "<=": "≤"}
NBSP = "\N{NO-BREAK SPACE}"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def day(iso: str) -> str:
    """An ISO date as people write it; as it stands when it is none."""
    try:
        return date_format(date.fromisoformat(iso), "j F Y")
    except ValueError:
        return iso


def duration(seconds: int) -> str:
    """Whole units, largest first: 5400 -> "1 hour 30 minutes". Two days and more are said in days."""
    words, rest = [], seconds
    for size, unit in UNITS:
        if unit == "day" and seconds < 2 * size:
            continue
        count, rest = divmod(rest, size)
        if count:
            words.append(_count(count, unit))
    return " ".join(words) or _("at once")


def _count(count: int, unit: str) -> str:
    words = {
        "day": ngettext("%d day", "%d days", count),
        "hour": ngettext("%d hour", "%d hours", count),
        "minute": ngettext("%d minute", "%d minutes", count),
        "second": ngettext("%d second", "%d seconds", count),
    }
    return words[unit] % count


def level(kpi: Kpi) -> str:
    """The target as promised: "≥ 99.5 %"."""
    return f"{SIGNS.get(kpi.op, kpi.op)}{NBSP}{kpi.target}{NBSP}{kpi.unit}".strip()


def every(period: str, trailing_days: int = 0) -> str:
    if period == "trailing":
        return _("monthly over the last %d days") % trailing_days
    return {
        "month": _("monthly"),
        "quarter": _("quarterly"),
        "half_year": _("each half-year"),
        "year": _("yearly"),
        "fiscal_quarter": _("each fiscal quarter"),
        "fiscal_year": _("each fiscal year"),
        "contract_year": _("each contract year"),
    }.get(period, period)


def levels(terms: Terms, *, credits_in: str) -> list[dict]:
    """One row for each KPI: what is promised, how it is judged, what follows."""
    names = {calendar.key: calendar.name for calendar in terms.calendars}
    credited = {credit.kpi for credit in terms.credits}
    exclusions = {item.key: item.name for item in terms.exclusions}
    return [
        {
            "kpi": kpi,
            "level": level(kpi),
            "how": ", ".join(params.words({name: each for name, each in kpi.params.items() if name in params.WORDS})),
            "period": every(kpi.period, kpi.trailing_days),
            "hours": names.get(kpi.calendar, ""),
            "credit": _("clause %s") % credits_in if kpi.key in credited else _("none"),
            "missing": missing(kpi),
            "coverage": percent(kpi.coverage),
            "exclusions": [exclusions.get(key, key) for key in kpi.exclusions],
        }
        for kpi in terms.kpis
    ]


def missing(kpi: Kpi) -> str:
    """What happens with time or cases that were not measured."""
    return {
        "gap": _("stays out of the figure and is shown as missing"),
        "good": _("counts as met"),
        "bad": _("counts as missed"),
        "carry": _("is as it was last known, for a time"),
    }.get(kpi.missing, kpi.missing)


def always_open(calendar: CalendarTerm) -> bool:
    shut = calendar.holidays or calendar.breaks or calendar.special_hours
    return not shut and all(calendar.schedule.get(each) == [["00:00", "24:00"]] for each in DAYS)


def percent(share: str) -> str:
    """A share as percent, exact: "0.9" -> "90 %"."""
    return f"{plain(Decimal(share) * 100)}{NBSP}%"


def plain(number: Decimal) -> str:
    """A number without an exponent and without needless zeros after the point."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def calendars(terms: Terms) -> list[dict]:
    return [
        {
            "calendar": calendar,
            "always": always_open(calendar),
            "week": list(week(calendar)),
            "holidays": [day(each) for each in sorted(calendar.holidays)],
            "special": [(day(each), spans(times)) for each, times in sorted(calendar.special_hours.items())],
            "breaks": [(day(each.date), f"{each.start}–{each.end}") for each in calendar.breaks],
        }
        for calendar in terms.calendars
    ]


def week(calendar: CalendarTerm) -> Iterable[tuple[str, str]]:
    """Days with the same hours together: ("Monday to Friday", "08:00–18:00")."""
    names = [_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")]
    first = 0
    for index in range(1, len(DAYS) + 1):
        hours = calendar.schedule.get(DAYS[first], [])
        if index < len(DAYS) and calendar.schedule.get(DAYS[index], []) == hours:
            continue
        last = index - 1
        label = names[first] if first == last else _("%(first)s to %(last)s") % {
            "first": names[first], "last": names[last],
        }
        yield label, spans(hours)
        first = index


def spans(times: Iterable[Iterable[str]]) -> str:
    return ", ".join("–".join(span) for span in times) or _("closed")


def priorities(terms: Terms) -> list[dict]:
    names = {calendar.key: calendar.name for calendar in terms.calendars}
    return [
        {
            "priority": row,
            "response": duration(row.response_seconds) if row.response_seconds is not None else _("not promised"),
            "resolution": duration(row.resolution_seconds),
            "hours": names.get(row.calendar, row.calendar),
        }
        for row in terms.priorities
    ]


def exclusions(terms: Terms) -> list[dict]:
    return [
        {
            "exclusion": item,
            "rules": rules(item),
            "applies": [kpi.key for kpi in terms.kpis if item.key in kpi.exclusions],
        }
        for item in terms.exclusions
    ]


def rules(item: ExclusionTerm) -> list[str]:
    words = [
        {
            "drop": _("The time is left out of the figure."),
            "as_good": _("The time counts as met."),
            "suppress_only": _("The time counts; only alarms are held back."),
        }.get(item.effect, item.effect)
    ]
    if item.notice_hours:
        words.append(_("Told at least %s before.") % duration(item.notice_hours * 3600))
    if item.yearly_cap_minutes is not None:
        words.append(_("At most %s a year.") % duration(item.yearly_cap_minutes * 60))
    return words


def credits(terms: Terms) -> list[dict]:
    names = {kpi.key: kpi for kpi in terms.kpis}
    return [
        {
            "credit": credit,
            "kpi": names.get(credit.kpi),
            "fee": money(Decimal(credit.fee), terms.agreement.currency),
            "minimum": minimum(credit, terms.agreement.currency),
            "tiers": [tier(item, credit, names.get(credit.kpi), terms.agreement.currency) for item in credit.tiers],
        }
        for credit in terms.credits
    ]


def tier(item, credit: CreditTerm, kpi: Kpi | None, currency: str) -> dict:
    unit = f"{NBSP}{kpi.unit}" if kpi else ""
    if item.kind == "multiple":
        worth, amount = _("%s × the fee for the downtime") % item.amount, "–"
    elif item.kind == "fixed":
        worth, amount = _("a sum"), money(Decimal(item.amount), currency)
    else:
        worth = f"{item.percent}{NBSP}%"
        amount = money(Decimal(credit.fee) * Decimal(item.percent) / 100, currency)
    return {
        "range": _("from %(low)s to below %(high)s") % {
            "low": f"{item.from_value}{unit}", "high": f"{item.below}{unit}",
        },
        "percent": worth,
        "amount": amount,
    }


def minimum(credit: CreditTerm, currency: str) -> str:
    """The smallest credit that is paid; empty when any is."""
    return money(Decimal(credit.minimum), currency) if Decimal(credit.minimum or 0) else ""


def together(terms: Terms) -> str:
    """How the credits of a period go together; empty while they just add up."""
    rule, most = terms.crediting.rule, terms.crediting.most
    said = [
        _("Of several credits of a period only the largest is paid.") if rule == "largest" else "",
        _("All credits of a period together are at most %s.") % money(Decimal(most), terms.agreement.currency)
        if most else "",
    ]  # fmt: skip
    return " ".join(filter(None, said))


def money(amount: Decimal, currency: str) -> str:
    """An amount with at least two places and no rounding: an exact third of a cent is said as it is."""
    whole, _point, places = plain(amount).partition(".")
    return f"{currency}{NBSP}{int(whole):,}.{places.ljust(2, '0')}"


def matrix(terms: Terms, contacts: Mapping[str, object]) -> list[dict]:
    """The levels with the positions of each side and, beside each, who holds it today."""
    positions = {position.key: position for position in terms.escalation.positions}
    names = {calendar.key: calendar.name for calendar in terms.calendars}
    rows = []
    for step in terms.escalation.levels:
        sides: dict[str, list] = {"provider": [], "client": []}
        for key in step.positions:
            if key in positions:
                sides[positions[key].party].append((positions[key], contacts.get(key)))
        rows.append({"level": step, "told": told(step, names), "ack": ack(step), **sides})
    return rows


def again(terms: Terms) -> str:
    """How often the whole ladder is climbed again; empty where it is not."""
    if not terms.escalation.repeats:
        return ""
    return _("If nobody acknowledges, the whole ladder is climbed again %(times)d times, each %(after)s after its"
             " last level.") % {"times": terms.escalation.repeats, "after": duration(terms.escalation.repeat_seconds)}


def told(step: Level, names: Mapping[str, str]) -> str:
    if not step.after_seconds:
        return _("at once")
    after = _("after %s") % duration(step.after_seconds)
    return f"{after} ({names.get(step.clock, step.clock)})" if step.clock else after


def ack(step: Level) -> str:
    return duration(step.ack_seconds) if step.ack_seconds else "–"


def recipients(terms: Terms) -> list[dict]:
    positions = {position.key: position for position in terms.escalation.positions}
    parties = {"provider": terms.parties.provider.organisation, "client": terms.parties.client.organisation}
    return [
        {"title": positions[key].title, "organisation": parties[positions[key].party], "key": key}
        for key in terms.reporting.recipients
        if key in positions
    ]


def responsible(terms: Terms) -> list[dict]:
    """The representatives that both parties named."""
    parties = (terms.parties.provider, terms.parties.client)
    return [{"who": who, "organisation": party.organisation} for party in parties for who in party.representatives]


def intervals(terms: Terms) -> str:
    return _(" and ").join(every(each) for each in terms.reporting.intervals) or _("on request")


def renewal(terms: Terms) -> str:
    """What happens at the end of the term, in a sentence."""
    term = terms.term
    if term.ends_on is None:
        return _("It has no fixed end; either party may end it with %s notice.") % _days(term.notice_days)
    if term.renewal == "automatic":
        words = {"months": term.renewal_months, "notice": _days(term.notice_days)}
        return _("It renews by %(months)d months unless one party gives %(notice)s notice before its end.") % words
    if term.renewal == "by_agreement":
        return _("It renews only if both parties agree on it.")
    return _("It ends on that day without notice.")


def _days(count: int) -> str:
    return ngettext("%d day's", "%d days'", count) % count


def seats(terms: Terms) -> list[dict]:
    """The boxes of the signature page, in signing order: capacities, never names, so people may change."""
    parties = {"provider": terms.parties.provider.organisation, "client": terms.parties.client.organisation}
    ordered = sorted(terms.signatories, key=lambda each: (each.step, each.party, each.slot))
    return [
        {"key": each.slot, "capacity": each.capacity, "organisation": parties[each.party], "party": each.party}
        for each in ordered
    ]
