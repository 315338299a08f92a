"""The shop's side of conversations, for staff's own tools."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.response import Response
from rest_framework.views import APIView

from chat import selectors, services
from chat.models import Conversation, Message
from merchants.api.permissions import MERCHANT_HEADER, staff_who
from orders.services import QuoteItem
from shops.models import Sku

from . import serializers
from .views import NewestFirst, OldestFirst, after_seq, send

SHOP = Message.Sender.SHOP
StaffWhoChats = staff_who("chat")


def own(request, public_id: str) -> Conversation:
    mine = Conversation.objects.filter(shop__merchant=request.membership.merchant)
    return get_object_or_404(mine.select_related("shop__merchant", "buyer"), public_id=public_id)


@extend_schema(parameters=[MERCHANT_HEADER])
class ShopConversations(generics.ListAPIView):
    """The shop's conversations, latest first."""

    permission_classes = [StaffWhoChats]
    serializer_class = serializers.ShopConversationSerializer
    pagination_class = NewestFirst
    queryset = Conversation.objects.none()

    def get_queryset(self):
        shop = self.request.membership.merchant.shop
        return Conversation.objects.of_shop(shop).with_blocks().filter(last_seq__gt=0).select_related("buyer")


@extend_schema(parameters=[MERCHANT_HEADER])
class ShopMessages(generics.ListAPIView):
    """Messages of a conversation, oldest first."""

    permission_classes = [StaffWhoChats]
    serializer_class = serializers.MessageSerializer
    pagination_class = OldestFirst
    queryset = Message.objects.none()

    def get_queryset(self):
        talk = own(self.request, self.kwargs["id"])
        return selectors.messages_for(talk, side=SHOP, after_seq=after_seq(self.request))

    @extend_schema(parameters=[OpenApiParameter("after_seq", int, description="Only messages after this one")])
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)

    @extend_schema(request=serializers.SendSerializer, responses={201: serializers.MessageSerializer})
    def post(self, request, id):
        """Reply. The same client_msg_id again answers with the first message."""
        talk = own(request, id)
        data = serializers.SendSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        message = send(talk, SHOP, request.user, data.validated_data)
        return Response(serializers.MessageSerializer(message).data, status=status.HTTP_201_CREATED)


@extend_schema(parameters=[MERCHANT_HEADER])
class ShopQuotes(APIView):
    permission_classes = [StaffWhoChats]

    @extend_schema(request=serializers.OfferSerializer, responses={201: serializers.MessageSerializer})
    def post(self, request, id):
        """Make an order card: price and promises are frozen for this buyer."""
        talk = own(request, id)
        data = serializers.OfferSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        terms = data.validated_data
        skus = {sku.public_id: sku for sku in Sku.objects.filter(product__shop=talk.shop)}
        items = []
        for line in terms["lines"]:
            if line["sku_id"] not in skus:
                get_object_or_404(Sku.objects.none())
            items.append(QuoteItem(skus[line["sku_id"]], line["quantity"], line.get("price_fen")))
        message = services.send_quote(
            conversation=talk,
            by=request.user,
            lines=items,
            valid_until=terms["valid_until"],
            shipping_fen=terms["shipping_fen"],
            note=terms["note"],
            client_msg_id=terms["client_msg_id"],
        )
        return Response(serializers.MessageSerializer(message).data, status=status.HTTP_201_CREATED)
