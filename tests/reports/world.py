from incidents import escalation
from reports import actions, facts, spans
from tests.reports.rows import CLOSED


def extend(world):
    """May's report, shared with the client. Typeset nowhere: printing has its own tests, and takes seconds."""
    escalation.tick(now=CLOSED)
    span = next(each for each in spans.ended(world.agreement, CLOSED) if each.label == "2026-05")
    known = facts.gather(world.agreement, span, number="RPT-2026-05-001", at=CLOSED)
    stored = actions._store(world.agreement, span, known, b"%PDF-1.7 of the world", actor=None, at=CLOSED)
    world.report = actions.share(stored, actor=None, at=CLOSED)
