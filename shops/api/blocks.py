"""A buyer keeps a shop away, and lets it come back."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.pagination import CursorPagination
from core.api.permissions import SignedIn

from .. import services
from ..models import Block, Shop

BUYER = Block.Side.BUYER


class BlockSerializer(serializers.Serializer):
    """A shop that the caller blocks: it gets none of their questions, can't write to them, and isn't shown to them."""

    shop_id = serializers.CharField(source="shop.public_id")
    shop_name = serializers.CharField(source="shop.name")
    since = serializers.DateTimeField(source="created_at")


class NewestFirst(CursorPagination):
    ordering = "-id"


class BlockView(APIView):
    permission_classes = [SignedIn]

    @extend_schema(request=None, responses=BlockSerializer)
    def put(self, request, shop_id):
        """Block a shop; again changes nothing. 409 `own_shop`: the caller works there."""
        shop = get_object_or_404(Shop.objects.all(), public_id=shop_id)
        row = services.block(shop=shop, buyer=request.user, side=BUYER, by=request.user)
        return Response(BlockSerializer(row).data)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request, shop_id):
        """Let it come back; without a block nothing happens."""
        shop = get_object_or_404(Shop.objects.all(), public_id=shop_id)
        services.unblock(shop=shop, buyer=request.user, side=BUYER, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class BlocksView(generics.ListAPIView):
    """The shops that the caller blocks, newest first."""

    permission_classes = [SignedIn]
    serializer_class = BlockSerializer
    pagination_class = NewestFirst
    queryset = Block.objects.none()

    def get_queryset(self):
        return Block.objects.of_buyer(self.request.user).select_related("shop")
