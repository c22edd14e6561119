"""A new agreement takes the place of an old one."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from agreements.locking import lock
from agreements.models import Agreement
from agreements.signing import Refused
from records import audit


@transaction.atomic
def name_successor(agreement: Agreement, *, successor: Agreement, actor: User, at: datetime) -> Agreement:
    """Say that an agreement in preparation replaces this one once it is signed; returns the successor.

    Both must be between the same parties. Raises Refused ("successor"), TransitionNotAllowed when the
    successor was signed, given up or named for another one meanwhile.
    """
    successor, at = lock(Agreement.objects.all(), successor.pk, at)
    agreement = Agreement.objects.get(pk=agreement.pk)
    if successor.state != Agreement.State.PREPARING or successor.predecessor_id is not None:
        raise TransitionNotAllowed("this agreement can no longer be named as a successor")
    same = (agreement.provider_id, agreement.client_id) == (successor.provider_id, successor.client_id)
    if not same or agreement.state != Agreement.State.ACTIVE or agreement.pk == successor.pk:
        raise Refused(_("Choose an agreement in preparation between the same parties."), "successor")
    successor.predecessor, successor.changed_at = agreement, at
    successor.save(update_fields=["predecessor", "changed_at"])
    audit.record(
        "agreement.successor_named", agreement, actor=actor, at=at, scope=agreement.reference,
        successor=successor.reference,
    )
    return successor
