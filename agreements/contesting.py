"""Contested signatures as the page of signatures shows them, and who is told. Acts are in actions/contesting.py."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import identity
from accounts.models import SigningAuthority
from accounts.notifications import notify
from agreements import ending_notices, retaining_rules
from agreements.forms.ending import ProofForm
from agreements.forms.retaining import StayForm
from agreements.models import Agreement, Contest, Slot, Version

CONCLUDED = (Version.State.SEALING, Version.State.EXECUTED)


def may(request, agreement: Agreement, version: Version) -> bool:
    """Contest a signature: whoever speaks for a party, once the contract is concluded."""
    return version.state in CONCLUDED and bool(retaining_rules.officer_for(request.grants, agreement))


def of_version(request, agreement: Agreement, version: Version, wrong=None) -> list[Contest]:
    """The contests of a version's signatures, each with what this person may do."""
    found = Contest.objects.filter(slot__round__version=version)
    rows = list(found.select_related("slot__person", "raised_by", "answered_by", "document"))
    held = set()
    if rows:
        current = SigningAuthority.objects.current(request.now).filter(user=request.user)
        held = set(current.values_list("organisation_id", flat=True))
    for each in rows:
        organisation = agreement.organisation_of(each.slot.party)
        each.organisation = organisation
        own = each.slot.person_id == request.user.pk
        each.may_ratify = each.is_open and organisation.pk in held and not own
        each.may_withdraw = each.is_open and each.raised_by_id == request.user.pk
        each.proof_form = ProofForm(
            auto_id=f"ratify-{each.pk}-%s", second_factor=identity.has_second_factor(request.user)
        )
        each.stay_form = StayForm(auto_id=f"contest-{each.pk}-%s")
        if wrong is not None and request.path.startswith(f"/contests/{each.pk}/"):
            each.stay_form, each.proof_form = (
                (each.stay_form, wrong) if isinstance(wrong, ProofForm) else (wrong, each.proof_form)
            )
    return rows


def told(agreement: Agreement, contest: Contest, *, at: datetime) -> None:
    """Both sides and the signatory hear of each step."""
    words = {"version": contest.slot.round.version, "name": contest.slot.person}
    titles = {
        Contest.State.OPEN: _("The authority of %(name)s to sign %(version)s is contested"),
        Contest.State.RATIFIED: _("The signature of %(name)s on %(version)s was ratified"),
        Contest.State.WITHDRAWN: _("The signature of %(name)s on %(version)s is contested no more"),
    }
    open_ = _("%s\n\nThe signature stays as it is. Its party can ratify it, or the agreement be ended.")
    text = open_ % contest.reason if contest.is_open else contest.answer or str(contest)
    notify(
        [contest.slot.person, *ending_notices.both(agreement, at)], key=f"contest:{contest.pk}:{contest.state}",
        title=titles[contest.state] % words, text=text, url=page(contest.slot), at=at, scope=agreement.reference,
    )


def page(slot: Slot) -> str:
    version = slot.round.version
    return reverse("agreements:signing", args=[version.agreement.reference, version.label])
