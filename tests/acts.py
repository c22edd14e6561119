"""Every public function of every `actions` module, and what it writes into the audit trail when it is called."""

import functools
import importlib
import inspect
import pkgutil
from contextlib import contextmanager

from records.models import AuditEntry

APPS = ["records", "accounts", "agreements", "kpis", "incidents", "reviews", "reports"]
# What each act writes at least. A new act is not done before it stands here and a test has seen its entry.
WRITES = {
    "accounts.actions.accept_invitation": "person.joined",
    "accounts.actions.add_webhook": "webhook.added",
    "accounts.actions.allow_sole_signatory": "organisation.sole_signatory_set",
    "accounts.actions.close_account": "account.closed",
    "accounts.actions.authorise_signer": "authority.recorded",
    "accounts.actions.change_profile": "person.changed",
    "accounts.actions.choose_telling": "person.telling_chosen",
    "accounts.actions.create_organisation": "organisation.created",
    "accounts.actions.create_token": "token.created",
    "accounts.actions.end_membership": "role.ended",
    "accounts.actions.end_webhook": "webhook.ended",
    "accounts.actions.grant_role": "role.granted",
    "accounts.actions.invite": "person.invited",
    "accounts.actions.let_rest": "message.let_rest",
    "accounts.actions.read_notice": "notice.read",
    "accounts.actions.renew_calendar_feed": "calendar.made",
    "accounts.actions.renew_webhook_secret": "webhook.secret_renewed",
    "accounts.actions.revoke_calendar_feed": "calendar.revoked",
    "accounts.actions.revoke_token": "token.revoked",
    "accounts.actions.send_again": "message.sent_again",
    "accounts.actions.try_webhook": "webhook.tried",
    "agreements.actions.abandon": "version.abandoned",
    "agreements.actions.accept_requirement": "requirement.accepted",
    "agreements.actions.add_service": "service.added",
    "agreements.actions.add_rotation": "roster.rotation_added",
    "agreements.actions.create_roster": "roster.created",
    "agreements.actions.end_roster": "roster.ended",
    "agreements.actions.end_rotation": "roster.rotation_ended",
    "agreements.actions.note_absence": "absence.noted",
    "agreements.actions.swap_turns": "duty.agreed",
    "agreements.actions.take_back_absence": "absence.taken_back",
    "agreements.actions.take_back_duty": "duty.taken_back",
    "agreements.actions.take_over": "duty.agreed",
    "agreements.actions.watch_rosters": "roster.gap_warned",
    "agreements.actions.agree_disposal": "disposal.agreed",
    "agreements.actions.agree_end": "ending.agreed",
    "agreements.actions.amend": "version.amendment_started",
    "agreements.actions.apply_suggestion": "suggestion.applied",
    "agreements.actions.answer_hold": "hold.set",
    "agreements.actions.ask_hold": "hold.asked",
    "agreements.actions.lift_hold": "hold.lifted",
    "agreements.actions.propose_disposal": "disposal.proposed",
    "agreements.actions.refuse_disposal": "disposal.refused",
    "agreements.actions.set_hold": "hold.set",
    "agreements.actions.answer_by_link": "requirement.stated",
    "agreements.actions.answer_recall": "ending.withdrawn",
    "agreements.actions.approve": "version.approved",
    "agreements.actions.ask_by_link": "requirement.asked",
    "agreements.actions.ask_requirement": "requirement.asked",
    "agreements.actions.await_answer": "requirement.asked",
    "agreements.actions.change_owner": "agreement.handed_over",
    "agreements.actions.bring_in": "paper.brought_in",
    "agreements.actions.change_service": "service.changed",
    "agreements.actions.change_view": "view.changed",
    "agreements.actions.contest": "signature.contested",
    "agreements.actions.end_contest": "signature.contest_ended",
    "agreements.actions.ratify": "signature.ratified",
    "agreements.actions.comment": "comment.added",
    "agreements.actions.conclude_due": "agreement.ended",
    "agreements.actions.confirm_paper": "version.imported",
    "agreements.actions.confirm_receipt": "ending.received",
    "agreements.actions.decline": "slot.declined",
    "agreements.actions.decline_requirement": "requirement.declined",
    "agreements.actions.delete_view": "view.deleted",
    "agreements.actions.decline_suggestion": "suggestion.declined",
    "agreements.actions.draft": "agreement.drafted",
    "agreements.actions.discard_template": "template.discarded",
    "agreements.actions.draft_template": "template.drafted",
    "agreements.actions.give_notice": "ending.given",
    "agreements.actions.hold_position": "position.held",
    "agreements.actions.keep": "agreement.kept",
    "agreements.actions.lapse_due": "round.lapsed",
    "agreements.actions.note_export": "list.exported",
    "agreements.actions.link_support": "support.linked",
    "agreements.actions.name_successor": "agreement.successor_named",
    "agreements.actions.open_round": "round.opened",
    "agreements.actions.open_slot": "slot.opened",
    "agreements.actions.propose_end": "ending.proposed",
    "agreements.actions.publish_head": "chain.published",
    "agreements.actions.publish_template": "template.published",
    "agreements.actions.reassign": "slot.reassigned",
    "agreements.actions.recall": "version.recalled",
    "agreements.actions.release_template": "template.published",
    "agreements.actions.recheck_supports": "support.found_short",
    "agreements.actions.record_renewals": "agreement.renewed",
    "agreements.actions.refuse_end": "ending.refused",
    "agreements.actions.remind": "slot.reminded",
    "agreements.actions.remind_stakeholder": "requirement.reminded",
    "agreements.actions.remind_unanswered": "requirement.reminded",
    "agreements.actions.remind_signers": "slot.reminded",
    "agreements.actions.remind_reviewer": "reviewer.reminded",
    "agreements.actions.remind_reviewers": "reviewer.reminded",
    "agreements.actions.remind_due": "term.reminded",
    "agreements.actions.renew": "version.amendment_started",
    "agreements.actions.request_changes": "version.changes_requested",
    "agreements.actions.restore_service": "service.restored",
    "agreements.actions.retry_seal": "version.seal_retried",
    "agreements.actions.retire_template": "template.retired",
    "agreements.actions.save_template": "template.saved",
    "agreements.actions.retire_service": "service.retired",
    "agreements.actions.revoke_link": "requirement.link_revoked",
    "agreements.actions.save_terms": "version.saved",
    "agreements.actions.save_view": "view.saved",
    "agreements.actions.seal_due": "version.executed",
    "agreements.actions.set_dependencies": "service.dependencies_set",
    "agreements.actions.seat_reviewers": "version.reviewers_changed",
    "agreements.actions.settle": "comment.settled",
    "agreements.actions.sign": "slot.signed",
    "agreements.actions.state_requirement": "requirement.stated",
    "agreements.actions.submit": "version.submitted",
    "agreements.actions.undo": "version.saved",
    "agreements.actions.unlink_support": "support.unlinked",
    "agreements.actions.take_back": "ending.recall_asked",
    "agreements.actions.withdraw": "round.withdrawn",
    "incidents.actions.acknowledge": "breach.acknowledged",
    "incidents.actions.acknowledge_herd": "breach.acknowledged",
    "incidents.actions.acknowledge_by_link": "escalation.acknowledged",
    "incidents.actions.acknowledge_run": "escalation.acknowledged",
    "incidents.actions.close": "breach.closed",
    "incidents.actions.document_outcome": "breach.outcome_documented",
    "incidents.actions.add_breach_action": "breach.action_added",
    "incidents.actions.drop_breach_action": "breach.action_dropped",
    "incidents.actions.finish_breach_action": "breach.action_done",
    "incidents.actions.hand_on": "breach.handed_on",
    "incidents.actions.log_breach": "breach.logged",
    "incidents.actions.record_check": "breach.checked",
    "incidents.actions.take_mail": "remark.made",
    "incidents.actions.watch_limits": "limit.warned",
    "incidents.actions.acknowledge_incident": "incident.acknowledged",
    "incidents.actions.assign_incident": "incident.assigned",
    "incidents.actions.begin_incident": "incident.begun",
    "incidents.actions.change_priority": "incident.priority_changed",
    "incidents.actions.close_incident": "incident.closed",
    "incidents.actions.count_incident": "incident.counted",
    "incidents.actions.escalate_incident": "incident.escalated",
    "incidents.actions.escalate_late_data": "escalation.started",
    "incidents.actions.exclude_incident": "exclusion.proposed",
    "incidents.actions.link_incident": "incident.linked",
    "incidents.actions.log_breaches": "breach.logged",
    "incidents.actions.raise_run": "escalation.raised",
    "incidents.actions.log_incident": "incident.logged",
    "incidents.actions.remark_on": "remark.made",
    "incidents.actions.reopen_incident": "incident.reopened",
    "incidents.actions.resolve_incident": "incident.resolved",
    "incidents.actions.reopen": "breach.reopened",
    "incidents.actions.rescue": "breach.rescued",
    "kpis.actions.add_kpis": "version.kpis_added",
    "kpis.actions.discard_definition": "definition.discarded",
    "kpis.actions.draft_definition": "definition.drafted",
    "kpis.actions.release_definition": "definition.published",
    "kpis.actions.retire_definition": "definition.retired",
    "kpis.actions.save_definition": "definition.saved",
    "kpis.actions.accept_correction": "correction.accepted",
    "kpis.actions.accept_silent_corrections": "correction.deemed",
    "kpis.actions.acknowledge_exclusion": "exclusion.acknowledged",
    "kpis.actions.agree_credit": "credit.agreed",
    "kpis.actions.answer_dispute": "dispute.answered",
    "kpis.actions.approve_correction": "correction.approved",
    "kpis.actions.approve_exclusion": "exclusion.approved",
    "kpis.actions.bind_executed": "target.bound",
    "kpis.actions.clear_intake": "data.cleared",
    "kpis.actions.close_due": "period.closed",
    "kpis.actions.correct_result": "result.corrected",
    "kpis.actions.ensure_periods": "period.opened",
    "kpis.actions.decide_held": "data.decided",
    "kpis.actions.fetch_due": "data.taken_in",
    "kpis.actions.hold_file": "data.held",
    "kpis.actions.mark_all": "data.marked",
    "kpis.actions.map_columns": "data.columns_chosen",
    "kpis.actions.insist_dispute": "dispute.insisted",
    "kpis.actions.open_dispute": "dispute.opened",
    "kpis.actions.propose_correction": "correction.proposed",
    "kpis.actions.propose_credit": "credit.proposed",
    "kpis.actions.propose_exclusion": "exclusion.proposed",
    "kpis.actions.recompute_result": "result.recomputed",
    "kpis.actions.refuse_correction": "correction.refused",
    "kpis.actions.refuse_credit": "credit.refused",
    "kpis.actions.remind_late": "data.reminded",
    "kpis.actions.refuse_exclusion": "exclusion.refused",
    "kpis.actions.roll_up": "data.rolled_up",
    "kpis.actions.set_feed": "data.feed_set",
    "kpis.actions.settle_dispute": "dispute.settled",
    "kpis.actions.take_in": "data.taken_in",
    "kpis.actions.read_files": "data.given_up",
    "kpis.actions.take_in_held": "data.taken_in",
    "kpis.actions.take_in_metrics": "data.taken_in",
    "kpis.actions.take_in_row": "data.taken_in",
    "kpis.actions.withdraw_dispute": "dispute.withdrawn",
    "kpis.actions.withdraw_exclusion": "exclusion.withdrawn",
    "records.actions.note_download": "document.downloaded",
    "records.actions.note_opening": "document.opened",
    "records.actions.rotate_authority": "authority.rotated",
    "records.actions.accept_restore": "chain.restored",
    "records.actions.remove_disposed": "disposal.done",
    "reports.actions.acknowledge": "report.acknowledged",
    "reports.actions.compile_due": "report.compiled",
    "reports.actions.deem_due": "report.deemed",
    "reports.actions.dispute": "report.disputed",
    "reports.actions.mark_opened": "report.opened",
    "reports.actions.reissue": "report.compiled",
    "reports.actions.reissue_due": "report.compiled",
    "reports.actions.share": "report.shared",
    "reviews.actions.agree_to_answer": "complaint.closed",
    "reviews.actions.answer_complaint": "complaint.answered",
    "reviews.actions.close_silent": "complaint.closed",
    "reviews.actions.complain": "complaint.received",
    "reviews.actions.disagree_with_answer": "complaint.escalated",
    "reviews.actions.add_action": "action.added",
    "reviews.actions.agree_change": "change.agreed",
    "reviews.actions.approve_minutes": "minutes.approved",
    "reviews.actions.dispute_minutes": "minutes.disputed",
    "reviews.actions.drop_action": "action.dropped",
    "reviews.actions.escalate_overdue": "escalation.started",
    "reviews.actions.finish_action": "action.finished",
    "reviews.actions.give_feedback": "feedback.given",
    "reviews.actions.hold": "meeting.held",
    "reviews.actions.plan_meeting": "meeting.planned",
    "reviews.actions.postpone": "meeting.postponed",
    "reviews.actions.save_minutes": "minutes.saved",
    "reviews.actions.seal_minutes": "minutes.sealed",
    "reviews.actions.share_minutes": "minutes.shared",
    "reviews.actions.start_amendment": "change.amendment_started",
    "reviews.actions.warn_overdue": "review.warned",
}
# Called again, or with nothing to do, these rightly write nothing.
MAY_REST = {
    "agreements.actions.seal_due",
    "agreements.actions.lapse_due",
    "agreements.actions.publish_head",
    "records.actions.remove_disposed",
    "agreements.actions.conclude_due",
    "agreements.actions.record_renewals",
    "agreements.actions.remind_due",
    "agreements.actions.answer_by_link",
    "agreements.actions.remind_unanswered",
    "agreements.actions.recheck_supports",
    "agreements.actions.remind_reviewers",
    "agreements.actions.open_slot",
    "agreements.actions.remind_signers",
    "agreements.actions.save_terms",
    "agreements.actions.save_template",
    "agreements.actions.set_dependencies",
    "agreements.actions.hold_position",
    "kpis.actions.save_definition",
    "agreements.actions.watch_rosters",
    "kpis.actions.bind_executed",
    "kpis.actions.clear_intake",
    "kpis.actions.ensure_periods",
    "kpis.actions.fetch_due",
    "kpis.actions.mark_all",
    "kpis.actions.read_files",
    "kpis.actions.remind_late",
    "kpis.actions.roll_up",
    "kpis.actions.close_due",
    "kpis.actions.propose_credit",
    "kpis.actions.accept_silent_corrections",
    "incidents.actions.escalate_late_data",
    "incidents.actions.log_breaches",
    "incidents.actions.watch_limits",
    "reviews.actions.close_silent",
    "reviews.actions.escalate_overdue",
    "reviews.actions.seal_minutes",
    "reviews.actions.warn_overdue",
    "reports.actions.compile_due",
    "reports.actions.deem_due",
    "reports.actions.mark_opened",
    "reports.actions.reissue_due",
}


def modules():
    for app in APPS:
        root = importlib.import_module(f"{app}.actions")
        yield root
        for info in pkgutil.iter_modules(getattr(root, "__path__", [])):
            yield importlib.import_module(f"{root.__name__}.{info.name}")


def public():
    """name ("agreements.actions.sign") -> the function."""
    found = {}
    for module in modules():
        for name, thing in vars(module).items():
            own = inspect.isfunction(thing) and not name.startswith("_")
            if own and thing.__module__.startswith(f"{module.__name__.split('.')[0]}.actions"):
                found[f"{module.__name__.split('.')[0]}.actions.{name}"] = thing
    return found


@contextmanager
def recorded():
    """Let every act note what it wrote: yields a list of (name, verbs), filled as acts are called."""
    calls, replaced = [], []
    for name, function in public().items():
        wrapper = _noting(name, function, calls)
        for module in modules():
            for attribute, thing in list(vars(module).items()):
                if thing is function:
                    setattr(module, attribute, wrapper)
                    replaced.append((module, attribute, function))
    try:
        yield calls
    finally:
        for module, attribute, function in replaced:
            setattr(module, attribute, function)


def _noting(name, function, calls):
    @functools.wraps(function)
    def act(*args, **kwargs):
        before = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        result = function(*args, **kwargs)
        verbs = set(AuditEntry.objects.filter(pk__gt=before).values_list("verb", flat=True))
        if verbs or name not in MAY_REST:
            calls.append((name, verbs))
        return result

    return act
