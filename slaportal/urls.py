from django.urls import include, path

from slaportal.views import audit, calendar, figures, health, home, records, verify

records_urls = [
    path("", records.index, name="index"),
    path("holds/", records.holds, name="holds"),
    path("<slug:sha256>/", records.document, name="document"),
    path("<slug:sha256>/download/", records.download, name="download"),
]
urlpatterns = [
    path("", home.home, name="home"),
    path("verify/", verify.verify, name="verify"),
    path("audit/", audit.trail, name="audit"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("setup/watch/", health.watch, name="watch"),
    path("metrics", health.metrics, name="metrics"),
    path("calendar/<slug:token>.ics", calendar.calendar, name="calendar"),
    path("figures/", figures.list_figures, name="list_figures"),
    path("records/", include((records_urls, "records"))),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("slaportal.api.urls")),
    path("", include("accounts.urls")),
    path("", include("agreements.urls")),
    path("", include("kpis.urls")),
    path("", include("incidents.urls")),
    path("", include("reviews.urls")),
    path("", include("reports.urls")),
]
