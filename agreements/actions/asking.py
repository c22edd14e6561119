"""Ask what somebody needs of a service: inside or by a link, and again when nothing comes."""

import secrets
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from agreements import people, question_notices, questions
from agreements.locking import lock
from agreements.models import Question, Requirement, Service
from agreements.signing import Refused
from records import audit
from records.numbers import following


@transaction.atomic
def ask_requirement(
    service: Service,
    *,
    client: Organisation,
    asked_of: User,
    actor: User,
    at: datetime,
    due_on: date | None = None,
    message: str = "",
) -> Requirement:
    """Ask a member of the client what they need of a service; they get a link in inbox and mail.

    Raises Refused ("asked_of", "due_on") when the person does not belong to the client or the day is over.
    """
    if asked_of not in people.members(client, at=at):
        raise Refused(
            _("%(person)s does not belong to %(client)s.") % {"person": asked_of, "client": client}, "asked_of"
        )
    question = _put(service, client, asked_of.name, asked_of.email, due_on, message, actor, at)
    requirement = await_answer(question, asked_of, at)
    title, text = question_notices.asked(question)
    question_notices.tell(asked_of, requirement, "asked", at, title, text)
    return requirement


@transaction.atomic
def ask_by_link(
    service: Service,
    *,
    client: Organisation,
    name: str,
    email: str,
    due_on: date | None,
    message: str,
    actor: User,
    at: datetime,
) -> Requirement:
    """Ask anybody at the client by e-mail; they answer by a link, without an account.

    Who has an account there is asked inside. Raises Refused ("due_on").
    """
    member = next((each for each in people.members(client, at=at) if each.email == email.lower()), None)
    if member is not None:
        return ask_requirement(
            service, client=client, asked_of=member, actor=actor, at=at, due_on=due_on, message=message
        )
    question = _put(service, client, name, email.lower(), due_on, message, actor, at)
    question.nonce = secrets.token_hex(16)
    question.token_hash = questions.token_hash(question)
    question.expires_at = questions.lasts_until(due_on, service.organisation.timezone, at)
    question.save(update_fields=["nonce", "token_hash", "expires_at"])
    requirement = await_answer(question, None, at)
    question_notices.write(question, "asked", at, *question_notices.asked(question))
    return requirement


@transaction.atomic
def revoke_link(question: Question, *, actor: User, at: datetime) -> Question:
    """Close a question's link for good; what was answered stays. Raises Refused when it is closed."""
    question, at = lock(Question.objects.select_related("service"), question.pk, at)
    if not question.works(at):
        raise Refused(_("This link is closed already."))
    question.revoked_at, question.next_at = at, None
    question.save(update_fields=["revoked_at", "next_at"])
    audit.record("requirement.link_revoked", question, actor=actor, at=at, person=question.email)
    return question


@transaction.atomic
def remind_stakeholder(question: Question, *, actor: User | None, at: datetime) -> Question:
    """Ask again who did not answer. Raises Refused when there is nothing to remind of, or today once already."""
    question, at = lock(_questions(), question.pk, at)
    requirement = _unanswered(question, at)
    if requirement is None:
        raise Refused(_("There is nothing to remind of."))
    if question.reminded_at and at - question.reminded_at < questions.DAY:
        raise Refused(_("%s was reminded within the last day.") % question.name)
    _remind(question, requirement, actor, at)
    return question


def remind_unanswered(*, now: datetime) -> int:
    """Remind who did not answer, and tell the asker on the day after; returns how many questions were due."""
    due = list(Question.objects.filter(next_at__lte=now).order_by("next_at", "pk").values_list("pk", flat=True))
    return sum(_follow_up(pk, now) for pk in due)


def _questions():
    return Question.objects.select_related("service__organisation", "client", "asked_by")


def _put(service, client, name, email, due_on, message, actor, at) -> Question:
    timezone = service.organisation.timezone
    if due_on is not None and questions.due_end(due_on, timezone) <= at:
        raise Refused(_("This day is over."), "due_on")
    return Question.objects.create(
        service=service,
        client=client,
        name=name,
        email=email,
        message=message,
        due_on=due_on,
        asked_by=actor,
        asked_at=at,
        next_at=questions.first_reminder(due_on, timezone, at),
    )


def await_answer(question: Question, asked_of: User | None, at: datetime) -> Requirement:
    """A requirement that waits for the answer to a question; nobody is told yet."""
    requirement = Requirement.objects.create(
        number=f"R{following('R')}",
        service=question.service,
        client=question.client,
        asked_of=asked_of,
        question=question,
        asked_by=question.asked_by,
        asked_at=at,
    )
    audit.record(
        "requirement.asked",
        requirement,
        actor=question.asked_by,
        at=at,
        number=requirement.number,
        service=question.service.key,
        client=question.client.name,
        person=question.email,
    )
    return requirement


def _unanswered(question: Question, at: datetime) -> Requirement | None:
    """What still waits for an answer of a question that can be answered."""
    if question.by_link and not question.works(at):
        return None
    return question.requirements.filter(state=Requirement.State.ASKED).select_related("asked_of").first()


def _remind(question: Question, requirement: Requirement, actor: User | None, at: datetime) -> None:
    question.reminded_at = at
    question.save(update_fields=["reminded_at"])
    title, text = question_notices.asked(question)
    title, what = _("A reminder: %s") % title, f"reminded:{at:%Y%m%d%H%M}"
    if requirement.asked_of:
        question_notices.tell(requirement.asked_of, requirement, what, at, title, text)
    else:
        question_notices.write(question, what, at, title, text)
    audit.record("requirement.reminded", question, actor=actor, at=at, person=question.email)


@transaction.atomic
def _follow_up(pk: int, now: datetime) -> bool:
    question, _at = lock(_questions(), pk, now)
    if question.next_at is None or question.next_at > now:
        return False  # another engine was here
    requirement = _unanswered(question, now)
    end = questions.due_end(question.due_on, question.service.organisation.timezone)
    question.next_at = end if requirement and now < end else None
    question.save(update_fields=["next_at"])
    if requirement is None:
        return True
    # After a stop that lasted beyond the day, both are told at once.
    if question.reminded_at is None:
        _remind(question, requirement, None, now)
    if end <= now:
        words = {"person": question.name, "service": question.service}
        title = _("%(person)s has not said what they need of %(service)s") % words
        question_notices.tell(question.asked_by, requirement, "overdue", now, title, _("The day you named is over."))
    return True
