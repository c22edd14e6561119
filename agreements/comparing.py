"""The texts of a version that can be laid beside each other, and which two a reader asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from agreements.models import Draft, Version
from agreements.terms import Terms


@dataclass(frozen=True)
class Text:
    """One text under the name that addresses and pickers give it: "v2.0", "d3", "now"."""

    key: str
    label: str
    terms: Terms


@dataclass(frozen=True)
class Pair:
    """Two texts to compare, among all that could be; `old` is None when there is only one."""

    texts: Sequence[Text]
    old: Text | None
    new: Text

    @property
    def query(self) -> str:
        return f"from={self.old.key}&to={self.new.key}" if self.old else ""


def texts(version: Version, drafts: Sequence[Draft], *, writing: bool) -> list[Text]:
    """Oldest first: the version that is changed, each draft as it was sent, what is being written now.

    The last is read by those of the provider alone who may see an unfinished text (`writing`).
    """
    found = []
    if version.base:
        found.append(Text(version.base.label, _("%s, signed") % version.base.label, version.base.read_terms()))
    for draft in sorted(drafts, key=lambda each: each.number):
        found.append(Text(f"d{draft.number}", _("draft %s") % draft.number, draft.read_terms()))
    unsent = version.draft_number not in {draft.number for draft in drafts} or drafts[0].terms != version.terms
    if writing and unsent:
        found.append(Text("now", _("draft %s, being written") % version.draft_number, version.read_terms()))
    return found


def pair(texts: Sequence[Text], old: str, new: str) -> Pair:
    """The two that were asked for; else the newest against the version it changes, or the draft before it."""
    by_key = {text.key: text for text in texts}
    after = by_key.get(new, texts[-1])
    earlier = [text for text in texts if text is not after]
    usual = earlier[0] if earlier and earlier[0].key.startswith("v") else earlier[-1] if earlier else None
    before = by_key.get(old, usual)
    return Pair(texts, None if before is after else before, after)
