"""The review of a draft: read it by section, comment, settle, approve, compare."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_fsm import TransitionNotAllowed

from agreements import (
    actions,
    approval,
    checks,
    discussion,
    facts,
    lint,
    printing,
    redline,
    reviewing,
    rules,
    signing_rules,
    terms,
)
from agreements.forms.review import ApproveForm, ChangesForm, CommentForm, ReplyForm
from agreements.models import Version
from agreements.signing import Refused
from agreements.views.finding import find_agreement, find_version, require

TALK = (Version.State.DRAFT, Version.State.IN_REVIEW)


@require_GET
def review(request, reference, label):
    return _render(request, _found(request, reference, label))


@require_POST
def comment(request, reference, label):
    version = _found(request, reference, label)
    require(rules.can_comment(request.grants, version.agreement))
    thread = None
    if request.POST.get("thread"):
        thread = get_object_or_404(version.comments, pk=_number(request.POST["thread"]))
        form = ReplyForm(request.POST)
    else:
        form = CommentForm(request.POST, parts=_choices(_text(request, version)[0]))
    if not form.is_valid():
        return _render(request, version, form)
    said = {"part": "", "blocking": False} | form.cleaned_data
    return _act(
        request,
        version,
        form,
        lambda: actions.comment(version, thread=thread, actor=request.user, at=request.now, **said),
        _("Your comment is there for everybody in this review."),
    )


@require_POST
def settle(request, reference, label, pk):
    version = _found(request, reference, label)
    comments = version.comments.select_related("version__agreement", "thread__version__agreement")
    found = get_object_or_404(comments, pk=pk)
    # Who wrote a reply has no say over the thread it hangs on.
    root = found.thread or found
    require(rules.can_settle(request.grants, root))
    return _act(
        request, version, None, lambda: actions.settle(found, actor=request.user, at=request.now), _("Settled.")
    )


@require_POST
def approve(request, reference, label):
    version = _found(request, reference, label)
    require(version.reviewers.filter(user=request.user).exists())
    form = ApproveForm(request.POST)
    if not form.is_valid():
        return _render(request, version, form)
    return _act(
        request,
        version,
        form,
        lambda: actions.approve(version, actor=request.user, at=request.now, **form.cleaned_data),
        _("You approved this draft as it stands."),
    )


@require_POST
def request_changes(request, reference, label):
    version = _found(request, reference, label)
    require(version.reviewers.filter(user=request.user).exists())
    form = ChangesForm(request.POST)
    if not form.is_valid():
        return _render(request, version, form)
    return _act(
        request,
        version,
        form,
        lambda: actions.request_changes(version, actor=request.user, at=request.now, **form.cleaned_data),
        _("The draft is back with its author, who reads why."),
    )


@require_POST
def recall(request, reference, label):
    version = _found(request, reference, label)
    require(rules.can_edit(request.grants, version))
    return _act(
        request,
        version,
        None,
        lambda: actions.recall(version, actor=request.user, at=request.now),
        _("The draft is back with you."),
    )


@require_GET
def changes(request, reference, label):
    """The text beside the version in force, or beside the draft before it."""
    version = _found(request, reference, label)
    new, number = _text(request, version)
    if rules.can_read_draft(request.grants, version):
        new, number = version.read_terms(), version.draft_number
    draft = _draft_before(version, number)
    against = request.GET.get("against") or ("base" if version.base else "draft")
    old = version.base.read_terms() if against == "base" and version.base else draft and draft.read_terms()
    compared = version.base.label if against == "base" else draft and _("draft %s") % draft.number
    context = _head(request, version, "changes") | {
        "old_label": compared,
        "new_label": _("%(label)s, draft %(number)s") % {"label": version.label, "number": number},
        "rows": redline.table(old, new) if old else [],
        "anew": redline.judged_anew(old, new) if old else [],
        "clauses": [each for each in redline.clauses(old, new) if each.kind != "same"] if old else [],
        "against": against,
        "draft_before": draft,
    }
    return render(request, "agreements/review/changes.html", context)


def _found(request, reference, label):
    """A version that was sent to review, or that the reader may read before; strangers get 404."""
    agreement = find_agreement(request, reference)
    version = find_version(agreement, label)
    version.agreement = agreement
    if not rules.can_read_draft(request.grants, version) and not version.drafts.exists():
        require(signing_rules.can_read(request.grants, version))
        raise Http404
    return version


def _text(request, version):
    """The terms to show and the number of their draft: a text that was taken back is shown as it was sent."""
    sent = version.drafts.first()
    if version.state == Version.State.DRAFT and sent is not None:
        return sent.read_terms(), sent.number
    return version.read_terms(), version.draft_number


def _draft_before(version, number):
    return version.drafts.filter(number__lt=number).first()


def _choices(shown):
    return [(part, part) for part in terms.parts(shown)]


def _number(text):
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def _act(request, version, form, act, said):
    """Run an act of the review and go back to its page; what is refused stands there beside its field."""
    try:
        with transaction.atomic():
            act()
    except Refused as error:
        if form is None:
            messages.error(request, str(error))
        else:
            form.add_error(error.place if error.place in form.fields else None, str(error))
            return _render(request, version, form)
    except actions.Stale:
        messages.info(request, _("The text changed since you opened this page. Read it again, then decide."))
    except TransitionNotAllowed:
        messages.info(request, _("Somebody was faster: this is not open any more."))
    else:
        messages.success(request, said)
    return redirect("agreements:review", version.agreement.reference, version.label)


def _render(request, version, failed=None):
    shown, number = _text(request, version)
    digests = terms.parts(shown)
    seats = reviewing.seats(version)
    own = next((seat for seat in seats if seat.user_id == request.user.pk), None)
    talk = discussion.threads(
        version.comments.select_related("author", "settled_by"), lambda said: _may_settle(request, version, said)
    )
    printed = printing.document(shown, facts.of_version(version, request.now))
    rows, rest = discussion.rows(printed, digests, talk, own)
    open_ = [thread for thread in talk if thread.is_open]
    context = (
        printing.context(printed)
        | _head(request, version, "review")
        | {
            "number": number,
            "rows": rows,
            "rest": rest,
            "reviewers": _opinions(version, digests, seats),
            "own": own,
            "own_missing": len(approval.uncovered(digests, own)) if own else 0,
            "before": discussion.before_signing(
                len(lint.errors(checks.findings(version, request.now))),
                len(open_),
                sum(thread.start.blocking for thread in open_),
                len(approval.missing(digests, seats)),
            ),
            "can_talk": (
                version.state in TALK
                and version.drafts.exists()
                and rules.can_comment(request.grants, version.agreement)
            ),
            "failed": failed,
            "approve_form": failed if isinstance(failed, ApproveForm) else ApproveForm({"revision": version.revision}),
            "changes_form": failed if isinstance(failed, ChangesForm) else ChangesForm(),
            "whole": discussion.WHOLE,
        }
    )
    return render(request, "agreements/review/review.html", context, status=422 if failed else 200)


def _may_settle(request, version, said):
    said.version = version
    return version.state in TALK and rules.can_settle(request.grants, said)


def _opinions(version, digests, seats):
    people = {seat.user_id: seat.user for seat in version.reviewers.select_related("user")}
    remarks = dict(version.approvals.exclude(remark="").values_list("user_id", "remark"))
    return [
        {
            "person": people[seat.user_id],
            "required": seat.required,
            "organisation": version.agreement.organisation_of(seat.party),
            "opinion": discussion.opinion(digests, seat),
            "remark": remarks.get(seat.user_id, ""),
        }
        for seat in seats
    ]


def _head(request, version, current):
    return {
        "version": version,
        "agreement": version.agreement,
        "sent": version.drafts.select_related("sent_by").first(),
        "can_edit": rules.can_edit(request.grants, version) and version.state in rules.EDITABLE,
        "tab": current,
        "comments": version.comments.filter(thread=None).count(),
    }
