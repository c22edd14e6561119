from django.urls import path

from agreements.views import review, talk

PLACE = "agreements/<slug:reference>/<label:label>/review/"

urlpatterns = [
    path(PLACE, review.review, name="review"),
    path(f"{PLACE}changes/", review.changes, name="changes"),
    path(f"{PLACE}changes/redline.pdf", review.redline_pdf, name="redline_pdf"),
    path(f"{PLACE}whole/", review.whole, name="whole"),
    path(f"{PLACE}reviewers/", review.reviewers, name="reviewers"),
    path(f"{PLACE}comment/", talk.comment, name="comment"),
    path(f"{PLACE}comment/<int:pk>/", review.comment_link, name="comment_link"),
    path(f"{PLACE}settle/<int:pk>/", talk.settle, name="settle"),
    path(f"{PLACE}apply/<int:pk>/", talk.apply_suggestion, name="apply_suggestion"),
    path(f"{PLACE}decline/<int:pk>/", talk.decline_suggestion, name="decline_suggestion"),
    path(f"{PLACE}look/", talk.look, name="look"),
    path(f"{PLACE}finish/", talk.finish, name="finish"),
    path(f"{PLACE}recall/", talk.recall, name="recall"),
    path(f"{PLACE}remind/<int:pk>/", talk.remind, name="remind_reviewer"),
]
