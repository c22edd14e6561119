"""The records room: search over what a person may see, each document's page, its download."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from agreements import search
from agreements.lifecycle import Life, version_word
from agreements.models import Agreement, Version
from incidents.models import Breach
from records import actions, retention, vault
from records.models import AuditEntry, Disposal, Document, Hold

SHOWN = [Document.Kind.SIGNED, Document.Kind.REPORT, Document.Kind.MINUTES, Document.Kind.EVIDENCE]

HITS = 10
MOST = 200


def visible_documents(request):
    """Documents of the agreements this person sees; what they delivered themselves too."""
    agreements = Agreement.objects.visible_to(request.user, request.now)
    return Document.objects.filter(Q(scope__in=agreements.values("reference")) | Q(stored_by=request.user))


@require_GET
def index(request):
    q = request.GET.get("q", "").strip().replace("\x00", "")
    kind = request.GET.get("kind", "")
    documents = visible_documents(request).filter(kind__in=SHOWN)
    if kind in SHOWN:
        documents = documents.filter(kind=kind)
    agreements = Agreement.objects.none()
    breaches = Breach.objects.none()
    hits = []
    if q:
        seen = Agreement.objects.visible_to(request.user, request.now)
        documents = documents.filter(_mentions(q, "title", "number", "scope", "text", "sha256"))
        agreements = seen.filter(_mentions(q, "title", "reference", "client__name", "provider__name"))
        hits = text_hits(request, seen, q)
        breaches = Breach.objects.in_agreements(seen).filter(_mentions(q, "number", "title"))
    documents = documents.defer("text").select_related("tombstone").order_by("-stored_at", "-pk")
    page = Paginator(documents, 25).get_page(request.GET.get("page"))
    context = {
        "q": q,
        "kind": kind,
        "kinds": [choice for choice in Document.Kind.choices if choice[0] in SHOWN],
        "page": page,
        "agreements": agreements.select_related("client")[:10],
        "hits": hits,
        "breaches": breaches.select_related("agreement")[:10],
    }
    return render(request, "slaportal/records.html", context)


def text_hits(request, agreements, q):
    """The best pieces of the agreements' texts, each with the version, how it stands and its place: one query."""
    found = search.matching(search.readable(agreements, request.grants), q)
    passages = found.select_related("version__agreement__client").defer("version__terms")[:HITS]
    return [
        {
            "passage": each,
            "version": each.version,
            "word": _word(each.version, request.now),
            "snippet": search.snippet(each.text, q),
            "url": each.version.get_absolute_url() + (f"#{each.anchor}" if each.anchor else ""),
        }
        for each in passages
    ]


def _word(version, now):
    life = Life(version.label, version.state, version.effective_from, version.effective_to)
    return version_word(life, now)


def _mentions(words, *fields):
    """Each word somewhere in the fields."""
    query = Q()
    for word in words.split()[:10]:
        either = Q()
        for field in fields:
            either |= Q(**{f"{field}__icontains": word})
        query &= either
    return query


@require_GET
def document(request, sha256):
    found = get_object_or_404(visible_documents(request), sha256=sha256)
    actions.note_opening(found, actor=request.user, at=request.now)
    tombstone = retention.tombstone_of(found)
    context = {
        "document": found,
        "epitaph": retention.epitaph(tombstone.disposal) if tombstone else "",
        "version": Version.objects.filter(signed=found).select_related("agreement").first(),
        "entries": AuditEntry.objects.filter(target_label="records.document", target_id=found.pk)
        .select_related("actor", "link")
        .order_by("at", "pk")[:100],
    }
    return render(request, "slaportal/document.html", context)


def _gone(request, found):
    """The page of a file that was disposed of, where the file would have come."""
    answer = document(request, found.sha256)
    answer.status_code = 410
    return answer


@require_GET
def holds(request):
    """Every hold and every disposal of the agreements this person sees."""
    seen = Agreement.objects.visible_to(request.user, request.now)
    titles = dict(seen.values_list("reference", "title"))
    context = {
        "holds": Hold.objects.filter(scope__in=seen.values("reference")).select_related("asked_by")[:MOST],
        "disposals": Disposal.objects.filter(scope__in=seen.values("reference")).select_related("proposed_by")[:MOST],
    }
    for rows in context.values():
        for row in rows:
            row.title = titles[row.scope]
    return render(request, "slaportal/holds.html", context)


@require_GET
def download(request, sha256):
    found = get_object_or_404(visible_documents(request), sha256=sha256)
    if retention.tombstone_of(found):
        return _gone(request, found)
    try:
        content = vault.read(found.sha256)
    except vault.Damaged as error:
        raise Http404(str(error)) from error
    actions.note_download(found, actor=request.user, at=request.now)
    return HttpResponse(
        content,
        content_type=found.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{found.filename}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox",
        },
    )
