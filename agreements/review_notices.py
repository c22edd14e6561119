"""Who is told what while a draft is reviewed. Call these in the act's transaction."""

from collections.abc import Collection
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import nudge
from accounts.models import User
from accounts.notifications import notify
from agreements.models import Comment, Version


def sent(version: Version, missing: Collection[int], *, actor: User, at: datetime) -> None:
    """Ask for the word of those whose word is missing; the sender knows already."""
    people = User.objects.filter(pk__in=missing).exclude(pk=actor.pk)
    words = {"actor": actor, "version": version, "number": version.draft_number}
    _tell(
        version,
        people,
        f"draft:{version.draft_number}:sent",
        at,
        _("Please review: %s") % version.agreement.title,
        _("%(actor)s sent draft %(number)s of %(version)s to review and asks for your approval or your comments.")
        % words,
    )


def said(comment: Comment, *, at: datetime) -> None:
    """The owner, and everybody who spoke in the thread, but not the speaker."""
    version, start = comment.version, comment.thread or comment
    speakers = {start.author_id, *start.replies.values_list("author_id", flat=True)}
    people = User.objects.filter(pk__in={version.agreement.owner_id, *speakers}).exclude(pk=comment.author_id)
    title = _("%(author)s commented on %(version)s") % {"author": comment.author, "version": version}
    _tell(version, people, f"comment:{comment.pk}", at, title, comment.text)


def returned(version: Version, reason: str, *, actor: User, at: datetime) -> None:
    title = _("%(actor)s asks for changes in %(version)s") % {"actor": actor, "version": version}
    people = [version.agreement.owner] if actor != version.agreement.owner else []
    _tell(version, people, f"draft:{version.draft_number}:returned", at, title, reason)


def ready(version: Version, *, at: datetime) -> None:
    title = _("%s is agreed by everybody asked") % version
    text = _("It can be sent for signature now.")
    key = f"draft:{version.draft_number}:ready"
    _tell(version, [version.agreement.owner], key, at, title, text, name="send")


def _tell(version, people, key, at, title, text, *, name="review"):
    agreement = version.agreement
    notify(
        people,
        key=f"version:{version.pk}:{key}",
        title=title,
        text=text,
        url=reverse(f"agreements:{name}", args=[agreement.reference, version.label]),
        at=at,
        scope=agreement.reference,
    )
    nudge.engine("accounts.deliver")
