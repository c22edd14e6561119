"""Every act of exclusions, corrections and disputes, on an agreement of their own."""

from datetime import timedelta

import incidents.actions as handling
import kpis.actions as measuring
from kpis.models import Period
from tests.kpis.build import deliver, outage, stream
from tests.kpis.claims import JUNE_3, MAY_20, NIGHT, approved, make_excluding, may_outages, propose

AT = JUNE_3 + timedelta(days=2)


def all_of_them():
    agreement, asker, other, client = make_excluding()
    may_outages(agreement, asker)
    _exclusions(agreement, asker, other, client)
    measuring.close_due(now=JUNE_3)
    period = Period.objects.get(target__agreement=agreement, target__key="K1", label="2026-05")
    _corrections(agreement, period, asker, other, client)


def _exclusions(agreement, asker, other, client):
    who = {"actor": other, "at": MAY_20}
    refused = propose(agreement, asker, start=NIGHT + timedelta(days=7))
    measuring.refuse_exclusion(refused, reason="That was none", **who)
    incident = handling.log_incident(
        agreement, title="Down", text="", priority=3, began_at=MAY_20, party="provider", door="portal", actor=asker,
        at=MAY_20,
    )
    again = {"category": refused.category, "kpis": ["K1"], "notice_at": refused.notice_at, "reason": "It was"}
    handling.exclude_incident(
        incident, starts_at=refused.starts_at, ends_at=refused.ends_at, actor=asker, at=MAY_20, **again
    )
    exclusion = approved(agreement, asker, other)
    measuring.acknowledge_exclusion(exclusion, actor=client, at=MAY_20)
    dispute = measuring.open_dispute(exclusion, reason="Nobody told us", actor=client, at=MAY_20)
    measuring.withdraw_dispute(dispute, actor=client, at=MAY_20)
    dispute = measuring.open_dispute(exclusion, reason="Nobody told us", actor=client, at=MAY_20)
    dispute = measuring.answer_dispute(dispute, text="By mail", stands=True, **who)
    dispute = measuring.insist_dispute(dispute, text="To the wrong address", actor=client, at=MAY_20)
    dispute = measuring.answer_dispute(dispute, text="So it was", stands=False, **who)
    measuring.settle_dispute(dispute, actor=client, at=MAY_20)


def _corrections(agreement, period, asker, other, client):
    for hour, ending in ((5, "refused"), (4, "accepted"), (3, "silent")):
        row = outage("2026-05-10T02:00", f"2026-05-10T0{hour}:00")
        deliver(stream(agreement, "canvas-lms"), [row], asker, at=AT, reason="Read from the wrong log")
        correction = measuring.propose_correction(period, reason="It was shorter", actor=asker, at=AT)
        if ending == "refused":
            measuring.refuse_correction(correction, reason="It was not", actor=other, at=AT)
            continue
        correction = measuring.approve_correction(correction, actor=other, at=AT)
        if ending == "accepted":
            measuring.accept_correction(correction, actor=client, at=AT)
    measuring.accept_silent_corrections(now=AT + timedelta(days=20))
