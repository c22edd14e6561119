"""Who is told about requirements: members in their inbox and by mail, others by mail with their link."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import nudge
from accounts.models import Message, User
from accounts.notifications import mail_body, notify
from agreements import questions
from agreements.models import Question, Requirement


def tell(person: User, requirement: Requirement, what: str, at: datetime, title: str, text: str, *, mail=True) -> None:
    """A member of the portal, once for each `what`."""
    notify(
        [person],
        key=f"requirement:{requirement.pk}:{what}",
        title=title,
        text=text,
        url=reverse("agreements:requirement", args=[requirement.number]),
        at=at,
        mail=mail,
    )
    nudge.engine("accounts.deliver")


def write(question: Question, what: str, at: datetime, title: str, text: str) -> None:
    """Somebody without an account: a mail with the link by which they answer, once for each `what`."""
    Message.objects.get_or_create(
        key=f"question:{question.pk}:{what}",
        defaults={
            "address": question.email,
            "organisation": question.service.organisation,
            # What people typed must not break the head of a mail.
            "subject": " ".join(title.split())[:200],
            "body": mail_body(question.name, text, questions.path(question)),
            "next_try_at": at,
            "created_at": at,
        },
    )
    nudge.engine("accounts.deliver")


def asked(question: Question) -> tuple[str, str]:
    """Title and text of the question itself."""
    words = {"actor": question.asked_by, "service": question.service, "house": question.service.organisation}
    text = _("%(actor)s of %(house)s prepares an agreement about %(service)s and asks what you need, and why.") % words
    pieces = [text, question.message]
    if question.by_link:
        pieces.append(_("Open the link, write it in your own words and send it; you need no account."))
    if question.due_on:
        pieces.append(_("Please answer by %s.") % question.due_on.isoformat())
    return _("What do you need of %s?") % question.service, "\n\n".join(filter(None, pieces))


def decided(requirement: Requirement, at: datetime, title: str, text: str, *, mail: bool) -> None:
    """Whoever stated it reads the decision; without an account always by mail."""
    if requirement.asked_of:
        tell(requirement.asked_of, requirement, "decided", at, title, text, mail=mail)
    elif requirement.question.works(at):
        write(requirement.question, f"{requirement.number}:decided", at, title, text)
