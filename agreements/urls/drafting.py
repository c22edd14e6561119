from django.urls import path

from agreements.views import drafting

urlpatterns = [
    path("agreements/new/", drafting.new, name="new"),
    path("agreements/<slug:reference>/<label:label>/edit/check/", drafting.check, name="check"),
    path("agreements/<slug:reference>/<label:label>/edit/<slug:part>/", drafting.edit, name="edit"),
    path("agreements/<slug:reference>/<label:label>/abandon/", drafting.abandon, name="abandon"),
]
