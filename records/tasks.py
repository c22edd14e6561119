from celery import shared_task


@shared_task(name="records.link")
def link():
    from records import audit, sweeps

    sweeps.run("records.link", audit.link)
