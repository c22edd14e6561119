"""How long the files of one scope are kept, what holds them longer, and what is left of them afterwards."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from records.models import Disposal, Document, Hold, Tombstone


def kept_until(last: datetime, *, years: int, timezone: str) -> datetime:
    """The first moment at which files may go: `years` whole calendar years after the local year of the `last` event.

    Counted from the end of the year, as commercial and tax law count the keeping of contracts and vouchers
    (for example section 257 (5) of the German Commercial Code).
    """
    zone = ZoneInfo(timezone)
    year = last.astimezone(zone).year + years + 1
    return datetime(year, 1, 1, tzinfo=zone).astimezone(UTC)


def last_event(scope: str, ended: datetime) -> datetime:
    """The end of the scope's life, or the storing of its newest file where that came later."""
    newest = Document.objects.filter(scope=scope).order_by("-stored_at").values_list("stored_at", flat=True).first()
    return max(ended, newest) if newest else ended


def rule() -> str:
    """The rule in force, as it is written down with each disposal."""
    years = ngettext("%(years)d year", "%(years)d years", settings.RETENTION_YEARS) % {
        "years": settings.RETENTION_YEARS
    }
    return _("%(years)s after the end of the year in which the agreement ended or its last file was stored") % {
        "years": years
    }


def last_day(until: datetime, timezone: str) -> date:
    """The last day of keeping, in a zone."""
    return (until.astimezone(ZoneInfo(timezone)) - timedelta(seconds=1)).date()


def is_held(scope: str) -> bool:
    """Whether a hold stands, or was asked for and has no answer yet."""
    return Hold.objects.open().filter(scope=scope).exists()


def tombstone_of(document: Document) -> Tombstone | None:
    related = Tombstone.objects.select_related("disposal__proposed_by", "disposal__answered_by")
    return related.filter(document=document).first()


def epitaph(disposal: Disposal) -> str:
    """What a reader of a disposed file's page is told: when, by whom, by which rule."""
    return _("Disposed of on %(day)s by %(first)s and %(second)s under the rule: %(rule)s.") % {
        "day": date_format(disposal.answered_at, "j F Y"), "first": disposal.proposed_by,
        "second": disposal.answered_by, "rule": disposal.rule,
    }
