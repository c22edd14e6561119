"""The head of the chain, told to the parties: neither they nor the operator can rewrite what was before it."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import nudge
from accounts.models import Role, User
from accounts.notifications import notify
from agreements import ending_notices, people
from agreements.models import Agreement, Party
from records import audit, heads
from records.models import ChainLink


@transaction.atomic
def publish_head(*, now: datetime) -> int:
    """Once a day seal the head of the chain and mail it to both parties of every agreement; returns to how many.

    To a party's auditors; where it has none, to the first who speaks for it.
    """
    head = heads.publish(at=now)
    if head is None:
        return 0
    link = ChainLink.objects.get(seq=head.seq)
    audit.record("chain.published", link, actor=None, at=now, seq=head.seq, hash=head.hash)
    text = _(
        "Keep this mail. It proves that no entry of the portal's records up to number %(seq)d was changed since:\n\n"
        "%(seq)d %(hash)s\n\nWhoever runs the portal can show the entry with this number and recompute its hash."
    ) % {"seq": head.seq, "hash": head.hash}
    told = notify(
        list(_witnesses(now)), key=f"head:{head.seq}", title=_("Head of the records, %s") % now.date().isoformat(),
        text=text, url=reverse("verify"), at=now,
    )
    nudge.engine("accounts.deliver")
    return told


def _witnesses(now: datetime) -> Iterator[User]:
    active = Agreement.objects.filter(state=Agreement.State.ACTIVE).select_related("provider", "client")
    sides = {agreement.organisation_of(party): (agreement, party) for agreement in active for party in Party.values}
    for organisation, (agreement, party) in sides.items():
        yield from people.members(organisation, Role.AUDITOR, at=now) or ending_notices.side(agreement, party, now)[:1]
