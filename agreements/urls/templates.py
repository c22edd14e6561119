from django.urls import path

from agreements.views import templates

urlpatterns = [
    path("templates/", templates.index, name="templates"),
    path("templates/<int:pk>/", templates.template, name="template"),
    path("templates/<int:pk>/preview.pdf", templates.preview, name="template_preview"),
    path("templates/<int:pk>/changes/", templates.changes, name="template_changes"),
    path("templates/<int:pk>/revise/", templates.revise, name="revise_template"),
    path("templates/<int:pk>/edit/<slug:part>/", templates.edit, name="edit_template"),
    path("templates/<int:pk>/publish/", templates.publish, name="publish_template"),
    path("templates/<int:pk>/retire/", templates.retire, name="retire_template"),
    path("templates/<int:pk>/discard/", templates.discard, name="discard_template"),
    path("agreements/<slug:reference>/<label:label>/template/", templates.from_agreement, name="template_from"),
]
