"""A value inside a document together with where it stands, so that each reason names its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from agreements import sentences

MOST_TEXT = 2000


class Unread(ValueError):
    """What stands at a place means nothing here; the message says why."""

    def __init__(self, path: str, reason: str):
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


@dataclass(frozen=True)
class Place:
    """A value and its path, "document 2: spec.objectives[0].target"."""

    value: Any
    path: str

    def __bool__(self) -> bool:
        return self.value is not None

    def __getitem__(self, name: str) -> "Place":
        """What stands under a name; nothing where the name is not there. Raises Unread where there are no names."""
        if self.value is None:
            return Place(None, self._under(name))
        if not isinstance(self.value, Mapping):
            raise self.wrong(_("names and values belong here"))
        return Place(self.value.get(name), self._under(name))

    def items(self) -> list["Place"]:
        """The rows of a list. Raises Unread for anything else."""
        if not isinstance(self.value, list):
            raise self.wrong(_("a list belongs here"))
        return [Place(each, f"{self.path}[{index}]") for index, each in enumerate(self.value)]

    def names(self) -> Iterator[str]:
        return iter(self.value if isinstance(self.value, Mapping) else ())

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value.strip() or len(self.value) > MOST_TEXT:
            raise self.wrong(_("a text belongs here"))
        said = " ".join(self.value.split())
        if not said.isprintable():
            raise self.wrong(_("this text holds signs that cannot be printed"))
        return said

    def number(self) -> Decimal:
        if not isinstance(self.value, Decimal) or sentences.number(f"{self.value:f}") is None:
            raise self.wrong(_("a number belongs here"))
        return self.value

    def texts(self, prefix: str) -> dict[str, str]:
        """Of names and texts, as annotations are, those whose name begins so."""
        self[prefix]  # asks that names and values stand here, or nothing
        return {name: self[name].text() for name in self.names() if name.startswith(prefix)}

    def wrong(self, reason: str) -> Unread:
        return Unread(self.path, reason)

    def _under(self, name: str) -> str:
        return f"{self.path}{'' if self.path.endswith(' ') else '.'}{name}"
