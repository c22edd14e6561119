"""What holds and disposals ask of the officers of a party: one query."""

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.needs import Need
from accounts.rules import Grants
from agreements.models import Agreement, Party
from records.models import Disposal, Hold


def for_user(user: User, grants: Grants) -> list[Need]:
    provided, received = grants.organisations(Role.MANAGER), grants.organisations(Role.MANAGER, Role.CLIENT)
    if not received:
        return []
    asked = Hold.objects.filter(scope=OuterRef("reference"), state=Hold.State.ASKED)
    proposed = Disposal.objects.filter(scope=OuterRef("reference"), state=Disposal.State.PROPOSED)
    proposed = proposed.exclude(proposed_by=user)
    found = Agreement.objects.filter(Q(provider__in=provided) | Q(client__in=received)).annotate(
        asked=Subquery(asked.values("party")[:1]), proposed=Subquery(proposed.values("party")[:1])
    )
    rows = found.filter(Q(asked__isnull=False) | Q(proposed__isnull=False))
    return [need for agreement in rows for need in _needs(agreement, provided, received)]


def _needs(agreement, provided, received):
    mine = {Party.PROVIDER: agreement.provider_id in provided, Party.CLIENT: agreement.client_id in received}
    if agreement.asked and mine[agreement.asked]:
        yield _need(
            agreement, "hold", _("Answer the legal hold asked for on %s") % agreement.title,
            _("An auditor asks that its files stay. Until you answer nothing can go."), "lock",
        )
    other = Party.CLIENT if agreement.proposed == Party.PROVIDER else Party.PROVIDER
    if agreement.proposed and mine[other]:
        yield _need(
            agreement, "disposal", _("May the files of %s go?") % agreement.title,
            _("Their time is over and the other party proposes to dispose of them."), "trash",
        )


def _need(agreement, what, title, text, icon):
    return Need(
        key=f"{what}:{agreement.reference}", title=title, text=text,
        url=reverse("agreements:files", args=[agreement.reference]), verb=_("Look"), tone="warn", icon=icon,
    )
