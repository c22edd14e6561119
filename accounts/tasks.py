from celery import shared_task


@shared_task(name="accounts.deliver")
def deliver():
    from accounts import outbox
    from records import clock, sweeps

    sweeps.run("accounts.deliver", lambda: outbox.deliver(now=clock.now()))
