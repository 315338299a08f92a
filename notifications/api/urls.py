from django.urls import path

from . import views

urlpatterns = [
    path("inbox", views.Inbox.as_view()),
    path("inbox/read", views.InboxRead.as_view()),
    path("subscriptions", views.Subscriptions.as_view()),
]
