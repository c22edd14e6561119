"""The list of agreements under the filters of its address."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_htmx.http import push_url

from agreements import listing, states
from agreements.listing import Filters
from agreements.models import Agreement, SavedView

PAGE = 25
MOST_VIEWS = 30


@require_GET
def index(request):
    visible = seen(request)
    filters = Filters.read(request.GET)
    views = [(name, each, None) for name, each in listing.standard_views()] + saved_views(request)
    asked = [filters, *(each for _name, each, _saved in views)]
    found, *counts = listing.counts(visible, [each.condition(request.grants, request.now) for each in asked])
    page = _page(request, filters, visible, found)
    named = listing.choices(visible)
    context = {
        "filters": filters,
        "heads": heads(filters),
        "chips": listing.chips(filters, named),
        "views": [
            {"name": name, "url": each.url(), "current": each == filters, "count": count}
            for (name, each, _saved), count in zip(views, counts, strict=True)
        ],
        "own_view": next((kept for _name, each, kept in views if kept and each == filters), None),
        "address": urlencode(filters.values),
        "choices": choices(filters, named),
        "page": page,
        "rows": listing.rows(page.object_list, request.now),
        "any": counts[0] > 0,
        "can_draft": request.grants.has_anywhere("manager"),
    }
    response = render(request, "agreements/index.html", context)
    # The address without the empty fields of the form.
    return push_url(response, filters.url()) if request.htmx else response


def seen(request):
    """What the person sees, with how each stands."""
    return states.with_state(Agreement.objects.visible_to(request.user, request.now), request.now)


def saved_views(request):
    """One's own views and those shared with one's organisations, as filters."""
    mine = Q(owner=request.user) | Q(organisation__in=request.grants.organisations())
    return [
        (kept.name, Filters.read(QueryDict(kept.query)), kept if kept.owner_id == request.user.pk else None)
        for kept in SavedView.objects.filter(mine)[:MOST_VIEWS]
    ]


def heads(filters):
    """The columns, and where a click on each leads."""
    columns = [
        ("title", _("Agreement")), ("provider", _("Provider")), ("client", _("Client")), ("state", _("State")),
        ("end", _("Ends")), ("owner", _("Owner")), ("changed", _("Changed")),
    ]  # fmt: skip
    heads = [{"name": name, "label": label, **filters.head(name)} for name, label in columns]
    # What upper apps know of a row is not sorted here.
    return [*heads[:4], {"label": _("This month")}, {"label": _("Next review")}, *heads[4:]]


def choices(filters, named):
    """Of each filter: its name, what it is called, its values, and which is chosen."""
    words = listing.field_words()
    values = {
        "state": listing.state_words().items(),
        "kind": Agreement.Kind.choices,
        "provider": named["provider"],
        "client": named["client"],
        "owner": named["owner"],
        "role": listing.role_words().items(),
        "review": listing.review_words().items(),
        "ends": [(days, listing.end_words(days)) for days in listing.ENDS_WITHIN],
    }
    return [
        {"name": name, "label": words[name], "values": each, "chosen": getattr(filters, name)}
        for name, each in values.items()
    ]


def _page(request, filters, visible, found):
    """A page of the agreements that fit, of which there are `found`."""
    fitting = filters.sorted(visible.filter(filters.condition(request.grants, request.now)))
    paginator = Paginator(fitting, PAGE)
    paginator.count = found  # counted with the views already
    return paginator.get_page(request.GET.get("page"))
