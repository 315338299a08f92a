from django.urls import path

from . import views

urlpatterns = [
    path("", views.page, name="buyer_demo"),
    # A message's link names a page of the mini-program below this address; the script finds its own way.
    path("<path:page>", views.page),
]
