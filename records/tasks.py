from celery import shared_task


@shared_task(name="records.link")
def link():
    from records import audit, sweeps

    sweeps.run("records.link", audit.link)


@shared_task(name="records.dispose")
def dispose():
    from records import actions, clock, sweeps

    sweeps.run("records.dispose", lambda: actions.remove_disposed(now=clock.now()))
