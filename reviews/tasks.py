from celery import shared_task

from records import clock, sweeps


@shared_task(name="reviews.warn_overdue")
def warn_overdue():
    from reviews import actions

    sweeps.run("reviews.warn_overdue", lambda: actions.warn_overdue(now=clock.now()))


@shared_task(name="reviews.escalate_overdue")
def escalate_overdue():
    from reviews import actions

    sweeps.run("reviews.escalate_overdue", lambda: actions.escalate_overdue(now=clock.now()))


@shared_task(name="reviews.seal_minutes")
def seal_minutes():
    from reviews import actions

    sweeps.run("reviews.seal_minutes", lambda: actions.seal_minutes(now=clock.now()))


@shared_task(name="reviews.close_silent")
def close_silent():
    from reviews import actions

    sweeps.run("reviews.close_silent", lambda: actions.close_silent(now=clock.now()))
