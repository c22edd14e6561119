"""Worlds and attempts for the table of transitions: how a signed agreement ends, renews, and lets its files go."""

from datetime import UTC, date, datetime, timedelta

from agreements import actions, ends
from agreements.terms import Term
from tests.agreements import endings, retaining
from tests.factories import NOON, make_agreement, make_member, make_version

JUNE = datetime(2026, 6, 1, tzinfo=UTC)
END = datetime(2026, 9, 1, tzinfo=UTC)  # after the last day of endings.notice
RENEWS, FIXED = (Term("2026-05-01", "2026-12-31", renewal, 12, 90) for renewal in ("automatic", "by_agreement"))
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


def with_ending(make):
    def world():
        who = endings.signed_world()
        who.ending = make(who)
        return who

    return world


def conclude(now):
    return lambda who: actions.conclude_due(now=now)


def agree(who, actor="head"):
    person = getattr(who, actor)
    actions.agree_end(who.ending, given=endings.given(person), actor=person, at=NOON)


def consent(who, actor="head", at=NOON + timedelta(days=1)):
    actions.answer_recall(who.ending, consent=True, actor=getattr(who, actor), at=at)


def renew(who, ends_on=date(2027, 12, 31)):
    who.version = actions.renew(who.agreement, ends_on=ends_on, actor=who.manager, at=NOON)


def give_notice_then_renew(who):
    endings.notice(who, last_day=date(2026, 12, 31))
    actions.record_renewals(now=NEW_YEAR)


def succeeded():
    """The successor was signed by both and begins in June."""
    who = endings.signed_world()
    new = make_agreement(who.agreement.provider, who.agreement.client, who.manager, predecessor=who.agreement)
    ends.give_way(make_version(new, state="executed", effective_from=JUNE, concluded_at=NOON), at=NOON)
    return who


def hold_asked():
    who = retaining.ended_world()
    auditor = make_member(who.agreement.provider, "auditor", name="Otto Falk")
    what = {"party": "provider", "reason": "Inquiry", "actor": auditor, "at": retaining.FREE}
    who.hold = actions.ask_hold(who.agreement, **what)
    return who


def hold_standing():
    who = hold_asked()
    set_hold(who)
    return who


def set_hold(who, actor="manager"):
    actions.answer_hold(who.hold, grant=True, actor=getattr(who, actor), at=retaining.FREE)


def lift(who, actor="manager", reason="Settled"):
    actions.lift_hold(who.hold, reason=reason, actor=getattr(who, actor), at=retaining.FREE)


def to_dispose():
    who = retaining.ended_world()
    who.disposal = retaining.proposed(who)
    return who


def to_remove():
    who = to_dispose()
    dispose(who)
    return who


def dispose(who, actor="client", at=retaining.FREE):
    actions.agree_disposal(who.disposal, actor=getattr(who, actor), at=at)


def dispose_under_hold(who):
    actions.set_hold(who.agreement, reason="A case", actor=who.client, at=retaining.FREE)
    dispose(who)
