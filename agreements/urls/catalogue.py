from django.urls import path

from agreements.views import catalogue

urlpatterns = [
    path("services/", catalogue.services, name="services"),
    path("services/add/", catalogue.add, name="add_service"),
    path("services/<int:pk>/", catalogue.service, name="service"),
    path("services/<int:pk>/change/", catalogue.change, name="change_service"),
    path("services/<int:pk>/ask/", catalogue.ask, name="ask"),
    path("requirements/<slug:number>/", catalogue.requirement, name="requirement"),
    path("requirements/<slug:number>/accept/", catalogue.accept, name="accept_requirement"),
    path("requirements/<slug:number>/decline/", catalogue.decline, name="decline_requirement"),
]
