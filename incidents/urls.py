from django.urls import path, register_converter

from incidents.views import breach, dryrun, queue, run


class BreachNumber:
    regex = "BR-[0-9]{4,9}"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


register_converter(BreachNumber, "breach")

app_name = "incidents"
urlpatterns = [
    path("breaches/", queue.index, name="index"),
    path("breaches/export.csv", queue.export, name="export"),
    path("breaches/acknowledge/", queue.acknowledge_many, name="acknowledge_many"),
    path("breaches/<breach:number>/", breach.page, name="breach"),
    path("breaches/<breach:number>/acknowledge/", breach.acknowledge, name="acknowledge"),
    path("breaches/<breach:number>/outcome/", breach.outcome, name="outcome"),
    path("breaches/<breach:number>/close/", breach.close, name="close"),
    path("breaches/<breach:number>/reopen/", breach.reopen, name="reopen"),
    path("escalations/<int:pk>/", run.page, name="run"),
    path("escalations/<int:pk>/acknowledge/", run.acknowledge, name="acknowledge_run"),
    path("escalations/<int:pk>/raise/", run.go_up, name="raise_run"),
    path("acknowledge/<slug:token>/", run.by_link, name="acknowledge_by_link"),
    path("agreements/<slug:reference>/breaches/", queue.agreement, name="agreement"),
    path("agreements/<slug:reference>/<label:label>/ladder/", dryrun.ladder, name="ladder"),
]
