from celery import shared_task


@shared_task(name="agreements.seal")
def seal():
    from agreements import actions
    from records import clock, sweeps

    sweeps.run("agreements.seal", lambda: actions.seal_due(now=clock.now()))


@shared_task(name="agreements.remind_unanswered")
def remind_unanswered():
    from agreements import actions
    from records import clock, sweeps

    sweeps.run("agreements.remind_unanswered", lambda: actions.remind_unanswered(now=clock.now()))


@shared_task(name="agreements.remind_signers")
def remind_signers():
    from agreements import actions
    from records import clock, sweeps

    sweeps.run("agreements.remind_signers", lambda: actions.remind_signers(now=clock.now()))


@shared_task(name="agreements.recheck_supports")
def recheck_supports():
    from agreements import actions
    from records import clock, sweeps

    sweeps.run("agreements.recheck_supports", lambda: actions.recheck_supports(now=clock.now()))


@shared_task(name="agreements.lapse_rounds")
def lapse_rounds():
    from agreements import actions
    from records import clock, sweeps

    sweeps.run("agreements.lapse_rounds", lambda: actions.lapse_due(now=clock.now()))


@shared_task(name="agreements.take_in_words")
def take_in_words():
    from agreements import search
    from records import sweeps

    sweeps.run("agreements.take_in_words", search.refresh)


@shared_task(name="agreements.remind_reviewers")
def remind_reviewers():
    from agreements import actions
    from records import clock, sweeps

    sweeps.run("agreements.remind_reviewers", lambda: actions.remind_reviewers(now=clock.now()))


@shared_task(name="agreements.conclude")
def conclude():
    from agreements import actions
    from records import clock, sweeps

    sweeps.run("agreements.conclude", lambda: actions.conclude_due(now=clock.now()))


@shared_task(name="agreements.record_renewals")
def record_renewals():
    from agreements import actions
    from records import clock, sweeps

    sweeps.run("agreements.record_renewals", lambda: actions.record_renewals(now=clock.now()))


@shared_task(name="agreements.remind")
def remind():
    from agreements import actions
    from records import clock, sweeps

    sweeps.run("agreements.remind", lambda: actions.remind_due(now=clock.now()))


@shared_task(name="agreements.watch_rosters")
def watch_rosters():
    from agreements import actions
    from records import clock, sweeps

    sweeps.run("agreements.watch_rosters", lambda: actions.watch_rosters(now=clock.now()))


@shared_task(name="agreements.publish_head")
def publish_head():
    from agreements import actions
    from records import clock, sweeps

    sweeps.run("agreements.publish_head", lambda: actions.publish_head(now=clock.now()))
