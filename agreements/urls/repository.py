from django.urls import path

from agreements.views import index, people, previews, repository, tracing

urlpatterns = [
    path("agreements/", index.index, name="index"),
    path("agreements/<slug:reference>/", repository.detail, name="detail"),
    path("agreements/<slug:reference>/document/", repository.document, name="document"),
    path("agreements/<slug:reference>/<label:label>/", repository.version, name="version"),
    path("agreements/<slug:reference>/<label:label>/preview.pdf", previews.version, name="preview"),
    path("agreements/<slug:reference>/<label:label>/requirements/", tracing.trace, name="trace"),
    path("agreements/<slug:reference>/versions/", repository.versions, name="versions"),
    path("agreements/<slug:reference>/history/", repository.history, name="history"),
    path("agreements/<slug:reference>/people/", people.people, name="people"),
    path("agreements/<slug:reference>/people/position/<slug:position>/", people.hold, name="hold"),
    path("agreements/<slug:reference>/people/authority/<slug:party>/", people.authority, name="authority"),
]
