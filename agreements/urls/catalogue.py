from django.urls import path

from agreements.views import answering, catalogue, requirements

urlpatterns = [
    path("services/", catalogue.services, name="services"),
    path("services/services.csv", catalogue.export, name="services_csv"),
    path("services/add/", catalogue.add, name="add_service"),
    path("services/<int:pk>/", catalogue.service, name="service"),
    path("services/<int:pk>/change/", catalogue.change, name="change_service"),
    path("services/<int:pk>/retire/", catalogue.retire, name="retire_service"),
    path("services/<int:pk>/restore/", catalogue.restore, name="restore_service"),
    path("services/<int:pk>/ask/", requirements.ask, name="ask"),
    path("services/<int:pk>/ask/link/", requirements.ask_by_link, name="ask_by_link"),
    path("needs/<slug:token>/", answering.answer, name="answer"),
    path("requirements/<slug:number>/remind/", requirements.remind, name="remind_requirement"),
    path("requirements/<slug:number>/close-link/", requirements.close_link, name="close_link"),
    path("requirements/<slug:number>/", requirements.requirement, name="requirement"),
    path("requirements/<slug:number>/accept/", requirements.accept, name="accept_requirement"),
    path("requirements/<slug:number>/decline/", requirements.decline, name="decline_requirement"),
]
