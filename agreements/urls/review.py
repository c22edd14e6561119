from django.urls import path

from agreements.views import review

PLACE = "agreements/<slug:reference>/<label:label>/review/"

urlpatterns = [
    path(PLACE, review.review, name="review"),
    path(f"{PLACE}changes/", review.changes, name="changes"),
    path(f"{PLACE}comment/", review.comment, name="comment"),
    path(f"{PLACE}settle/<int:pk>/", review.settle, name="settle"),
    path(f"{PLACE}approve/", review.approve, name="approve"),
    path(f"{PLACE}return/", review.request_changes, name="request_changes"),
    path(f"{PLACE}recall/", review.recall, name="recall"),
]
