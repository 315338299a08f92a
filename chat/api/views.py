from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, parsers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from chat import selectors, services
from chat.models import Conversation, Message
from core.api.pagination import CursorPagination
from core.api.parsers import JSONParser
from core.api.permissions import SignedIn
from core.errors import Invalid
from shops.models import Product, Shop

from . import serializers

BUYER = Message.Sender.BUYER


class NewestFirst(CursorPagination):
    ordering = ("-last_message_at", "-id")


class OldestFirst(CursorPagination):
    ordering = "seq"
    page_size = 50


def own(request, public_id: str) -> Conversation:
    mine = Conversation.objects.of_buyer(request.user).with_blocks().select_related("shop__merchant", "buyer")
    return get_object_or_404(mine, public_id=public_id)


class Conversations(generics.ListAPIView):
    """The buyer's conversations, latest first."""

    permission_classes = [SignedIn]
    serializer_class = serializers.ConversationSerializer
    pagination_class = NewestFirst
    queryset = Conversation.objects.none()

    def get_queryset(self):
        return Conversation.objects.of_buyer(self.request.user).with_blocks().select_related("shop")


class ConversationDetail(APIView):
    permission_classes = [SignedIn]

    @extend_schema(responses=serializers.ConversationSerializer)
    def get(self, request, id):
        return Response(serializers.ConversationSerializer(own(request, id)).data)


class Messages(generics.ListAPIView):
    """Messages of a conversation, oldest first."""

    permission_classes = [SignedIn]
    serializer_class = serializers.MessageSerializer
    pagination_class = OldestFirst
    parser_classes = [JSONParser, parsers.MultiPartParser]
    queryset = Message.objects.none()

    def get_queryset(self):
        talk = own(self.request, self.kwargs["id"])
        return selectors.messages_for(talk, side=BUYER, after_seq=after_seq(self.request))

    @extend_schema(parameters=[OpenApiParameter("after_seq", int, description="Only messages after this one")])
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request={"application/json": serializers.SendSerializer, "multipart/form-data": serializers.SendSerializer},
        responses={201: serializers.MessageSerializer},
    )
    def post(self, request, id):
        """Send a message. The same client_msg_id again answers with the first message."""
        conversation = own(request, id)
        data = serializers.SendSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        message = send(conversation, BUYER, request.user, data.validated_data)
        return Response(serializers.MessageSerializer(message).data, status=status.HTTP_201_CREATED)


def after_seq(request) -> int:
    """The query's `after_seq`, 0 without one."""
    text = request.query_params.get("after_seq", "0")
    if not text.isdecimal() or len(text) > 9:
        raise Invalid(fields={"after_seq": ["0, 1, 2 …"]})
    return int(text)


def send(conversation: Conversation, sender: str, user, data: dict) -> Message:
    """Hand a checked request to the service of its kind."""
    common = {
        "conversation": conversation,
        "sender": sender,
        "user": user,
        "client_msg_id": data["client_msg_id"],
    }
    if data["kind"] == Message.Kind.TEXT:
        return services.send_text(text=data["text"], **common)
    if data["kind"] == Message.Kind.IMAGE:
        return services.send_image(image=data["image"], **common)
    product = get_object_or_404(Product, public_id=data["product_id"])
    return services.send_product(product=product, **common)


class ReadUpTo(APIView):
    permission_classes = [SignedIn]

    @extend_schema(request=serializers.ReadUpToSerializer, responses={204: None})
    def post(self, request, id):
        """Everything up to `seq` was read."""
        conversation = own(request, id)
        data = serializers.ReadUpToSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        services.mark_read(conversation=conversation, side="buyer", seq=data.validated_data["seq"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class ShopConversation(APIView):
    permission_classes = [SignedIn]

    @extend_schema(request=None, responses=serializers.ConversationSerializer)
    def post(self, request, id):
        """The conversation with a shop; made at the first call."""
        shop = get_object_or_404(Shop.objects.open(), public_id=id)
        conversation = services.open_conversation(shop=shop, buyer=request.user)
        return Response(serializers.ConversationSerializer(own(request, conversation.public_id)).data)
