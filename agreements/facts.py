"""What stands beside the terms on a day: contacts and revision history. Rows -> plain values."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from agreements import printing, signing
from agreements.models import Agreement, PositionHolder, Round, Version
from agreements.terms import Terms


def of_round(round_: Round) -> printing.Facts:
    """The facts printed into the document of a round, as of the moment it was opened; the same at any time."""
    version = round_.version
    return printing.Facts(
        as_of=round_.opened_at,
        sha256=version.terms_sha256,
        contacts=contacts(version.agreement, round_.opened_at),
        revisions=revisions(version),
        verify_url=verify_url(),
    )


def of_version(version: Version, at: datetime) -> printing.Facts:
    """The facts of a version that is not in a round: those of its last round, else of this moment."""
    last = version.rounds.order_by("-number").first() if version.terms_sha256 else None
    if last is not None:
        last.version = version
        return of_round(last)
    return printing.Facts(
        as_of=at, contacts=contacts(version.agreement, at), revisions=revisions(version), verify_url=verify_url()
    )


def contacts(agreement: Agreement, at: datetime) -> list[printing.Contact]:
    held = PositionHolder.objects.filter(agreement=agreement, since__lte=at).filter(Q(until=None) | Q(until__gt=at))
    return [
        printing.Contact(row.position, row.user.name, row.user.email)
        if row.user
        else printing.Contact(row.position, _("duty roster %s") % row.roster.name, "")
        for row in held.select_related("user", "roster").order_by("position")
    ]


def revisions(version: Version) -> list[printing.Revision]:
    """This version and those it was built on, newest first."""
    rows, each = [], version
    while each is not None:
        rows.append(_revision(each, own=each is version))
        each = each.base
    return rows


def _revision(version: Version, *, own: bool) -> printing.Revision:
    terms = version.read_terms()
    zone = ZoneInfo(terms.agreement.timezone)
    why = version.reason_text or version.get_reason_display()
    if version.reason_source:
        why = f"{why} ({version.reason_source})"
    signed = version.concluded_at.astimezone(zone).date() if version.concluded_at and not own else None
    return printing.Revision(
        version.label, _first_day(terms), why, version.created_by.name, signed
    )


def _first_day(terms: Terms) -> date | None:
    try:
        start = signing.effective_from(terms.term, terms.agreement)
    except signing.Refused:
        return None
    return start.astimezone(ZoneInfo(terms.agreement.timezone)).date()


def verify_url() -> str:
    return f"{settings.SITE_URL}/verify/"
