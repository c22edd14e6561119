from celery import shared_task

from records import clock, sweeps


@shared_task(name="incidents.log_breaches")
def log_breaches():
    from incidents import actions

    sweeps.run("incidents.log_breaches", lambda: actions.log_breaches(now=clock.now()))


@shared_task(name="incidents.escalate")
def escalate():
    from incidents import escalation

    sweeps.run("incidents.escalate", lambda: escalation.tick(now=clock.now()))


@shared_task(name="incidents.watch_limits")
def watch_limits():
    from incidents import actions

    sweeps.run("incidents.watch_limits", lambda: actions.watch_limits(now=clock.now()))


@shared_task(name="incidents.escalate_late_data")
def escalate_late_data():
    from incidents import actions

    sweeps.run("incidents.escalate_late_data", lambda: actions.escalate_late_data(now=clock.now()))
