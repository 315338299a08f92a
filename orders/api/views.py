from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.selectors import own_address
from core.api import shapes
from core.api.idempotency import idempotent
from core.api.permissions import SignedIn
from core.errors import NotFound
from orders import selectors, services
from orders.models import Order, Quote
from orders.selectors import TABS
from shops.models import Sku

from . import serializers


def own_order(request, id: str) -> Order:
    """The caller's order with all that its pages show. Raises Http404 for anybody else's."""
    rows = Order.objects.of_buyer(request.user).with_goods()
    order = get_object_or_404(rows.select_related("shop", "quote", "shipment", "payment__sub_merchant"), public_id=id)
    order.buyer = request.user
    return order


def shown(order: Order) -> dict:
    return shapes.shown(serializers.OrderDetailSerializer, order)


class OrdersView(generics.ListAPIView):
    """The caller's orders."""

    permission_classes = [SignedIn]
    serializer_class = serializers.OrderSerializer
    queryset = Order.objects.none()

    def get_queryset(self):
        wanted = serializers.OrderFilterSerializer(data=self.request.query_params)
        wanted.is_valid(raise_exception=True)
        orders = Order.objects.of_buyer(self.request.user).select_related("shop")
        if tab := wanted.validated_data.get("tab"):
            orders = orders.filter(status__in=TABS[tab])
        return orders.with_goods()

    @extend_schema(parameters=[OpenApiParameter("tab", str, enum=sorted(TABS))])
    def get(self, request):
        """Newest first."""
        return self.list(request)

    @extend_schema(request=serializers.PlaceOrderSerializer, responses={201: serializers.OrderDetailSerializer})
    @idempotent
    def post(self, request, idempotency_key):
        """Order what a card offers, or goods of one shop. Price, address and promises are frozen, stock is taken."""
        wanted = shapes.parsed(serializers.PlaceOrderSerializer, request.data)
        order = services.place_order(
            buyer=request.user,
            address=own_address(request.user, wanted["address_id"]),
            quote=_offer(request, wanted["quote_id"]) if "quote_id" in wanted else None,
            lines=_skus(wanted["lines"]) if "lines" in wanted else None,
            note=wanted["note"],
            total_fen=wanted.get("total_fen"),
            idempotency_key=idempotency_key,
        )
        return Response(shown(order), status=status.HTTP_201_CREATED)


class OrderView(APIView):
    permission_classes = [SignedIn]

    @extend_schema(responses=serializers.OrderDetailSerializer)
    def get(self, request, id):
        """One order of the caller's."""
        return Response(shown(own_order(request, id)))


class PrepayView(APIView):
    permission_classes = [SignedIn]

    @extend_schema(request=None, responses=serializers.PaymentParametersSerializer)
    @idempotent
    def post(self, request, id, idempotency_key):
        """The arguments of wx.requestPayment. The order is paid when WeChat says so, not when the client does."""
        order = selectors.payable_order(request.user, id)
        return Response(services.prepay_order(order=order, user=request.user))


class CancelView(APIView):
    permission_classes = [SignedIn]

    @extend_schema(request=None, responses=serializers.OrderDetailSerializer)
    def post(self, request, id):
        """Give an unpaid order up."""
        services.cancel_order(order=own_order(request, id), by=request.user)
        return Response(shown(own_order(request, id)))


class ReceiveView(APIView):
    permission_classes = [SignedIn]

    @extend_schema(request=None, responses=serializers.OrderDetailSerializer)
    def post(self, request, id):
        """The goods are there: the money goes to the shop, and there is no refund any more."""
        return Response(shown(services.receive_order(order=own_order(request, id), by=request.user)))


class RefundView(APIView):
    permission_classes = [SignedIn]

    @extend_schema(request=serializers.RefundRequestSerializer, responses=serializers.OrderDetailSerializer)
    @idempotent
    def post(self, request, id, idempotency_key):
        """All the money back, as long as the goods are not received."""
        order = own_order(request, id)
        reason = shapes.parsed(serializers.RefundRequestSerializer, request.data)["reason"]
        return Response(shown(services.refund_order(order=order, by=request.user, reason=reason)))


class QuoteView(APIView):
    permission_classes = [SignedIn]

    @extend_schema(responses=serializers.QuoteSerializer)
    def get(self, request, id):
        """An offer to the caller."""
        quotes = Quote.objects.filter(buyer=request.user).select_related("shop")
        return Response(serializers.QuoteSerializer(get_object_or_404(quotes, public_id=id)).data)


def _offer(request, id: str) -> Quote:
    quote = get_object_or_404(selectors.orderable_quote(request.user), public_id=id)
    quote.buyer = request.user
    return quote


def _skus(lines: list[dict]) -> list[tuple[Sku, int]]:
    """The rows of these ids, in their order. Raises NotFound for one that does not exist."""
    found = selectors.orderable_skus([line["sku_id"] for line in lines])
    if any(line["sku_id"] not in found for line in lines):
        raise NotFound
    return [(found[line["sku_id"]], line["quantity"]) for line in lines]
