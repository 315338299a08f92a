from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.permissions import SignedIn
from notifications import services
from notifications.models import InboxItem, SubscriptionCredit
from notifications.templates import TEMPLATES

from . import serializers


class Inbox(generics.ListAPIView):
    """What the person was told, newest first."""

    permission_classes = [SignedIn]
    serializer_class = serializers.InboxItemSerializer
    queryset = InboxItem.objects.none()

    def get_queryset(self):
        return InboxItem.objects.filter(user=self.request.user)


class InboxRead(APIView):
    """Mark items read."""

    permission_classes = [SignedIn]

    @extend_schema(request=serializers.ReadSerializer, responses=serializers.ReadResultSerializer)
    def post(self, request):
        data = serializers.ReadSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        changed = services.mark_read(user=request.user, item_ids=data.validated_data.get("ids"))
        return Response({"changed": changed})


class Subscriptions(APIView):
    """The subscribe messages a client may ask the person to allow."""

    permission_classes = [SignedIn]

    @extend_schema(responses=serializers.SubscriptionSerializer(many=True))
    def get(self, request):
        return Response(_subscriptions(request.user))

    @extend_schema(
        request=serializers.SubscriptionGrantSerializer, responses=serializers.SubscriptionSerializer(many=True)
    )
    def post(self, request):
        data = serializers.SubscriptionGrantSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        services.grant_subscriptions(
            user=request.user, templates=data.validated_data["kinds"], key=data.validated_data["key"]
        )
        return Response(_subscriptions(request.user))


def _subscriptions(user) -> list[dict]:
    balances = dict(SubscriptionCredit.objects.filter(user=user).values_list("template", "balance"))
    return [
        {"kind": kind, "template_id": TEMPLATES[kind].wechat_id, "balance": balances.get(kind, 0)}
        for kind in serializers.SUBSCRIBABLE
    ]
