"""Rules about who agrees, for what, how long, and who signs."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from agreements import tracing
from agreements.lint.finding import Facts, Finding, day, error, note, numbered, twice, warning
from agreements.terms import Terms

LONGEST_REVIEW = 12  # months, by the procedure


def heading(terms: Terms, facts: Facts) -> Iterator[Finding]:
    if not terms.agreement.title.strip():
        yield error("no-title", "agreement.title", _("The agreement has no title."))
    try:
        ZoneInfo(terms.agreement.timezone)
    except (KeyError, ValueError, OSError):
        yield error("unknown-timezone", "agreement.timezone", _("%s is no time zone.") % terms.agreement.timezone)


def parties(terms: Terms, facts: Facts) -> Iterator[Finding]:
    for side, party in (("provider", terms.parties.provider), ("client", terms.parties.client)):
        if not party.organisation.strip():
            yield error("no-party", f"parties.{side}.organisation", _("The %s is not named.") % words(side))
        elif not any(who.name.strip() for who in party.representatives):
            place = f"parties.{side}.representatives"
            message = _("Nobody represents %s in this agreement.") % party.organisation
            yield warning("no-representative", place, message)
        if side in facts.external:
            message = _("%s is no internal organisation: an OLA is agreed within the house, a UC with a supplier.")
            yield error("ola-external", f"parties.{side}.organisation", message % party.organisation)


def services(terms: Terms, facts: Facts) -> Iterator[Finding]:
    if not terms.services:
        yield error("no-service", "services", _("The agreement names no service."))


def term(terms: Terms, facts: Facts) -> Iterator[Finding]:
    starts, ends = day(terms.term.effective_from), day(terms.term.ends_on)
    if starts is None:
        yield error("no-start", "term.effective_from", _("The day from which it holds is missing."))
    if terms.term.ends_on is not None and ends is None:
        yield error("bad-end", "term.ends_on", _("The last day is no date."))
    if starts and ends and ends < starts:
        yield error("end-before-start", "term.ends_on", _("It ends before it begins."))
    if starts and facts.not_before and starts <= facts.not_before:
        yield error(
            "start-before-base",
            "term.effective_from",
            _("A change must begin after the version that it changes, which holds from %s.") % facts.not_before,
        )
    if starts and starts < facts.today:
        yield warning("start-past", "term.effective_from", _("The first day is in the past."))


def renewal(terms: Terms, facts: Facts) -> Iterator[Finding]:
    if terms.term.renewal not in ("none", "automatic", "by_agreement"):
        yield error("unknown-renewal", "term.renewal", _("What happens at the end is not said."))
    if terms.term.renewal == "automatic" and terms.term.ends_on is None:
        yield error("renewal-without-end", "term.ends_on", _("It renews, but has no day on which it ends."))
    if terms.term.renewal == "automatic" and terms.term.renewal_months < 1:
        yield error("renewal-without-months", "term.renewal_months", _("It renews by no month."))
    if terms.term.notice_days < 0:
        yield error("bad-notice", "term.notice_days", _("A notice cannot be shorter than no day."))


def review(terms: Terms, facts: Facts) -> Iterator[Finding]:
    months = terms.review.interval_months
    if not 1 <= months <= LONGEST_REVIEW:
        yield error(
            "review-interval",
            "review.interval_months",
            _("It must be reviewed at least every 12 months; here it says %d.") % months,
        )


def signatories(terms: Terms, facts: Facts) -> Iterator[Finding]:
    for side in ("provider", "client"):
        if not any(seat.party == side for seat in terms.signatories):
            yield error("nobody-signs", "signatories", _("Nobody signs for the %s.") % words(side))
        elif side not in facts.able:
            yield warning(
                "no-authority",
                "signatories",
                _("Nobody of the %s has signing authority on record; it cannot be sent for signature.") % words(side),
            )
    for slot in twice(seat.slot for seat in terms.signatories):
        yield error("slot-twice", "signatories", _("The signature %s is there twice.") % slot)
    for place, seat in numbered(terms.signatories, "signatories"):
        if seat.party not in ("provider", "client"):
            yield error("unknown-party", f"{place}.party", _("%s signs for nobody.") % seat.capacity)
        if not seat.capacity.strip():
            yield error("no-capacity", f"{place}.capacity", _("A signature does not say in which capacity."))
        if seat.step < 1:
            yield error("bad-step", f"{place}.step", _("The signing order starts with 1."))


def requirements(terms: Terms, facts: Facts) -> Iterator[Finding]:
    held = {item.number for item in terms.requirements}
    for number in sorted(facts.accepted - held):
        yield warning(
            "requirement-left-out",
            "requirements",
            _("Requirement %s was accepted and is not in the agreement.") % number,
        )
    for index, item in tracing.unanswered(terms):
        words_ = {"number": item.number, "text": item.text}
        message = _("Requirement %(number)s “%(text)s” is answered by no KPI and named in no clause.") % words_
        yield warning("requirement-open", f"requirements.{index}", message)


def traces(terms: Terms, facts: Facts) -> Iterator[Finding]:
    """The way back: targets that nobody asked for, and numbers that lead nowhere."""
    for index, kpi in tracing.untraced(terms):
        message = _("%s answers no requirement: nobody can see whom it serves.") % f"{kpi.key} {kpi.name}"
        yield note("kpi-untraced", f"kpis.{index}", message)
    for index, clause, number in tracing.dangling(terms):
        words_ = {"title": clause.title, "number": number}
        message = _("The clause “%(title)s” names %(number)s, which is no requirement of the agreement.") % words_
        yield note("clause-names-nothing", f"clauses.{index}.body", message)


def words(side: str) -> str:
    return {"provider": _("provider"), "client": _("client")}.get(side, side)


RULES = [heading, parties, services, term, renewal, review, signatories, requirements, traces]
