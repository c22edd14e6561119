"""Write the text of a draft: save, join with what others saved meanwhile, undo.

Every save is kept as a Revision, so that a later one can be joined with it three ways, shown and undone; the
newest KEPT of a version stay. The audit trail names who changed which part, not every pause in typing: an
autosave is recorded once for each part, page and QUIET span. The words themselves are kept by the revisions
while the draft lives, and are hashed and kept for good when it is sent to review and frozen.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from agreements import merging, terms
from agreements.locking import lock
from agreements.models import Agreement, Edition, Revision, Service, Version
from agreements.rules import EDITABLE
from agreements.signing import Refused, labelled
from records import audit

KEPT = 100
QUIET = timedelta(minutes=10)


class Stale(Exception):
    """Somebody saved since this text was read.

    `version` is the row, of a version or of what a library keeps, as it stands now; `merge`, where a text was to be
    saved, both in one with what clashes.
    """

    def __init__(self, version: Version | Edition, merge: merging.Merge | None = None):
        super().__init__(_("Somebody else saved this draft meanwhile."))
        self.version = version
        self.merge = merge


@transaction.atomic
def save_terms(
    version: Version,
    *,
    terms: terms.Terms,
    revision: int,
    actor: User,
    at: datetime,
    page: str = "",
    by_itself: bool = False,
) -> Version:
    """Keep a changed text. Saving takes a version that is in review or ready back to DRAFT, as the next draft.

    `revision` is that of the text that was changed: what others saved since is joined with it. `page` names
    the page it was written on, whose own earlier saves are no conflict. `by_itself`: nobody pressed Save, so
    a text that is with its reviewers stays there (Refused). Keys that were taken meanwhile are in `renamed` of
    the version returned. Raises Stale when both changed the same place, TermsError when the terms are
    malformed, TransitionNotAllowed once the text is frozen. The same text again changes nothing.
    """
    document = _dump(_load(_dump(terms)))
    version, at = lock(Version.objects.select_related("agreement__provider"), version.pk, at)
    if version.state not in EDITABLE:
        raise TransitionNotAllowed("the text of this version is fixed")
    if by_itself and version.state != Version.State.DRAFT:
        raise Refused(_("Draft %d is with its reviewers. Press Save to take it back.") % version.draft_number)
    merge = _joined(version, document, revision, page)
    version.renamed = merge.renamed
    joined = _own(version, _load(merge.document))
    touched = _touched(version.read_terms(), joined)
    if touched:
        _keep(version, joined, touched, actor, at, page, by_itself=by_itself)
    return version


@transaction.atomic
def undo(version: Version, *, revision: int, actor: User, at: datetime) -> Version:
    """Take one save back, whatever was saved after it: its change is undone, every later one stays.

    Raises Stale when a later save changed the same place, Refused when that save is not kept any more.
    """
    after, before = version.text_at(revision), version.text_at(revision - 1)
    if after is None or before is None:
        raise Refused(_("That change is too long ago to be taken back by itself."))
    return save_terms(version, terms=_load(before), revision=revision, actor=actor, at=at)


# `terms` is also the name of an argument above.
_dump, _load = terms.dump, terms.load


def _joined(version: Version, document: dict[str, Any], revision: int, page: str) -> merging.Merge:
    """The text to keep; Stale when it cannot be joined with what stands there."""
    base = _base(version, revision, page)
    if base == version.revision:
        return merging.Merge(document)
    found = merging.merge(version.text_at(base) or {}, document, version.terms)
    if found.clashes:
        raise Stale(version, found)
    return found


def _base(version: Version, revision: int, page: str) -> int:
    """The newest revision that this page wrote without a gap after the one it was read at."""
    later = version.revisions.filter(number__gt=revision).order_by("number") if page else []
    for each in later:
        if each.page != page or each.number != revision + 1:
            break
        revision = each.number
    return revision


def _own(version: Version, document: terms.Terms) -> terms.Terms:
    labelled(document, reference=version.agreement.reference, label=version.label)
    document.agreement.kind = version.agreement.kind
    return document


def _keep(
    version: Version,
    document: terms.Terms,
    touched: list[str],
    actor: User,
    at: datetime,
    page: str,
    *,
    by_itself: bool,
) -> None:
    start = {"terms": version.terms, "by": version.created_by, "at": version.created_at}
    version.revisions.get_or_create(number=version.revision, defaults=start)
    fields = ["terms", "revision"]
    if version.state != Version.State.DRAFT:
        version.reopen()
        fields += ["state", "draft_number"]
    version.terms, version.revision = _dump(document), version.revision + 1
    version.save(update_fields=fields)
    version.authors.add(actor)
    _follow(version.agreement, document, at)
    told = not (by_itself and _told(version, page, touched, at))
    version.revisions.create(
        number=version.revision, terms=version.terms, parts=touched, by=actor, at=at, page=page, told=told
    )
    version.revisions.filter(number__lte=version.revision - KEPT).delete()
    if told:
        audit.record(
            "version.saved",
            version,
            actor=actor,
            at=at,
            scope=version.agreement.reference,
            version=version.label,
            revision=version.revision,
            parts=touched,
        )


def _told(version: Version, page: str, touched: list[str], at: datetime) -> bool:
    """Whether the trail says already that this page is changing these parts."""
    recent = version.revisions.filter(page=page, told=True, at__gt=at - QUIET) if page else Revision.objects.none()
    return set(touched) <= {part for parts in recent.values_list("parts", flat=True) for part in parts}


def _touched(old: terms.Terms, new: terms.Terms) -> list[str]:
    """The parts that differ, those that are gone or new, and the order of the clauses."""
    before, after = terms.parts(old), terms.parts(new)
    return [part for part in {**before, **after} if before.get(part) != after.get(part)]


def _follow(agreement: Agreement, document: terms.Terms, at: datetime) -> None:
    """While nothing is signed, title and services of the agreement are those of its draft."""
    fields = ["changed_at"]
    agreement.changed_at = at
    if agreement.state == Agreement.State.PREPARING:
        agreement.title = document.agreement.title[:160] or agreement.title
        fields.append("title")
    agreement.save(update_fields=fields)
    keys = [service.key for service in document.services]
    agreement.services.set(Service.objects.filter(organisation=agreement.keeper_id, key__in=keys))
