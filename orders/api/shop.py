"""The shop's side of orders, for staff's own tools."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api import shapes
from core.api.idempotency import idempotent
from merchants.api.permissions import MERCHANT_HEADER, staff_who
from orders import carriers, selectors, services
from orders.models import Order

from .serializers import OrderDetailSerializer, RefundRequestSerializer


class ShopOrderSerializer(OrderDetailSerializer):
    buyer_name = serializers.CharField(source="buyer")


class ShipRequestSerializer(serializers.Serializer):
    logistics_type = serializers.ChoiceField(list(carriers.LOGISTICS_TYPES), default=carriers.EXPRESS)
    company = serializers.ChoiceField(list(carriers.CARRIERS), required=False, allow_blank=True, default="")
    tracking_no = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")


def own(request, public_id: str) -> Order:
    mine = Order.objects.of_shop(request.membership.merchant.shop)
    rows = mine.select_related("shop", "buyer", "quote", "shipment", "payment__sub_merchant")
    return get_object_or_404(rows.prefetch_related("lines__sku__product"), public_id=public_id)


@extend_schema(parameters=[MERCHANT_HEADER])
class ShopOrders(generics.ListAPIView):
    """The shop's orders, newest first."""

    permission_classes = [staff_who("orders")]
    serializer_class = ShopOrderSerializer
    queryset = Order.objects.none()

    def get_queryset(self):
        shop = self.request.membership.merchant.shop
        orders = selectors.shop_orders(shop, tab=self.request.query_params.get("tab", ""))
        return orders.select_related("shop", "quote", "buyer", "shipment").prefetch_related("lines__sku__product")

    @extend_schema(parameters=[OpenApiParameter("tab", str, enum=sorted(selectors.TABS))])
    def get(self, request):
        return self.list(request)


@extend_schema(parameters=[MERCHANT_HEADER])
class ShopOrder(APIView):
    permission_classes = [staff_who("orders")]

    @extend_schema(responses=ShopOrderSerializer)
    def get(self, request, id):
        return Response(ShopOrderSerializer(own(request, id)).data)


@extend_schema(parameters=[MERCHANT_HEADER])
class ShopOrderShip(APIView):
    permission_classes = [staff_who("ship")]

    @extend_schema(request=ShipRequestSerializer, responses=ShopOrderSerializer)
    def post(self, request, id):
        """The goods left the shop. The same parcel again changes nothing."""
        services.ship_order(
            order=own(request, id), by=request.user, **shapes.parsed(ShipRequestSerializer, request.data)
        )
        return Response(ShopOrderSerializer(own(request, id)).data)


@extend_schema(parameters=[MERCHANT_HEADER])
class ShopOrderRefund(APIView):
    permission_classes = [staff_who("refund")]

    @extend_schema(request=RefundRequestSerializer, responses=ShopOrderSerializer)
    @idempotent
    def post(self, request, id, *, idempotency_key):
        """Give the buyer everything back; cannot be undone."""
        services.refund_order(
            order=own(request, id), by=request.user, **shapes.parsed(RefundRequestSerializer, request.data)
        )
        return Response(ShopOrderSerializer(own(request, id)).data)
