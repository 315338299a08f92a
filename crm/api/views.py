from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.permissions import SignedIn
from crm import services
from crm.models import Follower
from shops.models import Shop

from . import serializers


class FollowView(APIView):
    permission_classes = [SignedIn]

    @extend_schema(request=serializers.FollowRequestSerializer, responses=serializers.FollowSerializer)
    def put(self, request, shop_id):
        """Follow a shop; again changes nothing."""
        wish = serializers.FollowRequestSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        row = services.follow(shop=_shop(Shop.objects.open(), shop_id), user=request.user, **wish.validated_data)
        return Response(serializers.FollowSerializer(row).data)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request, shop_id):
        """Stop following, whatever became of the shop."""
        services.unfollow(shop=_shop(Shop.objects.all(), shop_id), user=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class FollowsView(generics.ListAPIView):
    """The shops that the caller follows, newest first."""

    permission_classes = [SignedIn]
    serializer_class = serializers.FollowSerializer
    queryset = Follower.objects.active().select_related("shop")

    def get_queryset(self):
        return super().get_queryset().filter(user=self.request.user.pk)


def _shop(shops, shop_id: str) -> Shop:
    shop = shops.filter(public_id=shop_id).first()
    if shop is None:
        raise Http404
    return shop
