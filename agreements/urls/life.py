from django.urls import path

from agreements.views import importing, life, renewing, term

urlpatterns = [
    path("agreements/<slug:reference>/amend/", life.amend, name="amend"),
    path("agreements/<slug:reference>/term/", term.term, name="term"),
    path("agreements/<slug:reference>/term/end/<slug:kind>/", term.end, name="end"),
    path("agreements/<slug:reference>/term/keep/", renewing.keep, name="keep"),
    path("agreements/<slug:reference>/term/renew/", renewing.renew, name="renew"),
    path("agreements/<slug:reference>/term/replace/", renewing.replace, name="replace"),
    path("agreements/<slug:reference>/<label:label>/paper/", importing.paper, name="paper"),
    path("agreements/<slug:reference>/<label:label>/paper/confirm/", importing.confirm, name="confirm_paper"),
    path("endings/<int:pk>/agree/", term.agree, name="agree_end"),
    path("endings/<int:pk>/refuse/", term.refuse, name="refuse_end"),
    path("endings/<int:pk>/receive/", term.receive, name="receive_notice"),
    path("endings/<int:pk>/take-back/", term.take_back, name="take_back"),
    path("endings/<int:pk>/recall/<slug:answer>/", term.recall, name="answer_recall"),
]
