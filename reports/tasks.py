from celery import shared_task

from records import clock, sweeps


@shared_task(name="reports.compile_due")
def compile_due():
    from reports import actions

    def work():
        now = clock.now()
        return actions.compile_due(now=now) + actions.reissue_due(now=now)

    sweeps.run("reports.compile_due", work)


@shared_task(name="reports.deem_accepted")
def deem_accepted():
    from reports import actions

    sweeps.run("reports.deem_accepted", lambda: actions.deem_due(now=clock.now()))
