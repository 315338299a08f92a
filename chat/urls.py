from django.urls import path

from . import views

app_name = "chat"
urlpatterns = [
    path("chats/", views.inbox, name="inbox"),
    path("chats/queue/", views.queue, name="queue"),
    path("chats/<str:id>/", views.conversation, name="conversation"),
    path("chats/<str:id>/thread/", views.thread, name="thread"),
    path("chats/<str:id>/text/", views.send_text, name="send_text"),
    path("chats/<str:id>/image/", views.send_image, name="send_image"),
    path("chats/<str:id>/product/", views.send_product, name="send_product"),
    path("chats/<str:id>/quote/", views.send_quote, name="send_quote"),
]
