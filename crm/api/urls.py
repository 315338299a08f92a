from django.urls import path

from . import views

urlpatterns = [
    path("shops/<slug:shop_id>/follow", views.FollowView.as_view(), name="follow"),
    path("follows", views.FollowsView.as_view(), name="follows"),
]
