from django.urls import path

from agreements.views import duty

urlpatterns = [
    path("duty/", duty.index, name="duty"),
    path("duty/new/", duty.new, name="new_roster"),
    path("duty/away/", duty.away, name="away"),
    path("duty/away/<int:pk>/back/", duty.back, name="back_again"),
    path("duty/<int:pk>/", duty.page, name="roster"),
    path("duty/<int:pk>/rotations/", duty.add_rotation, name="add_rotation"),
    path("duty/<int:pk>/rotations/<int:rotation_pk>/end/", duty.end_rotation, name="end_rotation"),
    path("duty/<int:pk>/take-over/", duty.take_over, name="take_over"),
    path("duty/<int:pk>/swap/", duty.swap, name="swap_turns"),
    path("duty/<int:pk>/take-back/<int:duty_pk>/", duty.take_back, name="take_back_duty"),
    path("duty/<int:pk>/end/", duty.end, name="end_roster"),
]
