"""The client says how satisfied they are; the score counts for the KPI that promises it."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import nudge
from accounts.models import User
from accounts.notifications import notify
from agreements.grants import load
from agreements.models import Agreement, Version
from agreements.signing import Refused
from kpis import actions as kpi_actions
from kpis.intake.rows import Sample
from kpis.models import Delivery, Period
from kpis.periods import rating_time
from kpis.text import period_name
from records import audit
from reviews import rules, satisfaction
from reviews.models import Feedback

LONGEST = 2000


@transaction.atomic
def give_feedback(
    agreement: Agreement, *, period: str, score: int, text: str, actor: User, at: datetime
) -> Feedback:
    """Say how satisfied the client is with a period ("2026-05"), from 1 (very unhappy) to 5.

    Once per person and period. Where a KPI is such a score, it is taken in as a sample of that period.
    Raises Refused: not of the client, score out of range, a period not begun, closed, or answered already.
    """
    if not rules.can_give_feedback(load(actor, at), agreement):
        raise Refused(_("Only the client's people say how satisfied the client is."))
    if score not in range(1, 6):
        raise Refused(_("Choose a number from 1 to 5."), "score")
    if len(text) > LONGEST:
        raise Refused(_("Say it in at most %d characters.") % LONGEST, "text")
    scored = _scored_period(agreement, period, at)
    feedback, created = Feedback.objects.get_or_create(
        agreement=agreement, period=period, by=actor, defaults={"score": score, "text": text, "at": at}
    )
    if not created:
        raise Refused(_("You gave your feedback for this period already."), "period")
    if scored is not None:
        _take_in(feedback, scored)
    audit.record(
        "feedback.given", feedback, actor=actor, at=at, scope=agreement.reference, period=period, score=score,
        text=text, kpi=scored.target.key if scored else "",
    )
    _tell_owner(feedback)
    return feedback


def _scored_period(agreement: Agreement, label: str, at: datetime) -> Period | None:
    """The period whose KPI takes the score, checked to be open; None where no KPI is a score."""
    open_labels = satisfaction.labels(agreement, at)
    scored = satisfaction.score_periods(at).filter(target__agreement=agreement)
    period = scored.filter(label=label).first()
    if period is not None and period.state == Period.State.CLOSED:
        raise Refused(_("This period is closed, and its figures stand."), "period")
    if label not in open_labels:
        raise Refused(_("Choose a period of this agreement that has begun."), "period")
    if period is None and _promises_a_score(agreement, at):
        raise Refused(_("The figures of this agreement are being set up. Try again in a minute."), "period")
    return period


def _promises_a_score(agreement: Agreement, at: datetime) -> bool:
    version = Version.objects.in_force(at).filter(agreement=agreement).first()
    return version is not None and any(kpi.kind == "score" for kpi in version.read_terms().kpis)


def _take_in(feedback: Feedback, period: Period) -> None:
    # An answer about a running period is about the time until now: a sample never lies in the future.
    moment = min(rating_time(period), feedback.at.replace(microsecond=0))
    row = Sample(
        max(moment, period.lo), Decimal(feedback.score), f"feedback:{feedback.by_id}", evidence=feedback.text
    )
    try:
        kpi_actions.take_in(
            period.target.indicator, rows=[row], source="portal", door=Delivery.Door.PORTAL,
            by=feedback.by, at=feedback.at,
        )
    except kpi_actions.Refused as refused:
        raise Refused("; ".join(error.reason for error in refused.errors), "period") from refused


def _tell_owner(feedback: Feedback) -> None:
    agreement = feedback.agreement
    notify(
        [agreement.owner],
        key=f"feedback:{feedback.pk}",
        title=_("%(client)s gave %(score)d of 5 for %(period)s")
        % {
            "client": agreement.client.name, "score": feedback.score,
            "period": period_name(feedback.period),
        },
        text=f"{agreement.title}\n\n{feedback.by.name}: {feedback.text or _('no words')}",
        url=f"/agreements/{agreement.reference}/reviews/",
        at=feedback.at,
        scope=agreement.reference,
    )
    nudge.engine("accounts.deliver")
