"""What holds and disposals ask of the officers of a party; no query of its own, ending_needs loads it too."""

from collections.abc import Iterable

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.needs import Need
from agreements.models import Party, Version
from records.models import Disposal, Hold


def asked(user: User, reference: OuterRef) -> dict[str, Subquery]:
    """The party whose officers are asked for a hold, and the party that proposes a disposal; None for neither."""
    holds = Hold.objects.filter(scope=reference, state=Hold.State.ASKED)
    proposed = Disposal.objects.filter(scope=reference, state=Disposal.State.PROPOSED).exclude(proposed_by=user)
    return {
        "hold_asked": Subquery(holds.values("party")[:1]), "disposal_by": Subquery(proposed.values("party")[:1])
    }


def of(versions: Iterable[Version], provided: set[int], received: set[int]) -> list[Need]:
    """The needs of versions that carry `asked`, once an agreement."""
    first = {version.agreement_id: version for version in versions}
    return [need for version in first.values() for need in _needs(version, provided, received)]


def _needs(version, provided, received):
    agreement = version.agreement
    mine = {Party.PROVIDER: agreement.provider_id in provided, Party.CLIENT: agreement.client_id in received}
    if version.hold_asked and mine[version.hold_asked]:
        yield _need(
            agreement, "hold", _("Answer the legal hold asked for on %s") % agreement.title,
            _("An auditor asks that its files stay. Until you answer nothing can go."), "lock",
        )
    other = Party.CLIENT if version.disposal_by == Party.PROVIDER else Party.PROVIDER
    if version.disposal_by and mine[other]:
        yield _need(
            agreement, "disposal", _("May the files of %s go?") % agreement.title,
            _("Their time is over and the other party proposes to dispose of them."), "trash",
        )


def _need(agreement, what, title, text, icon):
    return Need(
        key=f"{what}:{agreement.reference}", title=title, text=text,
        url=reverse("agreements:files", args=[agreement.reference]), verb=_("Look"), tone="warn", icon=icon,
    )
