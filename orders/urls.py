from django.urls import path

from . import views

app_name = "orders"

urlpatterns = [
    path("orders/", views.order_list, name="list"),
    path("orders/<str:id>/", views.order_detail, name="detail"),
    path("orders/<str:id>/ship/", views.ship, name="ship"),
    path("orders/<str:id>/refund/", views.refund, name="refund"),
]
