"""Which services are promised to somebody: derived from signed terms and dates at every read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from agreements import lifecycle, lives
from agreements.keeping import kept_by
from agreements.models import Agreement, Service, Version

# An OLA between teams of one house promises nothing to a client; a UC covers what is bought.
PROMISING = (Agreement.Kind.SLA, Agreement.Kind.UC)
HOLDS = ("in_force", "expiring", "terminating", "scheduled")


@dataclass(frozen=True)
class Cover:
    """The agreements whose signed terms hold for a service now or later, and those that are being prepared."""

    holding: tuple[str, ...] = ()
    preparing: tuple[str, ...] = ()


def word(service: Service, cover: Cover) -> str:
    """retired | covered | not_needed | prepared | lacking: what the catalogue says of its SLA."""
    if service.retired_at is not None:
        return "retired"
    if cover.holding:
        return "covered"
    if not service.needs_sla:
        return "not_needed"
    return "prepared" if cover.preparing else "lacking"


def covers(organisations: Collection[int], at: datetime) -> dict[tuple[int, str], Cover]:
    """The cover of each service by (organisation, key), as far as there is any. Three queries."""
    agreements = lives.with_lives(Agreement.objects.filter(kept_by(organisations), kind__in=PROMISING))
    spoken_of: dict[int, tuple[Agreement, str]] = {}
    for agreement in agreements:
        for version in agreement.versions.all():
            if said := _standing(agreement, version, at):
                spoken_of[version.pk] = (agreement, said)
    found: dict[tuple[int, str], Cover] = {}
    named = Version.objects.filter(pk__in=spoken_of).order_by("pk").values_list("pk", "terms__services")
    for pk, services in named:
        agreement, said = spoken_of[pk]
        for key in {service["key"] for service in services}:
            place = (agreement.keeper_id, key)
            found[place] = _with(found.get(place, Cover()), agreement.reference, said)
    return found


def _standing(agreement: Agreement, version: Version, at: datetime) -> str:
    """holding | preparing, or nothing of what counts."""
    if version.state in lifecycle.OPEN:
        return "preparing"
    life = lives.life(version)
    if version.state != Version.State.EXECUTED or agreement.state != Agreement.State.ACTIVE:
        return ""
    return "holding" if lifecycle.standing(agreement.state, [life], at).state in HOLDS else ""


def _with(cover: Cover, reference: str, said: str) -> Cover:
    one = (reference,)
    if said == "holding":
        return Cover(tuple(dict.fromkeys(cover.holding + one)), cover.preparing)
    return Cover(cover.holding, tuple(dict.fromkeys(cover.preparing + one)))
