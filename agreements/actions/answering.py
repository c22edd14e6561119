"""Say what one needs: who was asked inside, or by a link without an account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from agreements import question_notices, questions
from agreements.actions.asking import await_answer
from agreements.locking import lock
from agreements.models import Question, Requirement
from agreements.signing import Refused
from records import audit


@dataclass(frozen=True)
class Need:
    """One need as somebody wrote it; `number` is that of the requirement it changes, empty for a new one."""

    text: str
    why: str = ""
    otherwise: str = ""
    priority: str = "should"
    number: str = ""


@transaction.atomic
def state_requirement(
    requirement: Requirement,
    *,
    text: str,
    why: str,
    priority: str,
    actor: User,
    at: datetime,
    otherwise: str = "",
) -> Requirement:
    """Say what is needed, why, and what happens otherwise; can be said again until it is decided.

    Raises Refused, TransitionNotAllowed.
    """
    if not text.strip():
        raise Refused(_("Say what you need."), "text")
    requirement, at = lock(Requirement.objects.whole(), requirement.pk, at)
    if actor.pk != requirement.asked_of_id:
        raise Refused(_("Only the person who was asked can answer."))
    first = requirement.state == Requirement.State.ASKED
    _state(requirement, Need(text, why, otherwise, priority), actor, at)
    if first:
        title = _("%(actor)s stated requirement %(number)s") % {"actor": actor, "number": requirement.number}
        question_notices.tell(requirement.asked_by, requirement, "stated", at, title, text)
    return requirement


@transaction.atomic
def answer_by_link(question: Question, *, needs: Sequence[Need], at: datetime) -> list[str]:
    """Take in what somebody wrote by a link: new needs become requirements, others are said again.

    Returns the numbers of those that were decided meanwhile and stay as they are. Raises Refused when the link
    is closed, nothing is said, or there are too many needs.
    """
    question, at = lock(Question.objects.select_related("service", "client", "asked_by"), question.pk, at)
    if not question.works(at):
        raise Refused(_("This link does not work any more."))
    if not needs or any(not need.text.strip() for need in needs):
        raise Refused(_("Say what you need."))
    found = Requirement.objects.whole().select_for_update(of=("self",)).filter(question=question)
    rows = {each.number: each for each in found}
    named = {need.number for need in needs}
    waiting = [each for each in rows.values() if each.state == Requirement.State.ASKED and each.number not in named]
    if len(rows) + sum(not need.number for need in needs) - len(waiting) > questions.MOST_NEEDS:
        raise Refused(_("That are more than %d needs; ask for a talk instead.") % questions.MOST_NEEDS)
    decided, first = [], []
    for need in needs:
        row = rows[need.number] if need.number else (waiting.pop() if waiting else await_answer(question, None, at))
        if row.state in (Requirement.State.ACCEPTED, Requirement.State.DECLINED):
            decided.append(row.number)
        elif row.state == Requirement.State.ASKED or _said(row) != (need.text, need.why, need.otherwise, need.priority):
            first += [row] if row.state == Requirement.State.ASKED else []
            _state(row, need, None, at)
    _tell_asker(question, first, at)
    return decided


def _state(requirement: Requirement, need: Need, actor: User | None, at: datetime) -> None:
    requirement.state_it(text=need.text, why=need.why, otherwise=need.otherwise, priority=need.priority, at=at)
    requirement.save(update_fields=["state", "text", "why", "otherwise", "priority", "stated_at"])
    audit.record(
        "requirement.stated",
        requirement,
        actor=actor,
        at=at,
        number=requirement.number,
        text=need.text,
        why=need.why,
        otherwise=need.otherwise,
        priority=need.priority,
        # Without an account there is no actor: who holds the link is who was asked.
        **({} if actor else {"person": requirement.question.email}),
    )


def _said(row: Requirement) -> tuple[str, str, str, str]:
    return row.text, row.why, row.otherwise, row.priority


def _tell_asker(question: Question, first: list[Requirement], at: datetime) -> None:
    if not first:
        return
    words = {"person": question.name, "count": len(first), "service": question.service}
    title = ngettext(
        "%(person)s stated %(count)d need of %(service)s",
        "%(person)s stated %(count)d needs of %(service)s",
        len(first),
    )
    text = "\n".join(f"{each.number} {each.text}" for each in first)
    question_notices.tell(question.asked_by, first[0], "stated", at, title % words, text)
