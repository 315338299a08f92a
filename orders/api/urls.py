from django.urls import path

from . import shop, views

urlpatterns = [
    path("orders", views.OrdersView.as_view(), name="api-orders"),
    path("orders/<str:id>", views.OrderView.as_view(), name="api-order"),
    path("orders/<str:id>/prepay", views.PrepayView.as_view(), name="api-order-prepay"),
    path("orders/<str:id>/cancel", views.CancelView.as_view(), name="api-order-cancel"),
    path("orders/<str:id>/receive", views.ReceiveView.as_view(), name="api-order-receive"),
    path("orders/<str:id>/refund", views.RefundView.as_view(), name="api-order-refund"),
    path("quotes/<str:id>", views.QuoteView.as_view(), name="api-quote"),
    path("shop/orders", shop.ShopOrders.as_view(), name="api-shop-orders"),
    path("shop/orders/<str:id>", shop.ShopOrder.as_view(), name="api-shop-order"),
    path("shop/orders/<str:id>/ship", shop.ShopOrderShip.as_view(), name="api-shop-order-ship"),
    path("shop/orders/<str:id>/refund", shop.ShopOrderRefund.as_view(), name="api-shop-order-refund"),
]
