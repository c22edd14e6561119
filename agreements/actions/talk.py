"""What is said about a draft: comment, settle, propose another wording, take it over or decline it."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from agreements import clauses, review_notices, reviewing, terms
from agreements.actions.writing import save_terms
from agreements.models import Comment, Suggestion, Version
from agreements.signing import Refused
from agreements.terms import Clause, Terms


@transaction.atomic
def comment(
    version: Version,
    *,
    part: str,
    text: str,
    blocking: bool,
    actor: User,
    at: datetime,
    thread: Comment | None = None,
    side: str = "",
    wording: str = "",
    seen: int | None = None,
) -> Comment:
    """Say something about a part of a draft that was sent to review; a reply goes to the start of its thread.

    A blocking comment holds the approval until it is settled. `side` keeps it among the people of a party:
    that never blocks. `wording` proposes another text for a clause. `seen` is the number of the draft that was
    read; a part that is gone since is still spoken of. Raises Refused ("text", "part", "side", "wording"),
    TransitionNotAllowed when the text can't be discussed any more.
    """
    if not text.strip() and not wording.strip():
        raise Refused(_("Write what you want to say."), "text")
    version, at = reviewing.locked(version, at)
    reviewing.require_discussion(version)
    start = _start_of(version, thread)
    if start is None and side and blocking:
        raise Refused(_("A note for your own side can't hold up the other one."), "side")
    draft = reviewing.as_sent(version, seen)
    said = Comment(
        version=version,
        part=start.part if start else part,
        thread=start,
        author=actor,
        side=start.side if start else side,
        text=text,
        at=at,
        blocking=blocking and start is None,
        draft_number=draft.number,
    )
    _keep(said, draft.read_terms(), "" if start else wording, known=_gone_parts(version))
    reviewing.record(
        "comment.added",
        said,
        version,
        actor=actor,
        at=at,
        side=said.side,
        part=said.part,
        blocking=said.blocking,
        # What one side says among its own is in no trail that another might once read.
        **({} if said.side else {"text": text, "wording": wording}),
    )
    review_notices.said(said, at=at)
    return said


@transaction.atomic
def settle(comment: Comment, *, actor: User, at: datetime) -> Comment:
    """Close a thread. The last blocking one may complete the review.

    A blocking one is closed by whoever began it alone, also when a reply is named. Raises Refused,
    TransitionNotAllowed if closed.
    """
    version, at = reviewing.locked(comment.version, at)
    comment = reviewing.root_of(comment)
    if comment.settled_at is not None:
        raise TransitionNotAllowed("the thread is settled already")
    if comment.blocking and comment.author_id != actor.pk:
        raise Refused(_("Only %s may settle this comment.") % comment.author)
    reviewing.require_discussion(version)
    _close(comment, version, actor=actor, at=at)
    if version.state == Version.State.IN_REVIEW:
        reviewing.advance(version, actor=actor, at=at)
    return comment


@transaction.atomic
def apply_suggestion(suggestion: Suggestion, *, actor: User, at: datetime) -> Version:
    """Take the proposed wording over into the text; the next draft begins with it.

    A thread that holds nothing up is settled by it; a blocking one stays with whoever raised it. Raises Refused
    when the clause is gone or is another one than the proposal speaks of, TransitionNotAllowed when it was
    decided already.
    """
    version, at = reviewing.locked(suggestion.comment.version, at)
    suggestion = _open_suggestion(suggestion)
    said = suggestion.comment
    document = version.read_terms()
    if terms.parts(document).get(said.part) != said.digest:
        raise Refused(_("The clause changed since this was proposed. Compare both and change it in the editor."))
    document.clauses = [_reworded(clause, said.part, suggestion.body) for clause in document.clauses]
    version = save_terms(version, terms=document, revision=version.revision, actor=actor, at=at)
    suggestion.apply(actor=actor, at=at)
    suggestion.save(update_fields=["state", "decided_by", "decided_at"])
    reviewing.record("suggestion.applied", said, version, actor=actor, at=at, side=said.side, part=said.part)
    if not said.blocking:
        _close(said, version, actor=actor, at=at)
    review_notices.decided(suggestion, version, at=at)
    return version


@transaction.atomic
def decline_suggestion(suggestion: Suggestion, *, reason: str, actor: User, at: datetime) -> Suggestion:
    """Leave the clause as it is and say why; the thread stays open. Raises Refused ("reason"), TransitionNotAllowed."""
    if not reason.strip():
        raise Refused(_("Say why the clause stays as it is."), "reason")
    version, at = reviewing.locked(suggestion.comment.version, at)
    suggestion = _open_suggestion(suggestion)
    said = suggestion.comment
    suggestion.decline(actor=actor, at=at, reason=reason)
    suggestion.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    kept = {} if said.side else {"reason": reason}
    reviewing.record("suggestion.declined", said, version, actor=actor, at=at, side=said.side, part=said.part, **kept)
    review_notices.decided(suggestion, version, at=at)
    return suggestion


def _start_of(version: Version, thread: Comment | None) -> Comment | None:
    if thread is None:
        return None
    if thread.version_id != version.pk:
        raise Refused(_("This comment belongs to another version."), "thread")
    start = reviewing.root_of(thread)
    if start.settled_at:
        raise TransitionNotAllowed("the thread is settled")
    return start


def _gone_parts(version: Version) -> set[str]:
    """The parts of the version that is changed: that one was taken out can be spoken of, too."""
    return set(terms.parts(version.base.read_terms())) if version.base else set()


def _keep(said: Comment, read: Terms, wording: str, *, known: set[str]) -> None:
    """Save the comment with the hash of what it speaks of, and the wording that it proposes."""
    digests = terms.parts(read)
    if said.thread is None and said.part not in digests and said.part not in known:
        raise Refused(_("This part of the text is not there any more."), "part")
    said.digest = digests.get(said.part, "")
    clause = next((each for each in read.clauses if f"clause:{each.id}" == said.part), None)
    if wording.strip() and (clause is None or wording.strip() == clause.body.strip()):
        raise Refused(_("Write the clause as it should read."), "wording")
    if unknown := clauses.unknown(wording):
        raise Refused(_("“%s” is no value of this agreement.") % unknown[0][:60], "wording")
    said.save()
    if wording.strip():
        Suggestion.objects.create(comment=said, before=clause.body, body=wording)


def _open_suggestion(suggestion: Suggestion) -> Suggestion:
    rows = Suggestion.objects.select_related("comment__author")
    suggestion = rows.get(pk=suggestion.pk)
    if suggestion.state != Suggestion.State.OPEN or suggestion.comment.settled_at is not None:
        raise TransitionNotAllowed("this proposal is decided already")
    return suggestion


def _reworded(clause: Clause, part: str, body: str) -> Clause:
    return replace(clause, body=body) if f"clause:{clause.id}" == part else clause


def _close(comment: Comment, version: Version, *, actor: User, at: datetime) -> None:
    comment.settled_by, comment.settled_at = actor, at
    comment.save(update_fields=["settled_by", "settled_at"])
    said = {} if comment.side else {"text": comment.text}
    where = {"side": comment.side, "part": comment.part}
    reviewing.record("comment.settled", comment, version, actor=actor, at=at, **where, **said)
    review_notices.settled(comment, version, at=at)
