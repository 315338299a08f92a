from django.urls import path

from . import views

app_name = "merchants"

urlpatterns = [
    path("enter/", views.enter, name="enter"),
    path("switch/", views.switch, name="switch"),
    path("apply/", views.apply, name="apply"),
    path("apply/documents/<slug:document_id>/", views.document, name="document"),
    path("apply/<slug:application_id>/", views.application, name="application"),
    path("apply/<slug:application_id>/facts/", views.facts, name="facts"),
    path("apply/<slug:application_id>/bank/", views.bank, name="bank"),
    path("apply/<slug:application_id>/documents/", views.documents, name="documents"),
    path(
        "apply/<slug:application_id>/documents/<slug:document_id>/remove/",
        views.remove_document,
        name="remove_document",
    ),
    path("apply/<slug:application_id>/submit/", views.submit, name="submit"),
    path("staff/", views.staff, name="staff"),
    path("staff/invite/", views.invite, name="staff_invite"),
    path("staff/codes/<slug:binding_id>/", views.binding, name="staff_binding"),
    path("staff/<slug:membership_id>/role/", views.change_role, name="staff_role"),
    path("staff/<slug:membership_id>/rebind/", views.rebind, name="staff_rebind"),
    path("staff/<slug:membership_id>/remove/", views.remove, name="staff_remove"),
]
