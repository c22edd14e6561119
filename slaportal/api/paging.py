from rest_framework.exceptions import ValidationError
from rest_framework.pagination import LimitOffsetPagination

# Above it some databases have no such number.
FURTHEST = 10_000_000


class Paged(LimitOffsetPagination):
    """`?limit=` (at most 500) and `?offset=`."""

    default_limit = 100
    max_limit = 500

    def get_offset(self, request):
        offset = super().get_offset(request)
        if offset > FURTHEST:
            raise ValidationError({"offset": [f"At most {FURTHEST}."]})
        return offset
