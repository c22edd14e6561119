from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from slaportal.api import backtesting, claiming, clocks, defining, handling, preparing, pushing, retaining, views

operations = [
    path("agreements/", views.Agreements.as_view(), name="agreements"),
    path("agreements/<slug:reference>/", views.AgreementDetail.as_view(), name="agreement"),
    path("agreements/<slug:reference>/on/<slug:day>/", views.TermsOnDay.as_view(), name="terms_on"),
    path("agreements/<slug:reference>/results/", views.Results.as_view(), name="results"),
    path("agreements/<slug:reference>/exclusions/", claiming.Exclusions.as_view(), name="exclusions"),
    path("agreements/<slug:reference>/corrections/", claiming.Corrections.as_view(), name="corrections"),
    path("agreements/<slug:reference>/disputes/", claiming.Disputes.as_view(), name="disputes"),
    path("agreements/<slug:reference>/clocks/", clocks.Clocks.as_view(), name="clocks"),
    path("agreements/<slug:reference>/backtest/", backtesting.Backtest.as_view(), name="backtest"),
    path("agreements/<slug:reference>/versions/<str:label>/comments/", views.Comments.as_view(), name="comments"),
    path("agreements/<slug:reference>/versions/<str:label>/approvals/", views.Approvals.as_view(), name="approvals"),
    path("agreements/<slug:reference>/versions/<str:label>/guide/", defining.Guide.as_view(), name="guide"),
    path("agreements/<slug:reference>/supports/", preparing.Supports.as_view(), name="supports"),
    path("agreements/<slug:reference>/supports/<int:pk>/", preparing.OneSupport.as_view(), name="unlink_support"),
    path("agreements/<slug:reference>/feasibility/", preparing.Feasibility.as_view(), name="feasibility"),
    path("breaches/", views.Breaches.as_view(), name="breaches"),
    path("breaches/<slug:number>/", views.BreachDetail.as_view(), name="breach"),
    path("breaches/<slug:number>/acknowledge/", handling.AcknowledgeBreach.as_view(), name="acknowledge_breach"),
    path("incidents/", handling.Incidents.as_view(), name="incidents"),
    path("incidents/<slug:number>/", handling.IncidentDetail.as_view(), name="incident"),
    path("incidents/<slug:number>/<slug:act>/", handling.IncidentAct.as_view(), name="incident_act"),
    path("holds/", retaining.Holds.as_view(), name="holds"),
    path("tombstones/", retaining.Tombstones.as_view(), name="tombstones"),
    path("indicators/", views.Indicators.as_view(), name="indicators"),
    path("indicators/<slug:key>/rows/", pushing.Rows.as_view(), name="rows"),
    path("indicators/<slug:key>/metrics/", pushing.Metrics.as_view(), name="metrics"),
    path("services/", preparing.Services.as_view(), name="services"),
    path("requirements/", preparing.Requirements.as_view(), name="requirements"),
    path("requirements/<slug:number>/", preparing.RequirementDetail.as_view(), name="requirement"),
    path("requirements/<slug:number>/accept/", preparing.Accept.as_view(), name="accept_requirement"),
    path("requirements/<slug:number>/decline/", preparing.Decline.as_view(), name="decline_requirement"),
    path("definitions/", defining.Definitions.as_view(), name="definitions"),
    path("definitions/<int:pk>/", defining.DefinitionDetail.as_view(), name="definition"),
    path("templates/", preparing.Templates.as_view(), name="templates"),
    path("templates/<int:pk>/", preparing.TemplateDetail.as_view(), name="template"),
    path("reports/", views.Reports.as_view(), name="reports"),
    path("reports/<slug:number>/", views.ReportDetail.as_view(), name="report"),
    path("reports/<slug:number>/pdf/", views.ReportFile.as_view(), name="report_file"),
]
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("", include((operations, "api"))),
]
