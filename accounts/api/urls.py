from django.urls import path

from . import views

urlpatterns = [
    path("session", views.SessionView.as_view(), name="session"),
    path("me", views.MeView.as_view(), name="me"),
    path("me/phone", views.PhoneView.as_view(), name="me-phone"),
    path("me/avatar", views.AvatarView.as_view(), name="me-avatar"),
    path("me/export", views.ExportView.as_view(), name="me-export"),
    path("me/consents", views.ConsentsView.as_view(), name="me-consents"),
    path("me/consents/<slug:purpose>", views.ConsentView.as_view(), name="me-consent"),
    path("addresses", views.AddressesView.as_view(), name="addresses"),
    path("addresses/<slug:address_id>", views.AddressView.as_view(), name="address"),
]
