"""The engine's timetable: one dict for Celery beat and for `manage.py engine`.

Each entry is (task name, seconds between runs). The tasks are sweeps: they find their work in rows, so a
lost run costs one tick and two engines at once do no harm.
"""

TIMETABLE: dict[str, float] = {
    "agreements.seal": 10,
    "agreements.lapse_rounds": 60,
    "agreements.remind_unanswered": 600,
    "agreements.remind_signers": 300,
    "agreements.take_in_words": 10,
    "agreements.recheck_supports": 3600,
    "agreements.remind_reviewers": 300,
    "agreements.conclude": 60,
    "agreements.record_renewals": 3600,
    "agreements.remind": 3600,
    "agreements.watch_rosters": 300,
    "kpis.bind": 30,
    "kpis.read_files": 5,
    "kpis.clear_intake": 3600,
    "kpis.fetch": 30,
    "kpis.remind_late": 600,
    "kpis.roll_up": 60,
    "kpis.close_periods": 60,
    "kpis.accept_corrections": 300,
    "incidents.log_breaches": 60,
    "incidents.watch_limits": 60,
    "incidents.escalate_late_data": 60,
    "reviews.escalate_overdue": 60,
    "incidents.escalate": 60,
    "reviews.warn_overdue": 3600,
    "reviews.close_silent": 3600,
    "reviews.seal_minutes": 30,
    "reports.compile_due": 60,
    "reports.deem_accepted": 3600,
    "accounts.deliver": 10,
    "records.link": 10,
    "records.dispose": 600,
    "agreements.publish_head": 3600,
    "slaportal.watch": 60,
}
