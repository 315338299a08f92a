from django.urls import path

from . import shop, views

urlpatterns = [
    path("conversations", views.Conversations.as_view()),
    path("conversations/<str:id>", views.ConversationDetail.as_view()),
    path("conversations/<str:id>/messages", views.Messages.as_view()),
    path("conversations/<str:id>/read", views.ReadUpTo.as_view()),
    path("shops/<str:id>/conversation", views.ShopConversation.as_view()),
    path("shop/conversations", shop.ShopConversations.as_view()),
    path("shop/conversations/<str:id>/messages", shop.ShopMessages.as_view()),
    path("shop/conversations/<str:id>/quotes", shop.ShopQuotes.as_view()),
]
