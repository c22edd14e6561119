from django.urls import path

from accounts.views import messages
from accounts.views import people as views

app_name = "accounts"
urlpatterns = [
    path("setup/people/", views.people, name="people"),
    path("setup/people/invite/", views.invite, name="invite"),
    path("setup/people/<int:pk>/", views.person, name="person"),
    path("setup/people/<int:pk>/roles/<int:organisation_pk>/", views.grant, name="grant"),
    path("setup/people/<int:pk>/authority/<int:organisation_pk>/", views.authorise, name="authorise"),
    path("setup/people/<int:pk>/close/", views.close, name="close_account"),
    path("setup/organisations/<int:pk>/sole/<slug:answer>/", views.sole_signatory, name="sole_signatory"),
    path("setup/roles/<int:pk>/end/", views.end_role, name="end_role"),
    path("setup/organisations/", views.organisations, name="organisations"),
    path("invitation/<slug:token>/", views.invitation, name="invitation"),
    path("setup/webhooks/", messages.webhooks, name="webhooks"),
    path("setup/webhooks/<int:pk>/secret/", messages.renew_secret, name="renew_secret"),
    path("setup/webhooks/<int:pk>/test/", messages.try_webhook, name="try_webhook"),
    path("setup/webhooks/<int:pk>/end/", messages.end_webhook, name="end_webhook"),
    path("setup/messages/", messages.doubtful, name="doubtful"),
    path("setup/messages/<int:pk>/again/", messages.send_again, name="send_again"),
    path("setup/messages/<int:pk>/rest/", messages.let_rest, name="let_rest"),
    path("account/telling/", messages.telling, name="telling"),
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/<int:pk>/", views.notice, name="notice"),
    path("account/", views.profile, name="profile"),
    path("account/tokens/", views.tokens, name="tokens"),
    path("account/calendar/", views.calendar, name="calendar"),
    path("account/calendar/revoke/", views.revoke_calendar, name="revoke_calendar"),
    path("account/tokens/<int:pk>/revoke/", views.revoke, name="revoke"),
]
