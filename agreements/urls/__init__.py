"""Every address of the agreements app, one list for each module of views."""

from django.urls import register_converter

from agreements.urls.converters import Label

register_converter(Label, "label")

from agreements.urls import catalogue, drafting, life, repository, review, signing, supporting, templates  # noqa: E402

app_name = "agreements"
# Catalogue and drafting first: "agreements/new/" is no reference.
urlpatterns = [
    *catalogue.urlpatterns,
    *drafting.urlpatterns,
    *templates.urlpatterns,
    *review.urlpatterns,
    *repository.urlpatterns,
    *signing.urlpatterns,
    *life.urlpatterns,
    *supporting.urlpatterns,
]
