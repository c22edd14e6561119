"""How machines feed a stream: its metric, the query of its server, and how the last fetch went."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kpis import actions
from kpis.forms.intake import FeedForm
from kpis.models import Feed, Indicator
from kpis.views.streams import stream_of

NAMES = ("metric", "counter", "url", "query", "step_seconds", "enabled")


@require_http_methods(["GET", "HEAD", "POST"])
def feed(request, pk):
    """Set the metric and the query of a stream of values."""
    stream = stream_of(request, pk)
    if stream.kind != Indicator.Kind.VALUES:
        raise Http404
    known = Feed.objects.filter(indicator=stream).first()
    initial = {"since": request.now} | ({name: getattr(known, name) for name in NAMES} if known else {})
    form = FeedForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.set_feed(stream, **form.cleaned_data, actor=request.user, at=request.now)
        messages.success(request, _("Saved."))
        return redirect("kpis:feed", stream.pk)
    context = {"stream": stream, "form": form, "feed": known}
    return render(request, "kpis/feed.html", context, status=422 if form.errors else 200)
