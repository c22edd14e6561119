from django.urls import path

from agreements.views import life

urlpatterns = [
    path("agreements/<slug:reference>/amend/", life.amend, name="amend"),
]
