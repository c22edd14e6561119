from django.urls import path

from agreements.views import index, on_a_day, people, previews, repository, saved, tracing

urlpatterns = [
    path("agreements/", index.index, name="index"),
    path("agreements/csv/", saved.export, name="export"),
    path("agreements/owner/", saved.hand_over, name="hand_over"),
    path("agreements/views/new/", saved.save, name="save_view"),
    path("agreements/views/<int:pk>/", saved.change, name="change_view"),
    path("agreements/views/<int:pk>/delete/", saved.delete, name="delete_view"),
    path("agreements/<slug:reference>/", repository.detail, name="detail"),
    path("agreements/<slug:reference>/document/", repository.document, name="document"),
    path("agreements/<slug:reference>/<label:label>/", repository.version, name="version"),
    path("agreements/<slug:reference>/<label:label>/preview.pdf", previews.version, name="preview"),
    path("agreements/<slug:reference>/<label:label>/requirements/", tracing.trace, name="trace"),
    path("agreements/<slug:reference>/versions/", repository.versions, name="versions"),
    path("agreements/<slug:reference>/on/", on_a_day.choose, name="choose_day"),
    path("agreements/<slug:reference>/on/<slug:day>/", on_a_day.on, name="on"),
    path("agreements/<slug:reference>/history/", repository.history, name="history"),
    path("agreements/<slug:reference>/people/", people.people, name="people"),
    path("agreements/<slug:reference>/people/position/<slug:position>/", people.hold, name="hold"),
    path("agreements/<slug:reference>/people/authority/<slug:party>/", people.authority, name="authority"),
]
