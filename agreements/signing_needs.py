"""What signing asks of a person: to sign, to send, to find another signer, to look why a seal fails. One query."""

from datetime import datetime

from django.db.models import Case, Exists, OuterRef, Q, When
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role, SigningAuthority, User
from accounts.needs import Need
from accounts.rules import Grants
from agreements.keeping import kept_by
from agreements.models import Party, Round, Slot, Version
from agreements.signing import ASKABLE, ASKED

UNDER_WAY = (Version.State.SIGNING, Version.State.SEALING)


def for_user(user: User, grants: Grants, now: datetime) -> list[Need]:
    """What one is asked to sign oneself, and the seats of one's house whose person cannot sign any more."""
    ours = kept_by(grants.organisations(Role.MANAGER), "round__version__agreement__")
    slots = (
        Slot.objects.filter(state__in=ASKABLE, round__state=Round.State.OPEN, round__deadline__gt=now)
        .annotate(is_able=_is_able(now))
        .filter(Q(person=user, state__in=ASKED) | ours & Q(is_able=False))
        .select_related("person", "round__version__agreement")
        .defer("round__version__terms")
    )
    return [_to_sign(slot) if slot.person_id == user.pk and slot.state in ASKED else _gone(slot) for slot in slots]


def _is_able(now: datetime) -> Case:
    """Whether a seat's person could sign: an open account, and authority on record for the seat's side."""
    held = SigningAuthority.objects.current(now).filter(user=OuterRef("person"))
    sides = [
        Q(party=party) & Exists(held.filter(organisation=OuterRef(f"round__version__agreement__{party}")))
        for party in Party.values
    ]
    return Case(When(Q(person__is_active=True) & (sides[0] | sides[1]), then=True), default=False)


def _to_sign(slot: Slot) -> Need:
    return Need(
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


def _gone(slot: Slot) -> Need:
    return Need(
        key=f"slot:{slot.pk}:gone",
        title=_("%(name)s cannot sign %(version)s any more")
        % {"name": slot.person, "version": slot.round.version},
        text=_("The account is closed or the authority has ended. Let somebody else sign as %s; the round goes on.")
        % slot.capacity,
        url=reverse("agreements:reassign", args=[slot.pk]),
        verb=_("Change signer"),
        due=slot.round.deadline,
        tone="bad",
        icon="alert-triangle",
    )


def managed(grants: Grants) -> Q:
    """Versions of one's house that are ready to send, or whose document could not be made.

    A condition: ending_needs asks for them with its own, so that a home needs one query less.
    """
    asks = Q(state=Version.State.READY) | Q(state__in=UNDER_WAY) & ~Q(seal_error="")
    return kept_by(grants.organisations(Role.MANAGER), "agreement__") & asks


def of_version(version: Version) -> Need:
    return _to_send(version) if version.state == Version.State.READY else _unsealed(version)


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
