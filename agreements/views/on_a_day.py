"""Terms on a date: which version held on a day, its text and what proves it."""

from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from agreements import facts, holding, lives, printing
from agreements.forms.repository import DayForm
from agreements.models import Agreement
from agreements.views.finding import find_agreement
from agreements.views.repository import head


@require_GET
def choose(request, reference):
    """The day asked for in a form, as an address; without one, a form."""
    agreement = find_agreement(request, reference)
    form = DayForm(request.GET if "on" in request.GET else None, initial={"on": request.now.date()})
    if form.is_valid():
        return redirect("agreements:on", reference, form.cleaned_data["on"].isoformat())
    context = head(request, agreement) | {"form": form}
    return render(request, "agreements/on_a_day.html", context, status=422 if form.errors else 200)


@require_GET
def on(request, reference, day):
    agreement = find_agreement(request, reference)
    asked = DayForm({"on": day})
    if not asked.is_valid():
        raise Http404
    loaded = lives.with_lives(Agreement.objects.filter(pk=agreement.pk)).get()
    answer = holding.on_day(loaded, asked.cleaned_data["on"], request.now)
    if request.GET.get("as") == "json":
        return JsonResponse(as_json(agreement, answer))
    context = head(request, agreement) | {"form": asked, "answer": answer, "as_json": "?as=json"}
    if answer.held:
        last = answer.held[-1].version
        last.agreement = agreement
        printed = printing.document(last.read_terms(), facts.of_version(last, request.now))
        context |= printing.context(printed) | {"version": last}
    return render(request, "agreements/on_a_day.html", context)


def as_json(agreement, answer):
    """The same for a program: times in UTC, the terms as they are hashed."""
    return {
        "reference": agreement.reference,
        "on": answer.day.isoformat(),
        "timezone": answer.zone,
        "word": answer.word,
        "held": [
            {
                "version": each.version.label,
                "effective_from": each.start,
                "effective_to": each.end,
                "concluded_at": each.version.concluded_at,
                "terms_sha256": each.version.terms_sha256,
                "signed_document_sha256": each.version.signed.sha256 if each.version.signed else None,
                "chain_entry": each.link.seq if each.link else None,
                "chain_hash": each.link.hash if each.link else None,
                "terms": each.version.terms,
            }
            for each in answer.held
        ],
    }
