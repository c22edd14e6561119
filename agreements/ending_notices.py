"""Who is told what about the end of an agreement. Call these in the act's transaction."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Role, User
from accounts.notifications import notify
from agreements import people
from agreements.models import Agreement, Ending, Party, Version
from agreements.signing_notices import moment

# Those who speak for their side: they are told, and may confirm that a notice arrived.
SPEAKERS = {Party.PROVIDER: (Role.MANAGER,), Party.CLIENT: (Role.MANAGER, Role.CLIENT)}


def side(agreement: Agreement, party: str, at: datetime) -> list[User]:
    return people.members(agreement.organisation_of(party), *SPEAKERS[party], at=at)


def sides(agreement: Agreement, at: datetime) -> list[User]:
    return [*side(agreement, Party.PROVIDER, at), *side(agreement, Party.CLIENT, at)]


def both(agreement: Agreement, at: datetime) -> list[User]:
    return [agreement.owner, *sides(agreement, at)]


def declared(ending: Ending, *, at: datetime) -> None:
    """Both sides hear of a notice or of a proposal to end; the other side's turn it is."""
    agreement = ending.agreement
    words = {
        "organisation": agreement.organisation_of(ending.party), "title": agreement.title,
        "day": date_format(ending.last_day, "j F Y"),
    }
    if ending.is_mutual:
        title = _("%(organisation)s proposes to end %(title)s") % words
        text = _("Its last day would be %(day)s. It ends only if the other party signs that, too.") % words
    else:
        title = _("%(organisation)s ends %(title)s") % words
        text = _("Its last day is %(day)s. Until then everything goes on as agreed.") % words
    _tell(ending, "declared", both(agreement, at), title, _with(text, ending.reason), at)


def answered(ending: Ending, *, at: datetime) -> None:
    agreement = ending.agreement
    words = {"title": agreement.title, "day": date_format(ending.last_day, "j F Y"), "person": ending.answered_by}
    titles = {
        Ending.State.STANDING: _("%(title)s ends by agreement on %(day)s"),
        Ending.State.REFUSED: _("%(person)s refused to end %(title)s"),
        Ending.State.WITHDRAWN: _("%(title)s goes on: the end was taken back"),
    }
    title = titles[ending.state] % words
    _tell(ending, ending.state, both(agreement, at), title, ending.answer or title, at)


def received(ending: Ending, *, at: datetime) -> None:
    if ending.received_by:
        text = _("%s confirmed that it arrived.") % ending.received_by
    else:
        text = _("Nobody confirmed it; it counts as received by the days that have passed.")
    title = _("The notice for %s counts as received") % ending.agreement.title
    _tell(ending, "received", [ending.given_by, ending.agreement.owner], title, text, at)


def recall_asked(ending: Ending, *, at: datetime) -> None:
    words = {"person": ending.recall_by, "title": ending.agreement.title}
    title = _("%(person)s asks to take back the notice for %(title)s") % words
    text = _with(_("The agreement goes on if you consent; otherwise the notice stands."), ending.recall_reason)
    people_ = side(ending.agreement, ending.other, at)
    _tell(ending, f"recall:{ending.recall_at.isoformat()}", people_, title, text, at)


def recall_refused(ending: Ending, *, at: datetime) -> None:
    title = _("The notice for %s stands: the other party did not consent") % ending.agreement.title
    people_ = side(ending.agreement, ending.party, at)
    _tell(ending, f"kept:{at.isoformat()}", people_, title, title, at)


def reminded(agreement: Agreement, kind: str, on: date, left: int, *, kept: bool, stage: int, at: datetime) -> None:
    """Both sides hear that a day comes near; of a notice day that its keeper has decided on, the other side alone."""
    words = {"title": agreement.title, "day": date_format(on, "j F Y"), "days": left}
    if kind == "notice_by":
        title = _("%(title)s: notice is possible until %(day)s") % words
        text = _("Without notice by the end of that day it renews. Keep it, or give notice.")
        who = side(agreement, agreement.other_party, at) if kept else both(agreement, at)
    else:
        title = _("%(title)s ends on %(day)s") % words
        text = _("It holds to the end of that day, and nothing is measured after it.")
        who = both(agreement, at)
    left_words = ngettext("%(days)d day is left.", "%(days)d days are left.", left) % words
    notify(
        who, key=f"term:{agreement.pk}:{kind}:{on.isoformat()}:{stage}", title=title, text=f"{text} {left_words}",
        url=reverse("agreements:term", args=[agreement.reference]), at=at, scope=agreement.reference,
    )


def renewed(agreement: Agreement, last_day: date, *, at: datetime) -> None:
    title = _("%s has renewed") % agreement.title
    text = _("Nobody gave notice; the new term runs to %s.") % date_format(last_day, "j F Y")
    notify(
        [agreement.owner], key=f"term:{agreement.pk}:renewed:{last_day.isoformat()}", title=title, text=text,
        url=reverse("agreements:term", args=[agreement.reference]), at=at, scope=agreement.reference, mail=False,
    )


def replaced(agreement: Agreement, by: Version, *, at: datetime) -> None:
    words = {"title": agreement.title, "successor": by.agreement, "moment": moment(agreement.ends_at, by)}
    notify(
        both(agreement, at), key=f"agreement:{agreement.pk}:replaced", title=_("%(title)s is replaced") % words,
        text=_("%(successor)s takes its place from %(moment)s; until then everything goes on as agreed.") % words,
        url=reverse("agreements:term", args=[agreement.reference]), at=at, scope=agreement.reference,
    )


def ended(agreement: Agreement, timezone: str, *, at: datetime) -> None:
    last_day = agreement.ends_at.astimezone(ZoneInfo(timezone)) - timedelta(seconds=1)
    words = {"title": agreement.title, "day": date_format(last_day.date(), "j F Y")}
    notify(
        both(agreement, at), key=f"agreement:{agreement.pk}:ended", title=_("%(title)s has ended") % words,
        text=_("Its last day was %(day)s. Nothing is measured after it; what is on record stays.") % words,
        url=agreement.get_absolute_url(), at=at, scope=agreement.reference,
    )


def _tell(ending: Ending, what: str, who: Iterable[User], title: str, text: str, at: datetime) -> None:
    notify(
        who, key=f"ending:{ending.pk}:{what}", title=title, text=text, url=ending.get_absolute_url(), at=at,
        scope=ending.agreement.reference,
    )


def _with(text: str, reason: str) -> str:
    return f"{text}\n\n{reason}" if reason else text
