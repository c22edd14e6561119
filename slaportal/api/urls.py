from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from slaportal.api import views

operations = [
    path("agreements/", views.Agreements.as_view(), name="agreements"),
    path("agreements/<str:reference>/", views.AgreementDetail.as_view(), name="agreement"),
    path("agreements/<str:reference>/results/", views.Results.as_view(), name="results"),
    path("breaches/", views.Breaches.as_view(), name="breaches"),
    path("breaches/<str:number>/", views.BreachDetail.as_view(), name="breach"),
    path("indicators/", views.Indicators.as_view(), name="indicators"),
    path("indicators/<str:key>/rows/", views.Rows.as_view(), name="rows"),
    path("reports/", views.Reports.as_view(), name="reports"),
    path("reports/<str:number>/", views.ReportDetail.as_view(), name="report"),
    path("reports/<str:number>/pdf/", views.ReportFile.as_view(), name="report_file"),
]
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("", include((operations, "api"))),
]
