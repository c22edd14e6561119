"""What signing asks of a person: to sign, to send, to look why a seal fails. Two queries."""

from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.needs import Need
from accounts.rules import Grants
from agreements.models import Round, Slot, Version

UNDER_WAY = (Version.State.SIGNING, Version.State.SEALING)
ASKED = (Slot.State.INVITED, Slot.State.OPENED)


def for_user(user: User, grants: Grants, now: datetime) -> list[Need]:
    return [*_to_sign(user, now), *_managed(grants)]


def _to_sign(user: User, now: datetime) -> list[Need]:
    slots = Slot.objects.filter(
        person=user, state__in=ASKED, round__state=Round.State.OPEN, round__deadline__gt=now
    ).select_related("round__version__agreement")
    return [
        Need(
            key=f"slot:{slot.pk}",
            title=_("Sign %(title)s") % {"title": slot.round.version.agreement.title},
            text=_("%(version)s waits for your signature as %(capacity)s.")
            % {"version": slot.round.version, "capacity": slot.capacity},
            url=slot.get_absolute_url(),
            verb=_("Read and sign"),
            due=slot.round.deadline,
            tone="warn",
            icon="signature",
        )
        for slot in slots
    ]


def _managed(grants: Grants) -> list[Need]:
    """Versions of one's house that are ready to send, or whose document could not be made: one query."""
    found = (
        Version.objects.filter(agreement__provider__in=grants.organisations(Role.MANAGER))
        .filter(Q(state=Version.State.READY) | Q(state__in=UNDER_WAY) & ~Q(seal_error=""))
        .select_related("agreement")
        .defer("terms")
    )
    return [_to_send(version) if version.state == Version.State.READY else _unsealed(version) for version in found]


def _to_send(version: Version) -> Need:
    return Need(
        key=f"send:{version.pk}:{version.draft_number}",
        title=_("Send %(title)s for signature") % {"title": version.agreement.title},
        text=_("%s is agreed by everybody asked.") % version,
        url=reverse("agreements:send", args=[version.agreement.reference, version.label]),
        verb=_("Choose who signs"),
        icon="send",
    )


def _unsealed(version: Version) -> Need:
    return Need(
        key=f"seal:{version.pk}",
        title=_("The document of %s could not be made yet") % version,
        text=version.seal_error[:200],
        url=reverse("agreements:signing", args=[version.agreement.reference, version.label]),
        verb=_("Look at it"),
        tone="bad",
        icon="alert-octagon",
    )
