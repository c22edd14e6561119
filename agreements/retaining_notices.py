"""Who is told of holds and disposals. Call these in the act's transaction."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.notifications import notify
from agreements import ending_notices, retaining
from agreements.models import Agreement
from records.models import Disposal, Hold


def hold(agreement: Agreement, hold: Hold, *, at: datetime) -> None:
    """Asked for: the officers who answer. Set, refused, lifted: both sides, and who asked."""
    words = {"title": agreement.title, "reason": hold.answer or hold.reason}
    titles = {
        Hold.State.ASKED: _("A legal hold is asked for on %(title)s"),
        Hold.State.STANDING: _("A legal hold stands on %(title)s"),
        Hold.State.REFUSED: _("The legal hold on %(title)s was refused"),
        Hold.State.LIFTED: _("A legal hold on %(title)s was lifted"),
    }
    who = [hold.asked_by]
    if hold.state == Hold.State.ASKED:
        who = ending_notices.side(agreement, hold.party, at)
    elif hold.state != Hold.State.REFUSED:
        who += ending_notices.sides(agreement, at)
    notify(
        who, key=f"hold:{hold.pk}:{hold.state}", title=titles[hold.state] % words, text=words["reason"],
        url=_url(agreement), at=at, scope=agreement.reference,
    )


def disposal(agreement: Agreement, disposal: Disposal, *, at: datetime) -> None:
    """Both sides hear of each step; whoever may agree is asked."""
    words = {
        "title": agreement.title, "proposer": disposal.proposed_by, "person": disposal.answered_by,
        "rule": disposal.rule, "reason": disposal.answer,
    }
    titles = {
        Disposal.State.PROPOSED: _("%(proposer)s proposes to dispose of the files of %(title)s"),
        Disposal.State.AGREED: _("The files of %(title)s are disposed of"),
        Disposal.State.REFUSED: _("The files of %(title)s stay: %(person)s refused to dispose of them"),
    }
    texts = {
        Disposal.State.PROPOSED: _(
            "Their time is over (%(rule)s). Download what you still need, set a hold if they must stay, or agree."
        ),
        Disposal.State.AGREED: _(
            "%(proposer)s proposed it, %(person)s agreed. Names and hashes stay, and the history of each file."
        ),
        Disposal.State.REFUSED: "%(reason)s",
    }
    who = [*ending_notices.both(agreement, at), *retaining.second_persons(agreement, disposal, at)]
    notify(
        who, key=f"disposal:{disposal.pk}:{disposal.state}", title=titles[disposal.state] % words,
        text=texts[disposal.state] % words, url=_url(agreement), at=at, scope=agreement.reference,
    )


def _url(agreement: Agreement) -> str:
    return reverse("agreements:files", args=[agreement.reference])
