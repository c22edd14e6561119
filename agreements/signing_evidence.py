"""How a signature outside a round was given: what is kept as evidence beside the signed paper."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from accounts.identity import Proof
from accounts.models import SigningAuthority, User


@dataclass(frozen=True)
class Given:
    """What the request showed: the fresh proof of identity, network address and browser."""

    proof: Proof
    address: str
    agent: str

    def evidence(self, person: User, authority: SigningAuthority, *, shown_sha256: str, at: datetime) -> dict:
        return {
            "at": at.isoformat(),
            "user": person.pk,
            "name": person.name,
            "email": person.email,
            "organisation": authority.organisation.name,
            "authority": authority.pk,
            "authority_source": authority.source,
            "proof": {"method": self.proof.method, "at": self.proof.at.isoformat()},
            "shown_sha256": shown_sha256,
            "address": self.address,
            "agent": self.agent[:400],
            "software": settings.VERSION,
        }
