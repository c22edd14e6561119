"""What people keep and take of the list of agreements: saved views, exports, a new owner."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Membership, Organisation, Role, User
from agreements import rounds
from agreements.locking import lock
from agreements.models import Agreement, SavedView
from agreements.signing import Refused
from records import audit

MOST_VIEWS = 20


@transaction.atomic
def save_view(
    *, name: str, query: str, organisation: Organisation | None, actor: User, at: datetime
) -> SavedView:
    """Keep filters of the list under a name, for oneself or (organisation) for everybody there.

    Raises Refused ("name") when one has a view of that name, or too many.
    """
    if actor.saved_views.count() >= MOST_VIEWS:
        raise Refused(_("You have %d saved views. Delete one first.") % MOST_VIEWS, "name")
    view = _kept(SavedView(owner=actor, name=name, query=query, organisation=organisation, created_at=at))
    shared = organisation.name if organisation else ""
    audit.record("view.saved", view, actor=actor, at=at, name=name, query=query, shared_with=shared)
    return view


@transaction.atomic
def change_view(
    view: SavedView, *, name: str, organisation: Organisation | None, actor: User, at: datetime
) -> SavedView:
    """Rename one's view, share it or take it back. Raises Refused ("name")."""
    view = SavedView.objects.select_for_update().get(pk=view.pk)
    before = view.name
    view.name, view.organisation = name, organisation
    _kept(view)
    shared = organisation.name if organisation else ""
    audit.record("view.changed", view, actor=actor, at=at, before=before, name=name, shared_with=shared)
    return view


@transaction.atomic
def delete_view(view: SavedView, *, actor: User, at: datetime) -> None:
    """Forget a saved view; what it showed stays."""
    audit.record("view.deleted", view, actor=actor, at=at, name=view.name, query=view.query)
    view.delete()


@transaction.atomic
def note_export(*, count: int, query: str, actor: User, at: datetime) -> User:
    """Record that somebody took a list of agreements with them: how many, under which filters."""
    audit.record("list.exported", actor, actor=actor, at=at, count=count, query=query)
    return actor


@transaction.atomic
def change_owner(agreement: Agreement, *, owner: User, actor: User, at: datetime) -> Agreement:
    """Give an agreement to another SLA manager of who keeps it. Raises Refused ("owner")."""
    agreement, at = lock(Agreement.objects.select_related("owner", "provider", "client"), agreement.pk, at)
    managers = Membership.objects.current(at).filter(organisation=agreement.keeper, role=Role.MANAGER)
    if not owner.is_active or not managers.filter(user=owner).exists():
        raise Refused(_("%s is no SLA manager of the organisation that keeps it.") % owner, "owner")
    before, agreement.owner = agreement.owner, owner
    agreement.save(update_fields=["owner"])
    rounds.touch(agreement, at)
    audit.record(
        "agreement.handed_over", agreement, actor=actor, at=at, scope=agreement.reference,
        before=before.email, after=owner.email,
    )
    return agreement


def _kept(view: SavedView) -> SavedView:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise Refused(_("You have a view of this name already."), "name") from error
    return view
