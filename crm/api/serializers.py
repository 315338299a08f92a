from rest_framework import serializers

from crm.models import Follower


class FollowSerializer(serializers.ModelSerializer):
    """A shop that the caller follows."""

    shop_id = serializers.CharField(source="shop.public_id")
    shop_name = serializers.CharField(source="shop.name")

    class Meta:
        model = Follower
        fields = ["shop_id", "shop_name", "source", "followed_at"]


class FollowRequestSerializer(serializers.Serializer):
    source = serializers.ChoiceField(choices=Follower.Source, default=Follower.Source.SHOP)
