from django.urls import path

from . import views

urlpatterns = [
    path("conversations", views.Conversations.as_view()),
    path("conversations/<str:id>", views.ConversationDetail.as_view()),
    path("conversations/<str:id>/messages", views.Messages.as_view()),
    path("conversations/<str:id>/read", views.ReadUpTo.as_view()),
    path("shops/<str:id>/conversation", views.ShopConversation.as_view()),
]
