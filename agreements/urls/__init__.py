"""Every address of the agreements app, one list for each module of views."""

from django.urls import register_converter

from agreements.urls.converters import Label

register_converter(Label, "label")

from agreements.urls import (  # noqa: E402
    catalogue,
    drafting,
    duty,
    life,
    repository,
    retaining,
    review,
    signing,
    supporting,
    templates,
)

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
    *retaining.urlpatterns,
    *supporting.urlpatterns,
    *duty.urlpatterns,
]
