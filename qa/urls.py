from django.urls import path

from . import views

app_name = "qa"
urlpatterns = [
    path("questions/", views.inbox, name="inbox"),
    path("questions/<str:invitation_id>/", views.workbench, name="workbench"),
    path("questions/<str:invitation_id>/state/", views.state, name="state"),
    path("questions/<str:invitation_id>/draft/", views.draft, name="draft"),
    path("questions/<str:invitation_id>/picks/", views.picks, name="picks"),
    path("questions/<str:invitation_id>/take-back/", views.take_back, name="take_back"),
    path("questions/<str:invitation_id>/pass/", views.pass_on, name="pass"),
    path("questions/<str:invitation_id>/pass/undo/", views.take_back_pass, name="take_back_pass"),
]
