"""Who is told what while a version is being signed. Call these in the act's transaction."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.notifications import notify
from agreements import signing
from agreements.models import Round, Slot, Version


def invite(slot: Slot, *, at: datetime) -> None:
    version = slot.round.version
    notify(
        [slot.person],
        key=f"slot:{slot.pk}:invited",
        title=_("Please sign: %(title)s") % {"title": version.agreement.title},
        text=_("%(version)s waits for your signature as %(capacity)s, until %(deadline)s.")
        % {"version": version, "capacity": slot.capacity, "deadline": moment(slot.round.deadline, version)},
        url=slot.get_absolute_url(),
        at=at,
        scope=version.agreement.reference,
        group=group(slot.round),
    )


def remind(slot: Slot, *, at: datetime) -> int:
    """Remind a signatory, once a day at most; returns 0 when they were reminded today already."""
    version = slot.round.version
    return notify(
        [slot.person],
        key=f"slot:{slot.pk}:reminded:{at.date().isoformat()}",
        title=_("Reminder: please sign %(title)s") % {"title": version.agreement.title},
        text=_("%(version)s still waits for your signature, until %(deadline)s.")
        % {"version": version, "deadline": moment(slot.round.deadline, version)},
        url=slot.get_absolute_url(),
        at=at,
        scope=version.agreement.reference,
        group=group(slot.round),
    )


def closing(round_: Round, *, at: datetime) -> None:
    """The owner hears once that a round ends soon without all signatures."""
    version = round_.version
    missing = round_.slots.filter(state__in=signing.ASKABLE).select_related("person")
    notify(
        [version.agreement.owner],
        key=f"round:{round_.pk}:closing",
        title=_("The time to sign %s ends soon") % version,
        text=_("It ends on %(deadline)s. Still to sign: %(names)s.")
        % {"deadline": moment(round_.deadline, version), "names": ", ".join(slot.person.name for slot in missing)},
        url=reverse("agreements:signing", args=[version.agreement.reference, version.label]),
        at=at,
        scope=version.agreement.reference,
        group=group(round_),
    )


def signed(slot: Slot, *, at: datetime) -> None:
    """The owner sees each signature arrive; in the inbox only."""
    version = slot.round.version
    notify(
        [version.agreement.owner],
        key=f"slot:{slot.pk}:signed",
        title=_("%(name)s signed %(version)s") % {"name": slot.person, "version": version},
        text=_("Signed as %(capacity)s.") % {"capacity": slot.capacity},
        url=reverse("agreements:signing", args=[version.agreement.reference, version.label]),
        at=at,
        scope=version.agreement.reference,
        mail=False,
    )


def ended(round_: Round, *, title: str, reason: str, at: datetime) -> None:
    """Everybody of the round and the owner hear why it ended; signatures given have no effect."""
    version = round_.version
    parts = [reason, _("Signatures already given have no effect. The text goes back to the owner.")]
    notify(
        [*people(round_), version.agreement.owner],
        key=f"round:{round_.pk}:ended",
        title=title,
        text="\n\n".join(part for part in parts if part),
        url=version.agreement.get_absolute_url(),
        at=at,
        scope=version.agreement.reference,
    )


def executed(version: Version, round_: Round, *, at: datetime) -> None:
    notify(
        [*people(round_), version.agreement.owner],
        key=f"version:{version.pk}:executed",
        title=_("Signed by all: %(title)s") % {"title": version.agreement.title},
        text=_("%(version)s is signed by everybody and sealed. It holds from %(day)s. The signed PDF is in the portal.")
        % {"version": version, "day": moment(version.effective_from, version)},
        url=version.agreement.get_absolute_url(),
        at=at,
        scope=version.agreement.reference,
    )


def people(round_: Round) -> Iterable[User]:
    seats = round_.slots.exclude(state=Slot.State.REASSIGNED).select_related("person")
    return [seat.person for seat in seats]


def group(round_: Round) -> str:
    """Mails of a round that are cancelled together when it ends before they were claimed."""
    return f"round:{round_.pk}"


def moment(at: datetime, version: Version) -> str:
    """A time in the zone of the agreement, which a mail must name: it may be read anywhere."""
    zone = version.terms["agreement"]["timezone"]
    return f"{date_format(at.astimezone(ZoneInfo(zone)), 'j F Y H:i')} ({zone})"
