"""Rows of the tables -> the plain values that lifecycle.py judges. Reads only what it needs of the terms."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Prefetch, QuerySet
from django.db.models.fields.json import KT, KeyTransform

from agreements import lifecycle, opendays
from agreements.lifecycle import Declared, Life, Milestone, Standing
from agreements.models import Agreement, Version
from agreements.terms import Term


def with_lives(agreements: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """Agreements with the dates of their versions, without the terms themselves: two queries for any number."""
    versions = with_dates(Version.objects.all())
    return agreements.prefetch_related(Prefetch("versions", versions.order_by("-major", "-minor")))


def with_dates(versions: QuerySet[Version]) -> QuerySet[Version]:
    """Versions with what `life` reads of their terms, without the terms."""
    return versions.defer("terms").annotate(
        ends_on=KT("terms__term__ends_on"),
        renewal=KT("terms__term__renewal"),
        renewal_months=KT("terms__term__renewal_months"),
        notice_days=KT("terms__term__notice_days"),
        zone=KT("terms__agreement__timezone"),
        calendars=KeyTransform("calendars", "terms"),
    )


def standing(agreement: Agreement, at: datetime) -> Standing:
    """How an agreement that came by `with_lives` stands at a moment."""
    return lifecycle.standing(agreement.state, list(map(life, agreement.versions.all())), at, declared(agreement))


def milestones(agreement: Agreement, at: datetime, *, review_by: date | None = None) -> list[Milestone]:
    """The days that matter of an agreement that came by `with_lives`."""
    dates = list(map(life, agreement.versions.all()))
    return lifecycle.milestones(agreement.state, dates, at, declared=declared(agreement), review_by=review_by)


def standing_of(agreement: Agreement, versions: Iterable[Version], at: datetime) -> Standing:
    """How an agreement stands whose versions are loaded with their terms."""
    return lifecycle.standing(agreement.state, list(map(life_of, versions)), at, declared(agreement))


def declared(agreement: Agreement) -> Declared | None:
    """The end that was declared for an agreement, or that it has come to."""
    return Declared(agreement.ends_at, agreement.ends_as) if agreement.ends_at else None


def life(version: Version) -> Life:
    """The dates of a version that carries the annotations of `with_dates`."""
    term = Term(
        # SQLite's text of a JSON null is "null", PostgreSQL's is NULL.
        ends_on=None if version.ends_on == "null" else version.ends_on,
        renewal=version.renewal,
        renewal_months=int(version.renewal_months),
        notice_days=int(version.notice_days),
    )
    days = opendays.of(version.calendars)
    return Life(
        version.label, version.state, version.effective_from, version.effective_to, term, version.zone, days,
        version.imported_at is not None,
    )


def life_of(version: Version) -> Life:
    """The dates of a version whose terms are loaded."""
    document = version.read_terms()
    return Life(
        version.label, version.state, version.effective_from, version.effective_to, document.term,
        document.agreement.timezone, opendays.of(version.terms["calendars"]), version.imported_at is not None,
    )


def word(version: Version, at: datetime) -> str:
    """A version's own word; the one that its agreement ended with carries the word of that end."""
    found, agreement = lifecycle.version_word(life_of(version), at), version.agreement
    ended = found == "superseded" and agreement.ends_at is not None and version.effective_to == agreement.ends_at
    return agreement.ends_as if ended else found


def current(versions: Iterable[Version], at: datetime) -> Version | None:
    """The version to read now: the one in force, else the next to come, else the newest that was signed."""
    executed = [each for each in versions if each.state == Version.State.EXECUTED]
    for version in executed:
        if lifecycle.in_force(life_of(version), at):
            return version
    return min(
        (each for each in executed if each.effective_from > at), key=lambda each: each.effective_from, default=None
    ) or max(executed, key=lambda each: each.effective_from, default=None)
