from django.urls import path

from agreements.views import supporting

urlpatterns = [
    path("agreements/<slug:reference>/support/", supporting.support, name="support"),
    path("agreements/<slug:reference>/support/<int:pk>/unlink/", supporting.unlink, name="unlink_support"),
    path("agreements/<slug:reference>/<label:label>/feasible/", supporting.feasible, name="feasible"),
]
