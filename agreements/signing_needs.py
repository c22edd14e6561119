"""What signing asks of a person: to sign, to send, to look why a seal fails. Three queries."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.needs import Need
from accounts.rules import Grants
from agreements.models import Round, Slot, Version

ASKED = (Slot.State.INVITED, Slot.State.OPENED)


def for_user(user: User, grants: Grants, now: datetime) -> list[Need]:
    return [*_to_sign(user, now), *_to_send(grants), *_unsealed(grants)]


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


def _to_send(grants: Grants) -> list[Need]:
    return [
        Need(
            key=f"send:{version.pk}:{version.draft_number}",
            title=_("Send %(title)s for signature") % {"title": version.agreement.title},
            text=_("%s is agreed by everybody asked.") % version,
            url=reverse("agreements:send", args=[version.agreement.reference, version.label]),
            verb=_("Choose who signs"),
            icon="send",
        )
        for version in _managed(grants).filter(state=Version.State.READY)
    ]


def _unsealed(grants: Grants) -> list[Need]:
    return [
        Need(
            key=f"seal:{version.pk}",
            title=_("The document of %s could not be made yet") % version,
            text=version.seal_error[:200],
            url=reverse("agreements:signing", args=[version.agreement.reference, version.label]),
            verb=_("Look at it"),
            tone="bad",
            icon="alert-octagon",
        )
        for version in _managed(grants)
        .filter(state__in=[Version.State.SIGNING, Version.State.SEALING])
        .exclude(seal_error="")
    ]


def _managed(grants: Grants):
    return Version.objects.filter(
        agreement__provider__in=grants.organisations(Role.MANAGER)
    ).select_related("agreement")
