"""What a reader of a review does: comment, settle, tick, propose, take over, give the word, remind."""

from functools import partial

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_fsm import TransitionNotAllowed

from agreements import actions, partnames, reviewing, rules, terms
from agreements.forms.review import CommentForm, DeclineForm, ReplyForm
from agreements.signing import Refused
from agreements.views.desk import Desk, found
from agreements.views.finding import require
from agreements.views.review import conversation

PAGES = ("review", "changes", "whole")


@require_POST
def comment(request, reference, label):
    version = found(request, reference, label)
    require(rules.can_comment(request.grants, version.agreement))
    desk = Desk(request, version)
    thread = None
    if request.POST.get("thread"):
        thread = _comment(request, version, _number(request.POST["thread"]))
        form = ReplyForm(request.POST)
    else:
        form = CommentForm(request.POST, parts=_known_parts(desk), sides=desk.side_choices)
    if not form.is_valid():
        return conversation(request, desk, form)
    said = {"part": "", "blocking": False} | form.cleaned_data
    return _act(
        request,
        desk,
        form,
        lambda: actions.comment(version, thread=thread, actor=request.user, at=request.now, **said),
        _("Your comment is there for your own side.")
        if (thread.side if thread else said.get("side"))
        else _("Your comment is there for everybody in this review."),
    )


@require_POST
def settle(request, reference, label, pk):
    version = found(request, reference, label)
    said = _comment(request, version, pk)
    # Who wrote a reply has no say over the thread it hangs on.
    root = said.thread or said
    require(rules.can_settle(request.grants, root))
    desk = Desk(request, version)
    return _act(request, desk, None, lambda: actions.settle(said, actor=request.user, at=request.now), _("Settled."))


@require_POST
def apply_suggestion(request, reference, label, pk):
    version = found(request, reference, label)
    require(rules.can_edit(request.grants, version))
    suggestion = _suggestion(request, version, pk)
    return _act(
        request,
        Desk(request, version),
        None,
        lambda: actions.apply_suggestion(suggestion, actor=request.user, at=request.now),
        _("The clause reads as proposed now. Send the next draft to review when it is finished."),
    )


@require_POST
def decline_suggestion(request, reference, label, pk):
    version = found(request, reference, label)
    require(rules.can_edit(request.grants, version))
    suggestion, form = _suggestion(request, version, pk), DeclineForm(request.POST)
    desk = Desk(request, version)
    if not form.is_valid():
        return conversation(request, desk, form)
    return _act(
        request,
        desk,
        form,
        lambda: actions.decline_suggestion(suggestion, actor=request.user, at=request.now, **form.cleaned_data),
        _("The clause stays; whoever proposed it reads why."),
    )


@require_POST
def look(request, reference, label):
    """Tick a piece of the text as looked at. Only what stands there as it was shown is ticked."""
    version = found(request, reference, label)
    desk = Desk(request, version)
    shown = dict(each.split("=", 1) for each in request.POST.getlist("part") if "=" in each)
    known = {part: digest for part, digest in shown.items() if desk.digests.get(part, "") == digest}
    if not shown or known != shown or not shown.keys() <= dict(_known_parts(desk)).keys():
        messages.info(request, _("The text changed since you opened this page. Read it again, then decide."))
    else:
        reviewing.look(version, request.user, known, at=request.now)
    return _back(request, version)


@require_POST
def finish(request, reference, label):
    """A reviewer's word on the draft."""
    version = found(request, reference, label)
    require(version.reviewers.filter(user=request.user).exists())
    desk = Desk(request, version)
    form = desk.finish_form(request.POST)
    if not form.is_valid():
        return conversation(request, desk, form)
    return _act(request, desk, form, lambda: _finish(request, desk, form.cleaned_data), _said(form.cleaned_data))


def _finish(request, desk, given):
    who = {"actor": request.user, "at": request.now}
    if given["opinion"] == "changes":
        return actions.request_changes(desk.version, reason=given["text"], **who)
    remark = given["text"] if given["opinion"] == "remark" else ""
    parts = given["parts"] or None
    return actions.approve(desk.version, remark=remark, revision=given["revision"], parts=parts, **who)


def _said(given):
    if given["opinion"] == "changes":
        return _("The draft is back with its author, who reads why.")
    return _("You approved the parts you chose.") if given["parts"] else _("You approved this draft as it stands.")


@require_POST
def recall(request, reference, label):
    version = found(request, reference, label)
    require(rules.can_edit(request.grants, version))
    desk = Desk(request, version)
    act = partial(actions.recall, version, actor=request.user, at=request.now)
    return _act(request, desk, None, act, _("The draft is back with you."))


@require_POST
def remind(request, reference, label, pk):
    version = found(request, reference, label)
    require(rules.can_edit(request.grants, version))
    reviewer = get_object_or_404(version.reviewers.select_related("user", "version"), pk=pk)
    return _act(
        request,
        Desk(request, version),
        None,
        lambda: actions.remind_reviewer(reviewer, actor=request.user, at=request.now),
        _("%s is reminded.") % reviewer.user,
        page="reviewers",
    )


def _comment(request, version, pk):
    """A comment that the reader may see; another side's is not found."""
    comments = version.comments.for_sides(rules.sides(request.grants, version.agreement))
    return get_object_or_404(comments.select_related("version__agreement", "thread__version__agreement"), pk=pk)


def _suggestion(request, version, pk):
    said = _comment(request, version, pk)
    if said.suggested is None:
        raise Http404
    return said.suggested


def _known_parts(desk):
    """Every part of any text under review: what was written about one that is gone since is kept."""
    base = [desk.version.base.read_terms()] if desk.version.base else []
    texts = [desk.terms, *(draft.read_terms() for draft in desk.drafts), *base]
    return list({part: partnames.name(desk.names, part) for text in texts for part in terms.parts(text)}.items())


def _number(text):
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def _back(request, version, page=""):
    """To the page that the act was done on, at the piece of text that it was about."""
    page = page or (request.POST.get("page") if request.POST.get("page") in PAGES else "review")
    place = reverse(f"agreements:{page}", args=[version.agreement.reference, version.label])
    query = request.GET.urlencode()
    anchor = "".join(sign for sign in request.POST.get("anchor", "") if sign.isalnum() or sign in "-_")
    return redirect(place + (f"?{query}" if query else "") + (f"#{anchor}" if anchor else ""))


def _act(request, desk, form, act, said, *, page=""):
    """Run an act of the review and go back to its page; what is refused stands there beside its field."""
    try:
        with transaction.atomic():
            act()
    except Refused as error:
        if form is None:
            messages.error(request, str(error))
        else:
            form.add_error(error.place if error.place in form.fields else None, str(error))
            return conversation(request, desk, form)
    except actions.Stale:
        messages.info(request, _("The text changed since you opened this page. Read it again, then decide."))
    except TransitionNotAllowed:
        messages.info(request, _("Somebody was faster: this is not open any more."))
    else:
        messages.success(request, said)
    return _back(request, desk.version, page)
