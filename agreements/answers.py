"""Where the requirements of a client are answered: in which version, by which target or clause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agreements import coverage, lifecycle, lives, signing_rules, tracing
from agreements.models import Agreement, Requirement, Version


@dataclass(frozen=True)
class Answer:
    """One version that answers a requirement; `word` is that of the version at the moment of reading."""

    version: Version
    word: str
    parts: Sequence[tracing.Part]

    @property
    def holds(self) -> bool:
        return self.word in coverage.HOLDS


def of(requirement: Requirement, user, grants, at: datetime) -> list[Answer]:
    """The answers that a person may see: in what is signed and holds or will hold, and in what is being written."""
    agreements = Agreement.objects.visible_to(user, at).filter(
        provider=requirement.service.organisation_id, client=requirement.client_id
    )
    versions = Version.objects.filter(agreement__in=agreements).exclude(state=Version.State.ABANDONED)
    found = []
    for version in versions.select_related("agreement").order_by("agreement", "-major", "-minor"):
        word = lifecycle.version_word(lives.life_of(version), at)
        if word == "superseded" or not signing_rules.can_read(grants, version):
            continue
        if parts := _parts(version, requirement.number):
            found.append(Answer(version, word, parts))
    return found


def word(requirement: Requirement, answers: Sequence[Answer]) -> str:
    """The requirement's state; an accepted one that a signed version answers is covered."""
    accepted = requirement.state == Requirement.State.ACCEPTED
    return "covered" if accepted and any(each.holds for each in answers) else requirement.state


def _parts(version: Version, number: str) -> list[tracing.Part]:
    terms = version.read_terms()
    return [part for part in tracing.kpis(terms) + tracing.clauses(terms) if number in part.answers]
