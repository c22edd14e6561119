from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("reports/", views.index, name="index"),
    path("reports/<slug:number>/", views.report, name="report"),
    path("reports/<slug:number>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("reports/<slug:number>/dispute/", views.dispute, name="dispute"),
    path("reports/<slug:number>/reissue/", views.reissue, name="reissue"),
    path("agreements/<slug:reference>/reports/", views.agreement, name="agreement"),
]
