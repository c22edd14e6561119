from django.urls import path

from agreements.views import retaining

urlpatterns = [
    path("agreements/<slug:reference>/files/", retaining.files, name="files"),
    path("agreements/<slug:reference>/files/hold/", retaining.hold, name="set_hold"),
    path("agreements/<slug:reference>/files/dispose/", retaining.propose, name="propose_disposal"),
    path("holds/<int:pk>/grant/", retaining.answer, {"answer": "grant"}, name="grant_hold"),
    path("holds/<int:pk>/refuse/", retaining.answer, {"answer": "refuse"}, name="refuse_hold"),
    path("holds/<int:pk>/lift/", retaining.lift, name="lift_hold"),
    path("disposals/<int:pk>/agree/", retaining.decide, {"answer": "agree"}, name="agree_disposal"),
    path("disposals/<int:pk>/refuse/", retaining.decide, {"answer": "refuse"}, name="refuse_disposal"),
]
