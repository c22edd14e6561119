from django.urls import path

from agreements.views import clock, drafting, writing

urlpatterns = [
    path("agreements/new/", drafting.new, name="new"),
    path("agreements/holidays/parts/", clock.parts_of_country, name="parts_of_country"),
    path("agreements/<slug:reference>/<label:label>/edit/check/", drafting.check, name="check"),
    path("agreements/<slug:reference>/<label:label>/edit/history/", writing.history, name="draft_history"),
    path("agreements/<slug:reference>/<label:label>/edit/undo/", writing.undo, name="undo"),
    path("agreements/<slug:reference>/<label:label>/edit/<slug:part>/", writing.edit, name="edit"),
    path("agreements/<slug:reference>/<label:label>/edit/<slug:part>/autosave/", writing.autosave, name="autosave"),
    path("agreements/<slug:reference>/<label:label>/clock/", clock.clock, name="clock"),
    path("agreements/<slug:reference>/<label:label>/abandon/", drafting.abandon, name="abandon"),
]
