"""The pages of one agreement: overview, text, versions, history. The list is in index.py, people in people.py."""

from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from agreements import facts, lives, overview, printing, reviewing, rules, signing_rules, supporting, wording
from agreements.lifecycle import OPEN
from agreements.models import Version
from agreements.views.finding import find_agreement, find_version, require
from records.models import AuditEntry

HISTORY = 50


@require_GET
def detail(request, reference):
    agreement = find_agreement(request, reference)
    versions = _versions(agreement)
    shown = _shown(versions, request)
    context = head(request, agreement, versions) | {
        "versions": [_version_row(version, request.now) for version in versions[:5]],
        "entries": wording.entries(_history(request, agreement)[:5]),
        "people": agreement.holders.filter(until=None).select_related("user").order_by("position"),
    }
    if shown is not None:
        context |= _about(shown, request)
    terms = shown.read_terms() if shown else None
    context |= supporting.about(request.grants, agreement, terms, request.now)
    return render(request, "agreements/detail.html", context)


@require_GET
def document(request, reference):
    agreement = find_agreement(request, reference)
    versions = _versions(agreement)
    return _document(request, agreement, versions, _shown(versions, request))


@require_GET
def version(request, reference, label):
    agreement = find_agreement(request, reference)
    found = find_version(agreement, label)
    require(signing_rules.can_read(request.grants, found))
    return _document(request, agreement, _versions(agreement), found)


@require_GET
def versions(request, reference):
    agreement = find_agreement(request, reference)
    found = _versions(agreement)
    context = head(request, agreement, found) | {"versions": [_version_row(each, request.now) for each in found]}
    return render(request, "agreements/versions.html", context)


@require_GET
def history(request, reference):
    agreement = find_agreement(request, reference)
    page = Paginator(_history(request, agreement), HISTORY).get_page(request.GET.get("page"))
    context = head(request, agreement, _versions(agreement)) | {
        "page": page, "entries": wording.entries(page.object_list),
    }
    return render(request, "agreements/history.html", context)


def _document(request, agreement, versions, shown):
    if shown is None:
        raise Http404
    printed = printing.document(shown.read_terms(), facts.of_version(shown, request.now))
    context = head(request, agreement, versions) | printing.context(printed)
    context |= {"version": shown, "word": lives.word(shown, request.now)}
    return render(request, "agreements/document.html", context)


def _versions(agreement):
    found = agreement.versions.select_related("base", "created_by", "signed", "prepared")
    for each in found:
        each.agreement = agreement
    return list(found)


def _shown(versions, request):
    """The version to read: in force, else the next, else the one under way, as far as it may be read."""
    readable = [each for each in versions if signing_rules.can_read(request.grants, each)]
    current = lives.current(readable, request.now)
    return current or next((each for each in readable if each.state in OPEN), None)


def head(request, agreement, versions=None):
    """What the head and the tabs of each page of an agreement need; shared by all of them."""
    versions = _versions(agreement) if versions is None else versions
    under_way = next((each for each in versions if each.state in OPEN), None)
    return {
        "agreement": agreement,
        "standing": lives.standing_of(agreement, versions, request.now),
        "under_way": under_way,
        "current": lives.current(versions, request.now),
        "can_manage": signing_rules.can_manage(request.grants, agreement),
        "can_read_under_way": under_way is not None and signing_rules.can_read(request.grants, under_way),
    }


def _about(shown, request):
    terms = shown.read_terms()
    counts = Version.objects.filter(pk=shown.pk).aggregate(
        reviewers=Count("reviewers", distinct=True),
        # What one side says among its own is not counted for all to see.
        comments=Count("comments", filter=Q(comments__side=""), distinct=True),
    )
    last = shown.rounds.order_by("-number").first()
    slots = list(last.slots.exclude(state="reassigned").select_related("person")) if last else []
    zone = ZoneInfo(terms.agreement.timezone)
    progress = overview.Progress(
        state=shown.state,
        created_on=shown.created_at.astimezone(zone).date(),
        signed=sum(slot.state == "signed" for slot in slots),
        to_sign=len(terms.signatories) if last else 0,
        concluded_on=shown.concluded_at.astimezone(zone).date() if shown.concluded_at else None,
        **counts,
    )
    printed = printing.document(terms, printing.Facts(as_of=request.now))
    return {
        "shown": shown,
        "stages": overview.stages(terms, lives.life_of(shown), progress, request.now),
        "levels": printing.context(printed)["levels"],
        "summary": overview.summary(terms, request.now),
        "matrix": printing.context(printed)["matrix"],
        "round": last,
        "slots": slots,
        "signed_count": progress.signed,
        "parties": {"provider": shown.agreement.provider, "client": shown.agreement.client},
    }


def _version_row(version, now):
    return {"version": version, "word": lives.word(version, now)}


def _history(request, agreement):
    """What happened in the open, and what the reader's own side said among itself."""
    own = [reviewing.scope_of(agreement.reference, side) for side in rules.sides(request.grants, agreement)]
    return AuditEntry.objects.filter(scope__in=[agreement.reference, *own]).select_related("actor")
