from django.urls import path

from kpis.views import delivering

app_name = "kpis"
urlpatterns = [
    path("data/", delivering.deliver, name="deliver"),
    path("data/<int:pk>/", delivering.upload, name="upload"),
    path("data/<int:pk>/check/", delivering.check, name="check"),
    path("data/deliveries/<int:pk>/", delivering.delivery, name="delivery"),
]
