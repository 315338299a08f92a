from django.urls import path

from . import views

app_name = "crm"

urlpatterns = [
    path("followers/", views.followers, name="followers"),
    path("followers/export/", views.export, name="followers_export"),
]
