from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django_fsm import TransitionNotAllowed

from accounts.models import Notice
from agreements import actions, ends
from agreements.models import Agreement, Reminder, Version
from agreements.signing import Refused
from agreements.terms import Term
from records.models import AuditEntry
from tests.agreements.drafts import make_template
from tests.agreements.endings import notice, signed_world
from tests.agreements.rounds import executed, make_ready, open_round, prepared
from tests.factories import NOON, make_agreement, make_authority, make_organisation, make_terms, make_version

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
RENEWS = Term("2026-05-01", "2026-12-31", "automatic", 12, 90)
NOTICE_DAY = datetime(2026, 10, 2, 12, tzinfo=UTC)  # 90 days before New Year's Eve, a Friday
FIXED = Term("2026-05-01", "2026-12-31", "by_agreement")


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def reminders():
    return list(Reminder.objects.order_by("-days").values_list("kind", "days", "state"))


def test_both_sides_are_reminded_of_the_notice_day_once_a_stage():
    who = signed_world(RENEWS)
    assert actions.remind_due(now=NOTICE_DAY - 91 * DAY) == 0
    assert actions.remind_due(now=NOTICE_DAY - 90 * DAY) == 1
    assert actions.remind_due(now=NOTICE_DAY - 90 * DAY) == 0
    assert reminders() == [("notice_by", 90, "sent")]
    assert Notice.objects.filter(title__contains="notice is possible until 2 October 2026").count() == 2
    assert Notice.objects.filter(recipient=who.head, text__contains="90 days are left").exists()


def test_after_a_long_stop_only_the_nearest_is_sent():
    signed_world(RENEWS)
    assert actions.remind_due(now=NOTICE_DAY - 5 * DAY) == 1
    assert reminders() == [
        ("notice_by", 90, "coalesced"), ("notice_by", 60, "coalesced"), ("notice_by", 30, "coalesced"),
        ("notice_by", 7, "sent"),
    ]


def test_who_decided_to_keep_it_is_reminded_no_more_the_client_is():
    who = signed_world(RENEWS)
    actions.keep(who.agreement, actor=who.manager, at=NOON)
    with pytest.raises(TransitionNotAllowed):
        actions.keep(who.agreement, actor=who.manager, at=NOON)
    actions.remind_due(now=NOTICE_DAY - 7 * DAY)
    told = Notice.objects.filter(title__contains="notice is possible")
    assert [each.recipient for each in told] == [who.head]


def test_given_notice_it_is_reminded_of_its_end_instead():
    who = signed_world(RENEWS)
    notice(who, last_day=date(2026, 12, 31))
    actions.remind_due(now=NOTICE_DAY)
    assert reminders() == [("end", 90, "sent")]


def test_what_does_not_renew_by_itself_is_not_kept():
    who = signed_world(FIXED)
    with pytest.raises(Refused, match="by itself"):
        actions.keep(who.agreement, actor=who.manager, at=NOON)


def test_rollovers_are_written_down_once_however_long_nobody_looked():
    who = signed_world(RENEWS)
    later = datetime(2029, 1, 1, tzinfo=UTC)
    assert actions.record_renewals(now=later - timedelta(seconds=1)) == 2
    assert actions.record_renewals(now=later) == 1
    assert actions.record_renewals(now=later) == 0
    entries = AuditEntry.objects.filter(verb="agreement.renewed", scope=who.agreement.reference).order_by("pk")
    assert [each.data["last_day"] for each in entries] == ["2027-12-31", "2028-12-31", "2029-12-31"]


def test_given_notice_nothing_renews():
    who = signed_world(RENEWS)
    notice(who, last_day=date(2026, 12, 31))
    assert actions.record_renewals(now=datetime(2029, 1, 1, tzinfo=UTC)) == 0


def test_a_renewal_by_agreement_is_a_change_that_begins_where_the_term_ends():
    who = signed_world(FIXED)
    with pytest.raises(Refused) as error:
        actions.renew(who.agreement, ends_on=date(2026, 12, 31), actor=who.manager, at=NOON)
    assert error.value.place == "ends_on"
    version = fresh(actions.renew(who.agreement, ends_on=date(2027, 12, 31), actor=who.manager, at=NOON))
    term = version.read_terms().term
    assert (term.effective_from, term.ends_on, version.label) == ("2027-01-01", "2027-12-31", "v1.1")


def test_a_signed_renewal_takes_over_at_the_end_and_holds_to_the_new_one():
    who = make_ready(terms=make_terms(term=FIXED))
    executed_ = sealed(who)
    assert fresh(executed_.version).holds_until == datetime(2027, 1, 1, tzinfo=UTC)
    renewal = actions.renew(executed_.agreement, ends_on=date(2027, 12, 31), actor=who.manager, at=NOON)
    make_readied(renewal)
    who.version = fresh(renewal)
    after = sealed(who)
    assert (after.version.effective_from, after.version.holds_until) == (
        datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC),
    )
    assert actions.conclude_due(now=datetime(2027, 1, 1, tzinfo=UTC)) == 0


def test_a_successor_ends_its_predecessor_to_the_instant():
    who = signed_world()
    old = who.agreement
    other = make_ready(terms=make_terms(term=Term("2026-06-01", None)))
    with pytest.raises(Refused):  # other parties
        actions.name_successor(old, successor=other.agreement, actor=who.manager, at=NOON)
    Agreement.objects.filter(pk=other.agreement.pk).update(provider=old.provider, client=old.client)
    other.agreement = actions.name_successor(old, successor=other.agreement, actor=who.manager, at=NOON)
    with pytest.raises(TransitionNotAllowed):
        actions.name_successor(old, successor=other.agreement, actor=who.manager, at=NOON)
    make_authority(other.director, old.provider)
    make_authority(other.head, old.client)
    other.version = fresh(other.version)
    new = sealed(other)

    june = datetime(2026, 6, 1, tzinfo=UTC)
    assert (fresh(old).ends_at, fresh(old).ends_as, fresh(who.version).effective_to) == (june, "replaced", june)
    assert new.version.effective_from == june
    assert actions.conclude_due(now=june) == 1
    assert (fresh(old).state, fresh(old).ends_as) == ("ended", "replaced")


def test_a_new_agreement_is_started_as_the_successor(client):
    who = signed_world()
    old = who.agreement
    client.force_login(who.manager)
    place = reverse("agreements:new")
    make_template()
    page = client.get(place, {"replaces": old.reference})
    start = {name: page.context["form"].get_initial_for_field(field, name) for name, field in
             page.context["form"].fields.items()}  # fmt: skip
    assert (start["title"], start["predecessor"], start["keeper"], start["partner"]) == (
        old.title, old, old.provider_id, old.client_id,
    )  # fmt: skip
    data = {
        "title": "Anew", "keeper": old.provider_id, "partner": old.client_id, "template": start["template"].pk,
        "services": [each.pk for each in start["services"]], "predecessor": old.pk,
    }  # fmt: skip
    assert client.post(place, data).status_code == 302
    assert [each.title for each in old.successors.all()] == ["Anew"]

    stranger = make_organisation(added_by=old.provider)
    refused = client.post(place, data | {"partner": stranger.pk, "title": "Other"})
    assert refused.status_code == 422 and "between the same parties" in refused.content.decode()
    assert old.successors.count() == 1 and not Agreement.objects.filter(title="Other").exists()
    assert "predecessor" not in client.get(place, {"replaces": "SLA-2020-999"}).context["form"].initial


def test_a_successor_that_begins_in_the_past_rewrites_no_past():
    who = signed_world()
    new = make_agreement(who.agreement.provider, who.agreement.client, who.manager, predecessor=who.agreement)
    version = make_version(new, state="executed", concluded_at=NOON)
    ends.give_way(version, at=NOON)
    assert fresh(who.version).effective_to == NOON


def sealed(who):
    """This version, signed by everybody and sealed."""
    return executed(prepared(open_round(who)))


def make_readied(version):
    Version.objects.filter(pk=version.pk).update(**{"state": "ready"})
