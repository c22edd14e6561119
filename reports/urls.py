from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("reports/", views.index, name="index"),
    path("reports/<str:number>/", views.report, name="report"),
    path("reports/<str:number>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("reports/<str:number>/dispute/", views.dispute, name="dispute"),
    path("reports/<str:number>/reissue/", views.reissue, name="reissue"),
    path("agreements/<str:reference>/reports/", views.agreement, name="agreement"),
]
