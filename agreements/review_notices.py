"""Who is told what while a draft is reviewed. Call these in the act's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import nudge
from accounts.models import User
from accounts.notifications import notify
from agreements import partnames, people, terms
from agreements.models import Comment, Draft, Suggestion, Version
from agreements.signing_notices import moment

# What is said within this time of the first remark comes in one mail.
GATHER = timedelta(minutes=5)


def sent(draft: Draft, version: Version, asked: Mapping[int, Sequence[str]], *, actor: User, at: datetime) -> None:
    """Ask for the word of those whose word is missing, each for the parts it is missing of; not the sender."""
    read = version.read_terms()
    title = _("Please review: %s") % version.agreement.title
    for person in User.objects.filter(pk__in=asked).exclude(pk=actor.pk):
        text = _asks(draft, version, actor, partnames.of(read, asked[person.pk]), len(terms.parts(read)))
        key = f"draft:{draft.number}:sent"
        _tell(version, [person], key, at, title, text, url=_reading(version), group=asking(version.pk, draft.number))


def _asks(draft: Draft, version: Version, actor: User, missing: Sequence[str], all_: int) -> str:
    words = {"actor": actor, "version": version, "number": draft.number}
    if len(missing) == all_:
        said = _(
            "%(actor)s sent draft %(number)s of %(version)s to review and asks for your approval or your comments."
        )
    else:
        words |= {"count": len(missing), "parts": ", ".join(missing)}
        said = ngettext(
            "Draft %(number)s of %(version)s is here. %(count)d part differs from what you approved: %(parts)s. "
            "The rest stays approved.",
            "Draft %(number)s of %(version)s is here. %(count)d parts differ from what you approved: %(parts)s. "
            "The rest stays approved.",
            len(missing),
        )
    until = _("Your word is asked for until %s.") % moment(draft.due_at, version) if draft.due_at else ""
    return "\n\n".join(each for each in (said % words, draft.message, until) if each)


def remind(draft: Draft, version: Version, missing: Iterable[User], *, at: datetime) -> int:
    """Ask again, once a day at most; returns how many heard of it."""
    text = _("Your word on draft %(number)s of %(version)s is still missing.") % {
        "number": draft.number,
        "version": version,
    }
    if draft.due_at:
        text += " " + _("It is asked for until %s.") % moment(draft.due_at, version)
    title = _("Reminder: please review %s") % version.agreement.title
    key = f"draft:{draft.number}:reminded:{at.date().isoformat()}"
    group = asking(version.pk, draft.number)
    return _tell(version, missing, key, at, title, text, url=_reading(version), group=group)


def said(comment: Comment, *, at: datetime) -> None:
    """The owner, and everybody who spoke in the thread, but not the speaker."""
    words = {"author": comment.author, "version": comment.version}
    title = _("%(author)s commented on %(version)s") % words
    if comment.side:
        title = _("%(author)s commented on %(version)s, among your own") % words
    elif comment.suggested:
        title = _("%(author)s proposes another wording in %(version)s") % words
    text = comment.text or comment.suggestion.body
    _told_of(comment, comment.author, f"comment:{comment.pk}", title, text, at)


def settled(comment: Comment, version: Version, *, at: datetime) -> None:
    words = {"person": comment.settled_by, "version": version}
    title = _("%(person)s settled a comment on %(version)s") % words
    if comment.blocking:
        title = _("%(person)s settled what held up %(version)s") % words
    _told_of(comment, comment.settled_by, f"comment:{comment.pk}:settled", title, comment.text, at)


def decided(suggestion: Suggestion, version: Version, *, at: datetime) -> None:
    """Whoever proposed a wording hears what became of it."""
    said, words = suggestion.comment, {"person": suggestion.decided_by, "version": version}
    if suggestion.state == Suggestion.State.APPLIED:
        title, text = _("%(person)s took your wording over into %(version)s") % words, suggestion.body
    else:
        title, text = _("%(person)s leaves a clause of %(version)s as it is") % words, suggestion.reason
    key = f"comment:{said.pk}:decided"
    if suggestion.decided_by_id != said.author_id:
        _tell(version, [said.author], key, at, title, text, url=link(said), group=_talk(version), gather=GATHER)


def returned(version: Version, reason: str, *, actor: User, at: datetime) -> None:
    title = _("%(actor)s asks for changes in %(version)s") % {"actor": actor, "version": version}
    heard = [version.agreement.owner] if actor != version.agreement.owner else []
    _tell(version, heard, f"draft:{version.draft_number}:returned", at, title, reason)


def ready(version: Version, *, at: datetime) -> None:
    title = _("%s is agreed by everybody asked") % version
    text = _("It can be sent for signature now.")
    key = f"draft:{version.draft_number}:ready"
    _tell(version, [version.agreement.owner], key, at, title, text, url=_url(version, "send"))


def asking(version_id: int, number: int) -> str:
    """The group of the mails that ask for a word on a draft; they are pointless once it is taken back."""
    return f"draft:{version_id}:{number}"


def link(comment: Comment) -> str:
    """The address of one comment; it leads on to the page that shows it, also through signing in."""
    version = comment.version
    return reverse("agreements:comment_link", args=[version.agreement.reference, version.label, comment.pk])


def _told_of(comment: Comment, speaker: User, key: str, title: str, text: str, at: datetime) -> None:
    version = comment.version
    heard = User.objects.filter(pk__in=_listeners(comment, at) - {speaker.pk})
    _tell(version, heard, key, at, title, text, url=link(comment), group=_talk(version), gather=GATHER)


def _listeners(comment: Comment, at: datetime) -> set[int]:
    version, start = comment.version, comment.thread or comment
    speakers = {start.author_id, *start.replies.values_list("author_id", flat=True)}
    heard = {version.agreement.owner_id, *speakers}
    if not comment.side:
        return heard
    # Among one side: its reviewers hear of it, and nobody of the other side does, whoever owns the agreement.
    own = {person.pk for person in people.members(version.agreement.organisation_of(comment.side), at=at)}
    reviewers = version.reviewers.filter(party=comment.side).values_list("user_id", flat=True)
    return (heard | set(reviewers)) & own


def _talk(version: Version) -> str:
    return f"talk:{version.pk}"


def _reading(version: Version) -> str:
    """Where a reviewer begins: at what changed, or at the whole text when it is all new."""
    return _url(version, "changes" if version.base_id or version.draft_number > 1 else "whole")


def _url(version: Version, name: str) -> str:
    return reverse(f"agreements:{name}", args=[version.agreement.reference, version.label])


def _tell(version, heard, key, at, title, text, *, url="", **more) -> int:
    told = notify(
        heard,
        key=f"version:{version.pk}:{key}",
        title=title,
        text=text,
        url=url or _url(version, "review"),
        at=at,
        scope=version.agreement.reference,
        **more,
    )
    nudge.engine("accounts.deliver")
    return told
