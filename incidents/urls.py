from django.urls import path

from incidents.views import breach, dryrun, queue

app_name = "incidents"
urlpatterns = [
    path("breaches/", queue.index, name="index"),
    path("breaches/export.csv", queue.export, name="export"),
    path("breaches/acknowledge/", queue.acknowledge_many, name="acknowledge_many"),
    path("breaches/<str:number>/", breach.page, name="breach"),
    path("breaches/<str:number>/acknowledge/", breach.acknowledge, name="acknowledge"),
    path("breaches/<str:number>/outcome/", breach.outcome, name="outcome"),
    path("breaches/<str:number>/close/", breach.close, name="close"),
    path("breaches/<str:number>/reopen/", breach.reopen, name="reopen"),
    path("agreements/<str:reference>/breaches/", queue.agreement, name="agreement"),
    path("agreements/<str:reference>/<str:label>/ladder/", dryrun.ladder, name="ladder"),
]
