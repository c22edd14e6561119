"""The pages of a review: conversation, changes, the whole document, its reviewers. They only read."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_fsm import TransitionNotAllowed

from agreements import actions, comparing, discussion, facts, printing, redline, redlined, rules, talkline, terms
from agreements.forms.drafting import ReviewersForm
from agreements.models import Version
from agreements.signing import Refused
from agreements.views.desk import Desk, found
from agreements.views.finding import require

VIEWS = ("all", "open", "blocking", "settled", "mine")


@require_GET
def review(request, reference, label):
    """The conversation: what happened and what was said, over all drafts."""
    return conversation(request, Desk(request, found(request, reference, label)))


def conversation(request, desk, failed=None):
    view = request.GET.get("show", "all")
    chosen = discussion.chosen(desk.threads, view, request.user.pk)
    happened = talkline.events(desk.version) if view not in VIEWS[1:] else []
    counts = {name: len(discussion.chosen(desk.threads, name, request.user.pk)) for name in VIEWS}
    words = {
        "all": _("Everything"),
        "open": _("Open"),
        "blocking": _("Must be settled"),
        "settled": _("Settled"),
        "mine": _("With me"),
    }
    context = desk.context("review", failed) | {
        "entries": talkline.line(happened, chosen),
        "views": [
            {"name": words[name], "url": f"?show={name}", "current": name == view, "count": counts[name]}
            for name in VIEWS
        ],
        "view": view,
    }
    return render(request, "agreements/review/conversation.html", context, status=422 if failed else 200)


@require_GET
def whole(request, reference, label):
    """The whole document by section, with the threads in its margin."""
    desk = Desk(request, found(request, reference, label))
    printed = printing.document(desk.terms, facts.of_version(desk.version, request.now))
    rows = discussion.sections(printed, desk.digests)
    rest = desk.place(rows)
    context = printing.context(printed) | desk.context("whole") | {"rows": rows, "rest": rest} | _progress(rows)
    return render(request, "agreements/review/whole.html", context)


@require_GET
def changes(request, reference, label):
    """Two texts of this agreement beside each other: any draft, the version in force, the one that is changed."""
    desk = Desk(request, found(request, reference, label))
    pair = _pair(request, desk)
    rows, rest = [], desk.threads
    if pair.old:
        rows = discussion.changed(pair.old.terms, pair.new.terms, terms.parts(pair.new.terms))
        rest = desk.place(rows)
    context = desk.context("changes") | {
        "pair": pair,
        "rows": rows,
        "anew": redline.judged_anew(pair.old.terms, pair.new.terms) if pair.old else [],
        "rest": [thread for thread in rest if thread.is_open],
        "view": request.GET.get("view") if request.GET.get("view") in ("side", "new") else "marked",
    }
    return render(request, "agreements/review/changes.html", context | _progress(rows))


@require_GET
def redline_pdf(request, reference, label):
    """The comparison as a PDF to take along."""
    desk = Desk(request, found(request, reference, label))
    pair = _pair(request, desk)
    if not pair.old:
        raise Http404
    response = HttpResponse(redlined.pdf(desk.version, pair, at=request.now), content_type="application/pdf")
    name = f"{desk.agreement.reference}-{pair.old.key}-{pair.new.key}.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def reviewers(request, reference, label):
    """Who reviews it, and who covers which part; its manager changes who is asked."""
    desk = Desk(request, found(request, reference, label))
    may_change = rules.can_edit(request.grants, desk.version) and desk.version.state == Version.State.IN_REVIEW
    form = None
    if may_change or request.method == "POST":
        require(rules.can_edit(request.grants, desk.version))
        form = ReviewersForm(
            request.POST or None,
            agreement=desk.agreement,
            at=request.now,
            initial=ReviewersForm.initial_of(desk.version),
            seats_only=True,
        )
    if request.method == "POST" and form.is_valid():
        try:
            actions.seat_reviewers(desk.version, reviewers=form.reviewers, actor=request.user, at=request.now)
        except Refused as error:
            form.add_error(None, str(error))
        except TransitionNotAllowed:
            messages.info(request, _("Somebody was faster: this is not open any more."))
            return redirect("agreements:reviewers", reference, label)
        else:
            messages.success(request, _("The reviewers are named; who is new is asked now."))
            return redirect("agreements:reviewers", reference, label)
    return _reviewers(request, desk, form)


def _reviewers(request, desk, form):
    context = desk.context("reviewers")
    wanted = [line for line in context["reviewers"] if line["required"]]
    context |= {
        "form": form,
        "seats": wanted,
        "parts": [
            {
                "name": desk.names.get(part, part),
                "digest": digest,
                "covered": [line["covers"][part] for line in wanted],
            }
            for part, digest in desk.digests.items()
        ],
        "may_remind": rules.can_edit(request.grants, desk.version) and desk.version.state == Version.State.IN_REVIEW,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "agreements/review/reviewers.html", context, status=status)


@require_GET
def comment_link(request, reference, label, pk):
    """The lasting address of a comment: a fragment would be lost at the door, a path is not."""
    version = found(request, reference, label)
    said = get_object_or_404(version.comments.for_sides(rules.sides(request.grants, version.agreement)), pk=pk)
    response = redirect("agreements:review", reference, label)
    response["Location"] += f"#comment-{said.pk}"
    return response


def _pair(request, desk):
    texts = comparing.texts(desk.version, desk.drafts, writing=rules.can_read_draft(request.grants, desk.version))
    return comparing.pair(texts, request.GET.get("from", ""), request.GET.get("to", ""))


def _progress(rows):
    """How far the reader came, and where to go on."""
    unseen = next((row for row in rows if not row.looked), None)
    return {"seen": sum(row.looked for row in rows), "unseen": unseen}
