from django.urls import path

from agreements.views import people, repository

urlpatterns = [
    path("agreements/", repository.index, name="index"),
    path("agreements/<str:reference>/", repository.detail, name="detail"),
    path("agreements/<str:reference>/document/", repository.document, name="document"),
    path("agreements/<str:reference>/<label:label>/", repository.version, name="version"),
    path("agreements/<str:reference>/versions/", repository.versions, name="versions"),
    path("agreements/<str:reference>/history/", repository.history, name="history"),
    path("agreements/<str:reference>/people/", people.people, name="people"),
    path("agreements/<str:reference>/people/position/<str:position>/", people.hold, name="hold"),
    path("agreements/<str:reference>/people/authority/<str:party>/", people.authority, name="authority"),
]
