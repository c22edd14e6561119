from dataclasses import fields

import django_filters
from django.utils.functional import SimpleLazyObject

from agreements.listing import MOST_DAYS, REVIEWS, ROLES, SORTS, STATES, Filters
from agreements.models import Agreement


class AgreementFilter(django_filters.FilterSet):
    """The filters of the list's page, under the same names; what is not understood is refused."""

    q = django_filters.CharFilter(label="Words of title, number, party or text.")
    state = django_filters.ChoiceFilter(choices=[(each, each) for each in STATES])
    kind = django_filters.ChoiceFilter(choices=Agreement.Kind.choices)
    role = django_filters.ChoiceFilter(choices=[(each, each) for each in ROLES])
    provider = django_filters.NumberFilter()
    client = django_filters.NumberFilter()
    owner = django_filters.NumberFilter()
    ends = django_filters.NumberFilter(min_value=0, max_value=MOST_DAYS, label="Ends within so many days.")
    review = django_filters.ChoiceFilter(choices=[(each, each) for each in REVIEWS])
    sort = django_filters.ChoiceFilter(choices=[(way + each, way + each) for each in SORTS for way in ("", "-")])

    class Meta:
        model = Agreement
        fields: list[str] = []

    def filter_queryset(self, queryset):
        given = {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")}
        numbers = {each.name for each in fields(Filters) if "int" in str(each.type)}
        filters = Filters(**{name: int(value) if name in numbers else value for name, value in given.items()})
        view = self.request.parser_context["view"]
        return filters.sorted(queryset.filter(filters.condition(SimpleLazyObject(view.grants), view.now)))
