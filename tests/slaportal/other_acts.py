"""The acts that the main job does not need, one after the other, on the story's own things."""

from datetime import date, time, timedelta
from decimal import Decimal
from io import BytesIO
from unittest.mock import patch

import agreements.actions as agreeing
import incidents.actions as handling
import kpis.actions as measuring
import records.actions as keeping
import reports.actions as reporting
import reviews.actions as reviewing
from accounts import actions as people
from accounts.models import Message, Notice, Role
from accounts.tokens import digest
from agreements import rosters
from agreements.models import Agreement, Requirement, Service, Slot, Template, Version
from agreements.terms import Term
from incidents import escalation, herds
from incidents.models import AckLink, Breach, Incident
from incidents.subjects import Subject
from kpis import definitions
from kpis.intake import prometheus
from kpis.intake.metrics import Point
from kpis.models import Credit, Feed, HeldFile, Indicator, PeriodResult
from records import audit
from records.models import Document
from reports.models import Report
from reviews.models import Action
from slaportal.demo.story import NOW
from tests.agreements.drafts import drafted, make_house
from tests.agreements.endings import given, signed_world
from tests.agreements.papers import bring_in
from tests.agreements.retaining import ended_world
from tests.agreements.suppliers import make_supplier
from tests.factories import make_agreement, make_authority, make_member, make_version
from tests.kpis.definitions import TEXT, standard, stricter
from tests.kpis.delivered import left_behind
from tests.slaportal import other_claims

DAY = timedelta(days=1)


def all_of_them(story):
    cast = story.cast
    _accounts(cast)
    _messages(cast)
    _repository(cast)
    _catalogue(story)
    _rosters(story)
    _review_and_signing(story)
    _support(story)
    _incidents_and_records(story)
    _library(cast)
    _intake(cast)
    _runs(cast)
    other_claims.all_of_them()
    _reports(story)
    _reviews(story)
    _endings(story)
    _keeping(cast)
    _contests(story)
    _herd(story)  # last: others count the breaches of the story


def _accounts(cast):
    who = {"actor": cast.admin, "at": NOW}
    membership = people.grant_role(user=cast.desk, organisation=cast.provider, role=Role.AUDITOR, **who)
    people.end_membership(membership, **who)
    token, _secret = people.create_token(user=cast.desk, name="probe", scopes=["read"], expires_at=None, **who)
    people.revoke_token(token, **who)
    people.renew_calendar_feed(cast.desk, **who)
    people.revoke_calendar_feed(cast.desk, **who)
    people.change_profile(cast.desk, name="Daniel Osei", timezone="Europe/London", actor=cast.desk, at=NOW)
    people.allow_sole_signatory(cast.provider, allowed=True, **who)
    gone = make_member(cast.provider, Role.PROVIDER)
    people.close_account(gone, **who)
    people.read_notice(Notice.objects.filter(read_at=None).first(), actor=cast.desk, at=NOW)


def _library(cast):
    who = {"actor": cast.manager, "at": NOW}
    start = {"name": "Our availability", "organisation": cast.provider, "kpi": standard(), "text": TEXT}
    draft = measuring.draft_definition(**start, **who)
    changed = {"kpi": stricter(standard()), "text": TEXT, "revision": draft.revision}
    draft = measuring.save_definition(draft, **changed, **who)
    first = measuring.release_definition(draft, description="First", **who)
    measuring.discard_definition(measuring.draft_definition(**start, **who), **who)
    version = drafted(make_house()).version
    kpi = definitions.chosen(first.read_kpi(), service="canvas", calendar="")
    measuring.add_kpis(version, kpis=[kpi], origin=str(first), **who)
    measuring.retire_definition(first, reason="Not used", **who)


def _intake(cast):
    who = {"actor": cast.desk, "at": NOW}
    desk = Indicator.objects.get(organisation=cast.provider, key="desk-cases")
    held = measuring.hold_file(desk, file=BytesIO(b"a,b\n1,2\n"), filename="odd.csv", **who)
    measuring.map_columns(held, mapping={"external_id": "a"}, timezone="UTC", **who)
    HeldFile.objects.filter(pk=held.pk).update(state="waiting", attempts=3)
    measuring.read_files(now=NOW)
    left_behind(stream=desk)
    measuring.clear_intake(now=NOW)
    case = {"external_id": "INC-BY-HAND", "opened_at": "2026-07-01T15:00", "closed_at": "", "priority": "3"}
    probe = Indicator.objects.create(organisation=cast.provider, key="probe", name="Probe", kind="values")
    measuring.set_feed(
        probe, metric="m", counter="refuse", url="", query="", step_seconds=60, enabled=True, since=NOW, **who
    )
    measuring.take_in_metrics(probe, points=[Point(1, "", NOW, Decimal(1), counts=False)], **who)
    _fetch(probe)
    measuring.remind_late(now=NOW + timedelta(days=60))
    handling.escalate_late_data(now=NOW + timedelta(days=62))
    measuring.take_in_row(desk, cells=case, timezone="UTC", **who)
    measuring.mark_all([desk], now=NOW)


def _fetch(probe):
    """By the sweep, from an answer as a server gives it; tests/kpis/test_feeding.py asks a real one."""
    Feed.objects.filter(indicator=probe).update(
        url="http://prometheus.example", query="m", taken_until=NOW - timedelta(minutes=5)
    )
    series = [{"metric": {}, "values": [[(NOW - timedelta(minutes=2)).timestamp(), "1"]]}]
    with patch("kpis.intake.prometheus.fetch", lambda *_: prometheus.parse({"result": series})):
        measuring.fetch_due(now=NOW)


def _messages(cast):
    who = {"actor": cast.admin, "at": NOW}
    people.choose_telling(cast.desk, quiet_from=time(22), quiet_until=time(7), digest_at=None, **who)
    hook, _secret = people.add_webhook(organisation=cast.provider, url="https://hooks.example.org/", **who)
    people.renew_webhook_secret(hook, **who)
    people.try_webhook(hook, **who)
    people.end_webhook(hook, **who)
    message = Message.objects.create(key="doubtful", address="a@example.org", subject="s", body="b", state="unknown",
                                     next_try_at=NOW, created_at=NOW)
    people.let_rest(message, **who)
    people.send_again(message, **who)


def _runs(cast):
    version = Version.objects.executed().filter(agreement__provider=cast.provider).first()
    token = "k" * 43
    runs = [
        escalation.start(Subject(f"agreements.agreement:{version.agreement_id}:{n}", "Late", "/data/"), version, at=NOW)
        for n in range(3)
    ]
    handling.raise_run(runs[0], seen_level=-1, actor=cast.desk, at=NOW)
    handling.acknowledge_run(runs[1], actor=cast.desk, at=NOW)
    AckLink.objects.create(run=runs[2], user=version.agreement.owner, token_hash=digest(token), expires_at=NOW + DAY)
    handling.acknowledge_by_link(token, at=NOW)


def _repository(cast):
    who = {"actor": cast.manager, "at": NOW}
    view = agreeing.save_view(name="Mine", query="role=owner", organisation=None, **who)
    agreeing.delete_view(agreeing.change_view(view, name="Ours", organisation=cast.provider, **who), **who)
    agreeing.note_export(count=1, query="role=owner", **who)
    agreeing.change_owner(Agreement.objects.filter(provider=cast.provider).first(), owner=cast.manager, **who)


def _rosters(story):
    cast = story.cast
    who = {"actor": cast.manager, "at": NOW}
    roster = agreeing.create_roster(cast.provider, name="Night desk", timezone="UTC", **who)
    given = {"days": 1, "starts_on": NOW.date() - DAY, "handover": time(9), "replaces": None}
    rotation = agreeing.add_rotation(
        roster, people_in_order=[cast.desk, cast.head], schedule={"mon": [["09:00", "17:00"]]}, **given, **who
    )
    agreeing.hold_position(story.agreement, position="p-head", roster=roster, **who)
    agreeing.watch_rosters(now=NOW)
    duty = agreeing.take_over(
        roster, user=cast.manager, starts_at=NOW, ends_at=NOW + DAY, note="", **who
    )
    agreeing.take_back_duty(duty, **who)
    agreeing.end_rotation(rotation, **who)
    agreeing.add_rotation(roster, people_in_order=[cast.desk, cast.head], schedule={}, **given, **who)
    morning = NOW.replace(hour=9) + DAY
    now = rosters.turns([roster], NOW, NOW + DAY)[roster.pk][0].user
    other = cast.head if now == cast.desk else cast.desk
    agreeing.swap_turns(roster, first=(morning, now.pk), second=(morning + DAY, other.pk), **who)
    away = agreeing.note_absence(cast.desk, first_day=NOW.date(), last_day=NOW.date() + DAY, **who)
    agreeing.take_back_absence(away, **who)
    agreeing.hold_position(story.agreement, position="p-head", user=cast.head, **who)
    agreeing.end_roster(roster, **who)


def _herd(story):
    version = story.agreement.versions.executed().get()
    figures = {"version": version.label, "terms_sha256": version.terms_sha256, "result_sha256": ""}
    missed = [herds.Missed(f"case:together:{n}", f"Case {n} is late", figures) for n in range(6)]
    herd = herds.open_herd(version, missed, kpi="K2", title="6 cases are late", at=NOW)
    handling.acknowledge_herd(herd, actor=story.cast.desk, at=NOW)


def _catalogue(story):
    cast = story.cast
    who = {"actor": cast.manager, "at": NOW}
    service = Service.objects.get(key="mail")
    agreeing.change_service(
        service, name="Mail", description="", criticality="low", needs_sla=False, reason="Bought as it is",
        owner=cast.manager, **who,
    )
    agreeing.set_dependencies(service, on=[], **who)
    agreeing.restore_service(agreeing.retire_service(service, reason="Bought as it is", **who), **who)
    asked = Requirement.objects.filter(service=service, state="asked").get()
    stated = agreeing.state_requirement(
        asked, text="A mailbox", why="", priority="could", actor=asked.asked_of, at=NOW
    )
    agreeing.decline_requirement(stated, reason="Bought as it is", **who)
    asked = agreeing.ask_by_link(
        service, client=cast.client, name="Rosa Lindt", email="rosa@example.org", due_on=NOW.date() + 3 * DAY,
        message="", **who,
    )
    agreeing.remind_stakeholder(asked.question, **who)
    agreeing.remind_unanswered(now=NOW + 7 * DAY)
    agreeing.answer_by_link(asked.question, needs=[agreeing.Need("A mailbox"), agreeing.Need("A calendar")], at=NOW)
    agreeing.revoke_link(asked.question, **who)
    template = Template.objects.latest("number")
    agreeing.publish_template(
        name="Short SLA", kind="sla", terms=story.agreement.versions.executed().get().read_terms(), description="",
        author="Ada", **who,
    )
    own = agreeing.draft_template(
        name="Ours", kind="sla", terms=template.read_terms(), organisation=cast.provider, **who
    )
    changed = own.read_terms()
    changed.duties.append("Answers within a day")
    own = agreeing.save_template(own, terms=changed, revision=own.revision, **who)
    agreeing.retire_template(agreeing.release_template(own, description="One duty more", **who), **who)
    agreeing.discard_template(
        agreeing.draft_template(
            name="Ours", kind="sla", terms=changed, organisation=cast.provider, **who
        ),
        **who,
    )
    assert Template.objects.latest("pk").name != template.name


def _review_and_signing(story):
    cast, draft = story.cast, Version.objects.get(state=Version.State.DRAFT)
    who = {"actor": cast.manager, "at": NOW}
    reviewers = [(cast.head, "provider", True), (cast.it_head, "client", True)]
    agreeing.recall(agreeing.submit(_begun(draft, who), reviewers=reviewers, **who), **who)
    draft = agreeing.submit(Version.objects.get(pk=draft.pk), reviewers=reviewers, **who)
    _talk(draft, cast, who)
    agreeing.request_changes(draft, reason="The figure", actor=cast.it_head, at=NOW)
    draft = agreeing.submit(Version.objects.get(pk=draft.pk), reviewers=reviewers, due_at=NOW + DAY, **who)
    agreeing.seat_reviewers(draft, reviewers=[*reviewers, (cast.desk, "provider", False)], **who)
    agreeing.remind_reviewer(draft.reviewers.get(user=cast.it_head), **who)
    agreeing.remind_reviewers(now=NOW + DAY)
    for person in (cast.head, cast.it_head):
        agreeing.approve(draft, actor=person, at=NOW)
    make_authority(cast.manager, cast.provider)
    seats = {"provider-1": cast.director, "client-1": cast.it_head}

    def out(days=2):
        again = Version.objects.get(pk=draft.pk)
        round_ = agreeing.open_round(again, people=seats, deadline=NOW + days * DAY, **who)
        agreeing.seal_due(now=NOW)
        return round_

    round_ = out()
    slot = Slot.objects.get(round=round_, key="provider-1")
    agreeing.remind(slot, **who)
    agreeing.remind_signers(now=NOW + DAY)
    new = agreeing.reassign(slot, person=cast.manager, **who)
    agreeing.decline(new, reason="Not the text we agreed", actor=cast.manager, at=NOW)
    round_ = out()
    stuck = Version.objects.filter(pk=round_.version_id)
    stuck.update(seal_error="NoTimestamp: x", seal_retry_at=NOW + DAY)
    agreeing.retry_seal(stuck.get(), **who)
    agreeing.withdraw(round_, reason="A figure is wrong", **who)
    out()
    agreeing.lapse_due(now=NOW + 3 * DAY)
    agreeing.abandon(Version.objects.get(pk=draft.pk), reason="Later", **who)


def _talk(draft, cast, who):
    """Two proposals: one is declined, one is taken over and so begins the next draft, which is sent again."""
    part = f"clause:{draft.read_terms().clauses[-1].id}"
    for wording in ("As it is.", "Another text."):
        said = agreeing.comment(
            draft, part=part, text="Clearer", blocking=False, wording=wording, actor=cast.it_head, at=NOW
        )
        if wording == "As it is.":
            agreeing.decline_suggestion(said.suggestion, reason="It is clear", **who)
    agreeing.apply_suggestion(said.suggestion, **who)
    reviewers = [(cast.head, "provider", True), (cast.it_head, "client", True)]
    agreeing.submit(Version.objects.get(pk=draft.pk), reviewers=reviewers, **who)


def _begun(draft, who):
    """An amendment cannot begin in the past."""
    terms = draft.read_terms()
    terms.term.effective_from = "2026-09-01"
    draft = agreeing.save_terms(draft, terms=terms, revision=draft.revision, **who)
    draft = agreeing.undo(draft, revision=draft.revision, **who)
    return agreeing.undo(draft, revision=draft.revision, **who)


def _support(story):
    """A supplier that promises less than the signed SLA needs."""
    who = {"actor": story.cast.manager, "at": NOW}
    agreement = Version.objects.executed().first().agreement
    contract = make_supplier(agreement.provider, target="90", reference="UC-2026-900")
    support = agreeing.link_support(agreement, by=contract, **who)
    agreeing.recheck_supports(now=NOW)
    agreeing.unlink_support(support, **who)


def _incidents_and_records(story):
    cast = story.cast
    closed, second, _third = Breach.objects.order_by("pk")
    handling.reopen(closed, reason="It happened again", actor=cast.it_head, at=NOW)
    handling.rescue(second, reason="Excluded", actor=cast.manager, at=NOW)
    solved, going_on, new = Incident.objects.order_by("pk")
    handling.reopen_incident(solved, reason="It is back", actor=cast.it_head, at=NOW)
    handling.assign_incident(going_on, to=cast.head, actor=cast.manager, at=NOW)
    handling.change_priority(going_on, priority=2, reason="Hand-ins", actor=cast.manager, at=NOW)
    target = going_on.version.targets.get(key="K2")
    handling.count_incident(going_on, target, actor=cast.desk, at=NOW)
    handling.remark_on(new, text="When?", side="", actor=cast.it_head, at=NOW)
    handling.hand_on(Breach.objects.get(pk=closed.pk), to=cast.desk, note="", actor=cast.head, at=NOW)
    kept, dropped = (
        handling.add_breach_action(
            closed, kind="preventive", text=text, owner=cast.desk, due_on=NOW.date(), actor=cast.head, at=NOW
        )
        for text in ("Watch the disk", "Buy a disk")
    )
    handling.finish_breach_action(kept, actor=cast.desk, at=NOW)
    handling.drop_breach_action(dropped, reason="Too dear", actor=cast.head, at=NOW)
    by_hand = handling.log_breach(
        closed.agreement, title="The plan never came", text="Due in June", kpi="", evidence=None, actor=cast.it_head,
        at=NOW,
    )
    handling.acknowledge(by_hand, actor=cast.head, at=NOW)
    handling.document_outcome(
        by_hand, root_cause="Forgotten", corrective="Sent", preventive="", check_days=1, actor=cast.head, at=NOW
    )
    handling.close(by_hand, actor=cast.it_head, at=NOW)
    handling.record_check(by_hand, effective=True, note="It came", actor=cast.manager, at=NOW + 2 * DAY)
    mail = f"From: {cast.it_head.email}\nSubject: Re: {new.number}\nMessage-ID: <1@example.org>\n\nStill nothing."
    handling.take_mail(mail.encode(), at=NOW)
    handling.watch_limits(now=NOW + 60 * DAY)
    handling.escalate_incident(new, reason="Too slow", seen_level=0, actor=cast.it_head, at=NOW)
    handling.link_incident(going_on, breach=closed, actor=cast.desk, at=NOW)
    _refused_credit(cast)
    measuring.recompute_result(PeriodResult.objects.first(), actor=cast.auditor, at=NOW)
    document = Document.objects.filter(kind="report").first()
    keeping.note_opening(document, actor=cast.auditor, at=NOW)
    keeping.note_download(document, actor=cast.auditor, at=NOW)


def _reports(story):
    cast = story.cast
    report = Report.objects.newest().get(label="2026-05")
    second = reporting.reissue(report, reason="A remark was missing", actor=cast.manager, at=NOW)
    reporting.mark_opened(second, actor=cast.it_head, at=NOW)
    reporting.dispute(second, remark="The outage was longer", actor=cast.it_head, at=NOW)
    reporting.reissue(second, reason="Looked at again", actor=cast.manager, at=NOW)
    reporting.deem_due(now=NOW + 40 * DAY)


def _reviews(story):
    cast = story.cast
    who = {"actor": cast.manager, "at": NOW}
    reviewing.finish_action(Action.objects.get(owner=cast.desk), actor=cast.desk, at=NOW)
    agreement = Report.objects.get(label="2026-05", edition=1).agreement
    first, second, third = (
        reviewing.complain(agreement, title=title, text="Nobody calls", actor=cast.it_head, at=NOW)
        for title in ("No answer", "Slow answer", "Wrong answer")
    )
    for complaint in (first, second, third):
        reviewing.answer_complaint(complaint, answer="We call today", actor=cast.manager, at=NOW)
    reviewing.agree_to_answer(first, actor=cast.it_head, at=NOW)
    reviewing.disagree_with_answer(second, reason="Nobody called", actor=cast.it_head, at=NOW)
    reviewing.close_silent(now=NOW + 20 * DAY)
    meeting = reviewing.plan_meeting(story.agreement, planned_for=NOW + DAY, place="", **who)
    meeting = reviewing.postpone(meeting, planned_for=NOW + 2 * DAY, reason="Holiday", **who)
    meeting = reviewing.hold(
        meeting, attendees=[cast.manager.name], actor=cast.manager, at=NOW + 2 * DAY
    )
    action = reviewing.add_action(
        meeting, text="Ask again", owner=cast.desk, due_on=date(2026, 8, 1), actor=cast.manager, at=NOW + 2 * DAY
    )
    reviewing.drop_action(action, reason="Answered", actor=cast.manager, at=NOW + 2 * DAY)
    reviewing.save_minutes(
        meeting, minutes=["Nothing new." for _ in meeting.agenda], actor=cast.manager, at=NOW + 2 * DAY
    )
    reviewing.share_minutes(meeting, actor=cast.manager, at=NOW + 2 * DAY)
    reviewing.dispute_minutes(meeting, reason="A name is missing", actor=cast.it_head, at=NOW + 2 * DAY)
    reviewing.warn_overdue(now=NOW + 300 * DAY)
    reviewing.escalate_overdue(now=NOW + 300 * DAY)


def _endings(story):
    cast, agreement = story.cast, story.agreement
    manager, head = {"actor": cast.manager, "at": NOW}, {"actor": cast.it_head, "at": NOW}
    for_provider = {"party": "provider", "given": given(cast.manager, at=NOW), **manager}
    for_client = {"party": "client", "given": given(cast.it_head, at=NOW), **head}
    last = {"last_day": date(2026, 12, 31), "reason": "We close"}
    agreeing.refuse_end(agreeing.propose_end(agreement, kind="mutual", **last, **for_provider), reason="No", **head)
    notice = agreeing.give_notice(agreement, kind="cause", **last, **for_client)
    agreeing.confirm_receipt(notice, **manager)
    agreeing.answer_recall(agreeing.take_back(notice, reason="Settled", **head), consent=True, **manager)
    both = agreeing.propose_end(agreement, kind="mutual", **last, **for_provider)
    agreeing.agree_end(both, given=for_client["given"], **head)
    agreeing.conclude_due(now=NOW + 300 * DAY)
    renewing = signed_world(Term("2026-05-01", "2027-04-30", "automatic", 12, 90))
    agreeing.keep(renewing.agreement, **manager)
    agreeing.remind_due(now=NOW + 180 * DAY)
    agreeing.record_renewals(now=NOW + 400 * DAY)
    fixed = signed_world(Term("2026-05-01", "2027-04-30", "by_agreement"))
    agreeing.renew(fixed.agreement, ends_on=date(2028, 4, 30), **manager)
    paper = bring_in(make_version(make_agreement(cast.provider, cast.client, cast.manager)), actor=cast.manager, at=NOW)
    agreeing.confirm_paper(paper, **head)
    old = renewing.agreement
    new = make_agreement(old.provider, old.client, old.owner)
    agreeing.name_successor(old, successor=new, **manager)


def _contests(story):
    """The provider's signature on the story's agreement, contested by its client and ratified by its manager."""
    cast, at = story.cast, NOW
    slot = Slot.objects.get(round__version=story.agreement.versions.executed().get(), key="provider-1", state="signed")
    one = agreeing.contest(slot, reason="No decision of the board", actor=cast.it_head, at=at)
    agreeing.end_contest(one, reason="It was found", actor=cast.it_head, at=at)
    two = agreeing.contest(slot, reason="It was of another board", actor=cast.it_head, at=at)
    agreeing.ratify(two, given=given(cast.manager, at=at), actor=cast.manager, at=at)


def _keeping(cast):
    """Files of an agreement that ended long ago: held, then disposed of."""
    who = ended_world(cast.provider, cast.client, manager=cast.manager, head=cast.it_head)
    manager, head = {"actor": cast.manager, "at": NOW}, {"actor": cast.it_head, "at": NOW}
    agreeing.lift_hold(agreeing.set_hold(who.agreement, reason="A case", **manager), reason="Settled", **manager)
    asked = {"party": "provider", "actor": cast.auditor, "at": NOW}
    hold = agreeing.answer_hold(agreeing.ask_hold(who.agreement, reason="Audit", **asked), grant=True, **manager)
    agreeing.lift_hold(hold, reason="Over", **manager)
    agreeing.refuse_disposal(agreeing.propose_disposal(who.agreement, **manager), reason="Not yet", **head)
    agreeing.agree_disposal(agreeing.propose_disposal(who.agreement, **manager), **head)
    keeping.remove_disposed(now=NOW)
    audit.link()
    agreeing.publish_head(now=NOW)
    keeping.accept_restore(reason="An exercise", actor=None, at=NOW)
    keeping.rotate_authority(reason="By plan", compromised_on=None, actor=None, at=NOW)


def _refused_credit(cast):
    """The story's one credit is agreed; this is one more, proposed as the closing sweep does."""
    agreed = Credit.objects.get()
    june = PeriodResult.objects.get(period__target__key="K1", period__label="2026-06")
    credit = Credit.objects.create(result=june, percent=agreed.percent, amount=agreed.amount, currency="EUR")
    measuring.refuse_credit(credit, reason="The target was met", actor=cast.it_head, at=NOW)
