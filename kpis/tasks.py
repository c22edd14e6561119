from celery import shared_task


@shared_task(name="kpis.bind")
def bind():
    from kpis import actions
    from records import clock, sweeps

    sweeps.run("kpis.bind", lambda: actions.bind_executed(now=clock.now()))


@shared_task(name="kpis.roll_up")
def roll_up():
    from kpis import actions, standings
    from records import clock, sweeps

    def work():
        now = clock.now()
        return actions.roll_up(now=now) + standings.refresh(now=now)

    sweeps.run("kpis.roll_up", work)


@shared_task(name="kpis.close_periods")
def close_periods():
    from kpis import actions
    from records import clock, sweeps

    sweeps.run("kpis.close_periods", lambda: actions.close_due(now=clock.now()))


@shared_task(name="kpis.read_files")
def read_files():
    from kpis import actions
    from records import clock, sweeps

    sweeps.run("kpis.read_files", lambda: actions.read_files(now=clock.now()))


@shared_task(name="kpis.clear_intake")
def clear_intake():
    from kpis import actions
    from records import clock, sweeps

    sweeps.run("kpis.clear_intake", lambda: actions.clear_intake(now=clock.now()))


@shared_task(name="kpis.fetch")
def fetch():
    from kpis import actions
    from records import clock, sweeps

    sweeps.run("kpis.fetch", lambda: actions.fetch_due(now=clock.now()))


@shared_task(name="kpis.remind_late")
def remind_late():
    from kpis import actions
    from records import clock, sweeps

    sweeps.run("kpis.remind_late", lambda: actions.remind_late(now=clock.now()))
@shared_task(name="kpis.accept_corrections")
def accept_corrections():
    from kpis import actions
    from records import clock, sweeps

    sweeps.run("kpis.accept_corrections", lambda: actions.accept_silent_corrections(now=clock.now()))
