"""The effect of other escalation, reports, reviews, duties and of another term.

What binds both sides alike (the term, its end, its notice) is neither better nor worse.
"""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.effects.effect import BETTER, NEUTRAL, NONE, WORSE, Effect, both, came, find, step
from agreements.lengths import short
from agreements.sentences import days
from agreements.terms import Level, Terms

OFTEN = {"month": 12, "quarter": 4, "year": 1}


def service(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.services, key), find(new.services, key)
    return came(
        was, now,
        added=Effect(_("One more service is covered"), BETTER),
        removed=Effect(_("This service is not covered any more"), WORSE),
    ) or NONE  # fmt: skip


def start(old: Terms, new: Terms, key: str) -> Effect:
    return _moved(old.term.effective_from, new.term.effective_from, _("Begins %s later"), _("Begins %s sooner"))


def end(old: Terms, new: Terms, key: str) -> Effect:
    return _moved(old.term.ends_on, new.term.ends_on, _("Ends %s later"), _("Ends %s sooner"))


def _moved(was: str | None, now: str | None, later: str, sooner: str) -> Effect:
    try:
        before, after = date.fromisoformat(was or ""), date.fromisoformat(now or "")
    except ValueError:
        return NONE
    span = days(abs((after - before).days))
    return step(before.toordinal(), after.toordinal(), up=later % span, down=sooner % span, more=NEUTRAL)


def renewal(old: Terms, new: Terms, key: str) -> Effect:
    was, now = old.term.renewal == "automatic", new.term.renewal == "automatic"
    if was == now:
        return NONE
    words = _("Goes on unless somebody gives notice") if now else _("Goes on only if somebody sees to it")
    return Effect(words, NEUTRAL)


def notice(old: Terms, new: Terms, key: str) -> Effect:
    span = days(abs(new.term.notice_days - old.term.notice_days))
    up, down = _("Either side must say so %s earlier") % span, _("Either side may say so %s later") % span
    return step(old.term.notice_days, new.term.notice_days, up=up, down=down, more=NEUTRAL)


def interval(old: Terms, new: Terms, key: str) -> Effect:
    was, now = old.review.interval_months, new.review.interval_months
    months = abs(now - was)
    said = ngettext("%d month", "%d months", months) % months
    up, down = _("Reviewed %s later each time") % said, _("Reviewed %s sooner each time") % said
    return step(was, now, up=up, down=down, more=WORSE)


def level(old: Terms, new: Terms, key: str) -> Effect:
    """Key of a level's line: its number."""
    was, now = _level(old, key), _level(new, key)
    if was is None or now is None:
        added = Effect(_("One more level hears of it"), BETTER)
        return came(was, now, added=added, removed=Effect(_("One level less hears of it"), WORSE)) or NONE
    return both((_clock(was, now), _after(was, now), _told(old, new, was, now), _confirmed(was, now), _night(was, now)))


def _level(terms: Terms, key: str) -> Level | None:
    return find(terms.escalation.levels, key, "level")


def _clock(was: Level, now: Level) -> Effect:
    if was.clock == now.clock:
        return NONE
    if not now.clock:
        return Effect(_("Counted day and night: sooner"), BETTER)
    return Effect(_("Counted in service hours: later"), WORSE) if not was.clock else Effect(_("Other hours"), NEUTRAL)


def _after(was: Level, now: Level) -> Effect:
    time = short(abs(now.after_seconds - was.after_seconds))
    up, down = _("Told %s later") % time, _("Told %s sooner") % time
    return step(was.after_seconds, now.after_seconds, up=up, down=down, more=WORSE)


def _told(old: Terms, new: Terms, was: Level, now: Level) -> Effect:
    titles = {each.key: each.title for each in (*old.escalation.positions, *new.escalation.positions)}
    return _people(was.positions, now.positions, titles)


def _people(was: list[str], now: list[str], titles: dict[str, str]) -> Effect:
    more = [titles.get(each, each) for each in now if each not in was]
    fewer = [titles.get(each, each) for each in was if each not in now]
    return both((
        Effect(_("Also told: %s") % ", ".join(more), NEUTRAL) if more else NONE,
        Effect(_("Not told any more: %s") % ", ".join(fewer), NEUTRAL) if fewer else NONE,
    ))


def _confirmed(was: Level, now: Level) -> Effect:
    missed = came(
        was.ack_seconds, now.ack_seconds,
        added=Effect(_("Goes on by itself when nobody takes it up"), BETTER),
        removed=Effect(_("Waits when somebody took it up, for ever"), WORSE),
    )
    if missed is not None or was.ack_seconds is None or now.ack_seconds is None:
        return missed or NONE
    time = short(abs(now.ack_seconds - was.ack_seconds))
    up, down = _("%s more to take it up") % time, _("%s less to take it up") % time
    return step(was.ack_seconds, now.ack_seconds, up=up, down=down, more=WORSE)


def _night(was: Level, now: Level) -> Effect:
    up, down = _("Wakes people at night, too"), _("Waits until the morning in quiet hours")
    return step(int(was.critical), int(now.critical), up=up, down=down, more=BETTER)


def reports(old: Terms, new: Terms, key: str) -> Effect:
    was, now = (sum(OFTEN.get(each, 0) for each in terms.reporting.intervals) for terms in (old, new))
    count = abs(now - was)
    up = ngettext("%d report a year more", "%d reports a year more", count) % count
    down = ngettext("%d report a year less", "%d reports a year less", count) % count
    return step(was, now, up=up, down=down, more=BETTER)


def recipients(old: Terms, new: Terms, key: str) -> Effect:
    titles = {each.key: each.title for each in (*old.escalation.positions, *new.escalation.positions)}
    return _people(old.reporting.recipients, new.reporting.recipients, titles)


def grace(old: Terms, new: Terms, key: str) -> Effect:
    was, now = old.reporting.grace_days, new.reporting.grace_days
    span = days(abs(now - was))
    up, down = _("The figures are final %s later") % span, _("The figures are final %s sooner") % span
    return step(was, now, up=up, down=down, more=WORSE)


def accepted(old: Terms, new: Terms, key: str) -> Effect:
    was, now = old.reporting.accepted_after_days, new.reporting.accepted_after_days
    span = days(abs(now - was))
    up, down = _("%s more to object to a report") % span, _("%s less to object to a report") % span
    return step(was, now, up=up, down=down, more=BETTER)


def duties(old: Terms, new: Terms, key: str) -> Effect:
    number = int(key)
    if len(old.duties) < number <= len(new.duties):
        return Effect(_("One more duty of the client"), WORSE)
    return Effect(_("One duty of the client less"), BETTER) if len(new.duties) < number <= len(old.duties) else NONE


def timezone(old: Terms, new: Terms, key: str) -> Effect:
    return Effect(_("Days, months and quarters begin at another hour"), NEUTRAL)


WORDS = {
    ("agreement", "timezone"): timezone,
    ("services", ""): service,
    ("term", "start"): start,
    ("term", "end"): end,
    ("term", "renewal"): renewal,
    ("term", "notice"): notice,
    ("review", "interval"): interval,
    ("escalation", ""): level,
    ("reporting", "intervals"): reports,
    ("reporting", "recipients"): recipients,
    ("reporting", "grace"): grace,
    ("reporting", "accepted"): accepted,
    ("duties", ""): duties,
}
