"""Lengths of time in a few words, for a sentence with a figure (no ORM)."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements.openinghours import DAY

SHORT = (
    (86400, gettext_lazy("%d d")),
    (3600, gettext_lazy("%d h")),
    (60, gettext_lazy("%d min")),
    (1, gettext_lazy("%d s")),
)


def short(seconds: int) -> str:
    """43 min 12 s; days from two days on."""
    words, rest = [], seconds
    for size, form in SHORT:
        if size == DAY and seconds < 2 * DAY:
            continue
        count, rest = divmod(rest, size)
        if count:
            words.append(form % count)
    return " ".join(words) or _("no time")
