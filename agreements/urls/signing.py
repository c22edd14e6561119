from django.urls import path

from agreements.views import contesting, people, sign, signing

urlpatterns = [
    path("agreements/<slug:reference>/<label:label>/send/", signing.send, name="send"),
    path("agreements/<slug:reference>/<label:label>/signing/", signing.signing, name="signing"),
    path("agreements/<slug:reference>/<label:label>/signing/withdraw/", signing.withdraw, name="withdraw"),
    path("agreements/<slug:reference>/<label:label>/signing/retry/", signing.retry, name="retry_seal"),
    path("setup/people/<int:pk>/signatures/", people.open_seats, name="open_seats"),
    path("sign/<int:pk>/", sign.sign, name="sign"),
    path("sign/<int:pk>/contest/", contesting.contest, name="contest"),
    path("contests/<int:pk>/ratify/", contesting.ratify, name="ratify"),
    path("contests/<int:pk>/end/", contesting.end, name="end_contest"),
    path("sign/<int:pk>/decline/", sign.decline, name="decline"),
    path("sign/<int:pk>/remind/", signing.remind, name="remind"),
    path("sign/<int:pk>/reassign/", signing.reassign, name="reassign"),
]
